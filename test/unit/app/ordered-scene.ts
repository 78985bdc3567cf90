import type { Order } from '../../../src/approval/order.ts';
import type { NodeView } from '../../../src/cluster/snapshot.ts';
import { controlPlane, pod, worker } from '../plan/cluster-builder.ts';
import { createCluster } from './memory-cluster.ts';
import { type startWorker, TASK } from './recipe-example.ts';
import { pause } from './virtual-time.ts';

export const MINUTE = 60_000;

export const HOUR = 60 * MINUTE;

export const AT = { work: TASK.work, attempt: TASK.attempt };

export const SKIP: Order = { kind: 'skip', at: AT };

export const ABORT: Order = { kind: 'abort' };

export const GIVEN_BACK = { claim: undefined, unschedulable: false };

/** Two pods on w-1; with `minHealthy` 2 the budget lets none of them go. */
export function createExample(minHealthy: number, node: Partial<NodeView> = {}) {
  return createCluster({
    nodes: [worker('w-1', '1.35.4', node), worker('w-2', '1.35.4'), controlPlane('cp-1', '1.35.4')],
    pods: [pod('web-0', 'w-1'), pod('web-1', 'w-1')],
    budgets: { web: minHealthy },
  });
}

export type Worker = ReturnType<typeof startWorker>;

/** Gives an order after so long, and says how long the work then went on. */
export async function afterOrder(running: Worker, after: number, order: Order) {
  await pause(after);
  const given = Date.now();
  running.order(order);
  const outcome = await running.outcome;
  return { outcome, ms: Date.now() - given };
}
