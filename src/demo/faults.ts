import type { Fault } from './options.ts';
import type { Stage } from './stage.ts';

/** Simulated seconds: about as long as a load balancer or a network takes to come to its senses. */
const OUTAGE_SECONDS = 120;
const LATENCY_MS = 250;
const ERROR_RATE = 0.2;
const LOST_NODE = 'worker-2';

/** Wants all of its pods, which run on most workers, until somebody has had the time to try every button. */
export const CLOSED_BUDGET = 'shop/storefront';
const CLOSED_SECONDS = 3_600;

const START: Readonly<Record<Fault, (stage: Stage) => void>> = {
  outage: ({ cluster: { faults } }) =>
    faults.outage({ mode: 'hang', seconds: OUTAGE_SECONDS / 2 }, { mode: 'refuse', seconds: OUTAGE_SECONDS / 2 }),
  latency: ({ cluster: { faults } }) => faults.latency(LATENCY_MS),
  'dropped-watches': ({ cluster: { faults } }) => faults.dropWatches(),
  errors: ({ cluster: { faults } }) => faults.serverErrors({ rate: ERROR_RATE }),
  'job-fails': ({ cluster: { faults } }) => faults.failJob({ times: 1 }),
  'node-lost': ({ cluster: { faults } }) => faults.nodeNeverReturns(LOST_NODE),
  'blocked-budget': stage => onceDraining(stage, () => stage.cluster.faults.closeBudget(CLOSED_BUDGET, CLOSED_SECONDS)),
};

/** Switches on what should go wrong; how the run copes is for the thread to tell. */
export function startFault(stage: Stage, fault: Fault): void {
  START[fault](stage);
}

/** Before that the plan itself would be refused. */
function onceDraining({ slack }: Stage, act: () => void): void {
  const { workspace } = slack;
  const look = () => {
    if (!slack.transcript().includes('draining, then upgrading')) return;
    workspace.off('change', look);
    act();
  };
  workspace.on('change', look);
}

/** What a person on call would do before they press Retry. */
export function repair({ cluster: { faults } }: Stage): void {
  faults.clear();
  faults.reviveNode(LOST_NODE);
}
