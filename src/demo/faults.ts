import type { Fault } from './options.ts';
import type { Stage } from './stage.ts';

/** Simulated seconds: about as long as a load balancer or a network takes to come to its senses. */
const OUTAGE_SECONDS = 120;
const LATENCY_MS = 250;
const ERROR_RATE = 0.2;
const LOST_NODE = 'worker-2';

/** Switches on what should go wrong; how the run copes is for the thread to tell. */
export function startFault({ cluster: { faults } }: Stage, fault: Fault): void {
  switch (fault) {
    case 'outage':
      return faults.outage(
        { mode: 'hang', seconds: OUTAGE_SECONDS / 2 },
        { mode: 'refuse', seconds: OUTAGE_SECONDS / 2 },
      );
    case 'latency':
      return faults.latency(LATENCY_MS);
    case 'dropped-watches':
      return faults.dropWatches();
    case 'errors':
      return faults.serverErrors({ rate: ERROR_RATE });
    case 'job-fails':
      return faults.failJob({ times: 1 });
    case 'node-lost':
      return faults.nodeNeverReturns(LOST_NODE);
  }
}

/** What a person on call would do before they press Retry. */
export function repair({ cluster: { faults } }: Stage): void {
  faults.clear();
  faults.reviveNode(LOST_NODE);
}
