import type { PodView } from '../../../src/cluster/snapshot.ts';
import { NOW, pod, worker } from '../plan/cluster-builder.ts';
import type { MemoryCluster } from './memory-cluster.ts';

export const DONE = { kind: 'done' };

export const PODS = [pod('web-0', 'w-1'), pod('web-1', 'w-1')];

export const NODES = [worker('w-1', '1.35.4'), worker('w-2', '1.35.4')];

/** Drained at 2 s, upgraded at 23 s, ready and given back at 33 s. */
export const GIVEN_BACK_MS = 33_000;

export function failed(step: string, reason: RegExp) {
  return { kind: 'failed', step, reason: expect.stringMatching(reason), log: [] };
}

export function daemon(name: string, more: Partial<PodView> = {}): PodView {
  const controller = { kind: 'DaemonSet', name, uid: `uid-${name}` };
  return pod(`${name}-x`, 'w-1', { namespace: 'kube-system', labels: { app: name }, controller, ...more });
}

export function took(cluster: MemoryCluster): number {
  return cluster.clock.now() - NOW;
}
