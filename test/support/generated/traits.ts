import type { PodView, Taint } from '../../../src/cluster/snapshot.ts';

export const GIB = 2 ** 30;
export const ZONE = 'topology.kubernetes.io/zone';
export const POOL = 'capstan.example/pool';
export const HOST = 'kubernetes.io/hostname';
export const ZONES = ['a', 'b', 'c'];
export const GPU: Taint = { key: 'nvidia.com/gpu', value: '', effect: 'NoSchedule' };

/** Shared by all that have none: that is how clusters are read, too. */
export const NONE: readonly never[] = [];
export const NO_SELECTOR = {};
export const USUAL: PodView['tolerations'] = ['not-ready', 'unreachable'].map(trouble => ({
  key: `node.kubernetes.io/${trouble}`,
  operator: 'Exists',
  value: '',
  effect: 'NoExecute',
}));

/** What a pod has that asks for nothing. */
export const PLAIN = {
  nodeSelector: NO_SELECTOR,
  nodeAffinity: NONE,
  antiAffinity: NONE,
  spread: NONE,
  hostPorts: NONE,
  claims: NONE,
  tolerations: USUAL,
} satisfies Partial<PodView>;
