import type { NodeView } from '../../../src/cluster/snapshot.ts';
import { controlPlane, pod, worker } from '../plan/cluster-builder.ts';
import { createCluster } from './memory-cluster.ts';

export const PODS = [pod('web-0', 'w-1'), pod('web-1', 'w-1')];

export const DONE = { kind: 'done' };

export function createExample(node: Partial<NodeView> = {}, more: Partial<Parameters<typeof createCluster>[0]> = {}) {
  const nodes = [worker('w-1', '1.35.4', node), worker('w-2', '1.35.4'), controlPlane('cp-1', '1.35.4')];
  return createCluster({ nodes, pods: PODS, ...more });
}

export function failed(step: string, reason: string | RegExp) {
  return {
    kind: 'failed',
    step,
    reason: typeof reason === 'string' ? reason : expect.stringMatching(reason),
    log: expect.any(Array),
  };
}
