import type { Fault } from './options.ts';
import type { Stage } from './stage.ts';

/** Simulated seconds: about as long as a load balancer or a network takes to come to its senses. */
const OUTAGE_SECONDS = 120;
const LATENCY_MS = 250;
const ERROR_RATE = 0.2;
const LOST_NODE = 'worker-2';

const START: Readonly<Record<Fault, (faults: Stage['cluster']['faults']) => void>> = {
  outage: faults =>
    faults.outage({ mode: 'hang', seconds: OUTAGE_SECONDS / 2 }, { mode: 'refuse', seconds: OUTAGE_SECONDS / 2 }),
  latency: faults => faults.latency(LATENCY_MS),
  'dropped-watches': faults => faults.dropWatches(),
  errors: faults => faults.serverErrors({ rate: ERROR_RATE }),
  'job-fails': faults => faults.failJob({ times: 1 }),
  'node-lost': faults => faults.nodeNeverReturns(LOST_NODE),
};

/** Switches on what should go wrong; how the run copes is for the thread to tell. */
export function startFault({ cluster }: Stage, fault: Fault): void {
  START[fault](cluster.faults);
}

/** What a person on call would do before they press Retry. */
export function repair({ cluster: { faults } }: Stage): void {
  faults.clear();
  faults.reviveNode(LOST_NODE);
}
