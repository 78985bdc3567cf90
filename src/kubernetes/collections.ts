import type { Collection } from './collection.ts';

export const NODES: Collection = { path: '/api/v1/nodes', resource: 'nodes' };
export const PODS: Collection = { path: '/api/v1/pods', resource: 'pods' };
export const BUDGETS: Collection = { path: '/apis/policy/v1/poddisruptionbudgets', resource: 'poddisruptionbudgets' };
export const DAEMON_SETS: Collection = { path: '/apis/apps/v1/daemonsets', resource: 'daemonsets' };
