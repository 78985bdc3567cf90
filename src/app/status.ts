import type { ClusterSnapshot, NodeView } from '../cluster/snapshot.ts';
import { clusterStatus } from '../plan/cluster-status.ts';
import { grouped } from '../plan/component-table.ts';
import { isThrough } from '../run/progress.ts';
import type { RunState } from '../run/run.ts';
import type { Calendar } from '../version/calendar.ts';
import type { NodeRow, StatusReport } from './messages.ts';

/** Whatever the size of the cluster, an answer stays small. */
const NAMED = { right: 1, wrong: 20 };
const SENTENCES = 20;

/** What `/k8s status` answers: versions, skew, support dates, nodes, and the newest run if there is one. */
export function statusReport(snapshot: ClusterSnapshot, calendar: Calendar, run?: RunState): StatusReport {
  const { components, skew, ...status } = clusterStatus(snapshot, calendar);
  return {
    ...status,
    components: grouped(components, NAMED),
    skew: { sentences: skew.slice(0, SENTENCES), total: skew.length },
    run: run && describeRun(run),
  };
}

/** The table of `kubectl get nodes`, sorted by name as the API lists them. */
export function nodeRows(nodes: readonly NodeView[]): NodeRow[] {
  return [...nodes]
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .map(node => ({
      name: node.name,
      status: `${node.ready === 'True' ? 'Ready' : 'NotReady'}${node.unschedulable ? ',SchedulingDisabled' : ''}`,
      roles: rolesOf(node),
      createdAt: node.createdAt,
      version: node.kubeletText,
    }));
}

function describeRun({ id, status, works }: RunState): StatusReport['run'] {
  const done = works.filter(({ state }) => isThrough(state)).length;
  return { id, status: status.kind, done, total: works.length };
}

/** kubectl reads the labels `node-role.kubernetes.io/<role>` and the older `kubernetes.io/role`. */
function rolesOf({ labels, role }: NodeView): string {
  const prefix = 'node-role.kubernetes.io/';
  const named = Object.keys(labels).flatMap(key => (key.startsWith(prefix) ? key.slice(prefix.length) || [] : []));
  const older = labels['kubernetes.io/role'];
  const roles = new Set([...named, ...(older ? [older] : []), ...(role === 'control-plane' ? [role] : [])]);
  return roles.size > 0 ? [...roles].sort().join(',') : '<none>';
}
