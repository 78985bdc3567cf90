import type { BudgetView, NodeView, PodView } from '../../../../src/cluster/snapshot.ts';
import { cluster, controlPlane, pod, worker } from '../cluster-builder.ts';

export const NODES = [controlPlane('cp-1', '1.35.4'), worker('w-1', '1.35.4'), worker('w-2', '1.35.4')];

export function web(count: number, more: Partial<PodView> = {}): PodView[] {
  return Array.from({ length: count }, (_, index) => pod(`web-${index}`, 'w-1', more));
}

export function of(pods: readonly PodView[], budgets: readonly BudgetView[] = [], nodes: readonly NodeView[] = NODES) {
  return cluster(nodes, { pods, budgets });
}

/** Pods that no drain evicts. */
export const STAYING: readonly [string, Partial<PodView>][] = [
  ['of a DaemonSet', { controller: { kind: 'DaemonSet', name: 'agent', uid: 'uid-agent' } }],
  ['of the kubelet itself', { mirror: true }],
  ['that have finished', { phase: 'Succeeded' }],
  ['that are stopping already', { deletingSince: 0 }],
  ['on a node that is not drained', { node: 'w-9' }],
  ['that nobody scheduled', { node: undefined }],
];
