import type { ClusterSnapshot, NodeView } from '../cluster/snapshot.ts';
import { runningComponents } from '../plan/standing.ts';
import type { RunState } from '../run/run.ts';
import { type Calendar, newestMinor, newestPatch, supportOf } from '../version/calendar.ts';
import { compareVersions, formatMinor, formatVersion, type KubernetesVersion } from '../version/kubernetes-version.ts';
import { findSkew, type RunningComponent } from '../version/skew.ts';
import type { NodeRow, StatusReport } from './messages.ts';

/** What `/k8s status` answers: versions, skew, support dates, nodes, and the active run if there is one. */
export function statusReport(snapshot: ClusterSnapshot, calendar: Calendar, run?: RunState): StatusReport {
  const running = runningComponents(snapshot);
  return {
    components: componentVersions(snapshot),
    skew: findSkew(running).map(({ sentence }) => sentence),
    support: supportSentence(running, calendar, snapshot.takenAt),
    nodes: {
      total: snapshot.nodes.length,
      ready: snapshot.nodes.filter(({ ready }) => ready === 'True').length,
      cordoned: snapshot.nodes.filter(({ unschedulable }) => unschedulable).length,
    },
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

const KINDS = ['kube-apiserver', 'kube-controller-manager', 'kube-scheduler', 'etcd', 'kubelet', 'kube-proxy'] as const;

/** Newest version first; what could not be read is shown as it was. */
function componentVersions(snapshot: ClusterSnapshot): StatusReport['components'] {
  const seen = [
    ...snapshot.components.filter(({ kind }) => kind !== 'kubelet'),
    ...snapshot.nodes.map(({ kubelet, kubeletText }) => ({ kind: 'kubelet', version: kubelet, text: kubeletText })),
  ];
  return KINDS.flatMap(kind => {
    const groups = Map.groupBy(
      seen.filter(component => component.kind === kind),
      ({ version, text }) => (version ? formatVersion(version) : text),
    );
    const versions = [...groups].sort(([, [a]], [, [b]]) => compareOptional(b?.version, a?.version));
    const counts = versions.map(([version, members]) => ({ version, count: members.length }));
    return counts.length > 0 ? [{ kind, versions: counts }] : [];
  });
}

function compareOptional(a: KubernetesVersion | undefined, b: KubernetesVersion | undefined): number {
  if (!a || !b) return a ? 1 : b ? -1 : 0;
  return compareVersions(a, b);
}

/** About the oldest kube-apiserver; about the oldest kubelet where the control plane is out of sight. */
function supportSentence(running: readonly RunningComponent[], calendar: Calendar, now: number): string {
  const apiservers = running.filter(({ kind }) => kind === 'kube-apiserver');
  const [oldest] = (apiservers.length > 0 ? apiservers : running).map(c => c.version).sort(compareVersions);
  if (!oldest) return 'No version could be read, so nothing can be said about support.';
  const patch = newestPatch(calendar, oldest);
  const newest = newestPatch(calendar, newestMinor(calendar).minor);
  const patches = patch ? `its newest patch is ${formatVersion(patch)}` : 'its patches are not known';
  const latest = newest ? `; the newest version is ${formatVersion(newest)}` : '';
  const today = new Date(now).toISOString().slice(0, 10);
  return `${formatMinor(oldest)} ${supportWords(oldest, calendar, today)}; ${patches}${latest} (as of ${calendar.asOf}).`;
}

function supportWords(minor: KubernetesVersion, calendar: Calendar, today: string): string {
  const support = supportOf(calendar, minor, today);
  switch (support.kind) {
    case 'supported':
      return support.until === undefined ? 'is supported' : `is supported until ${support.until}`;
    case 'ended':
      return support.on === undefined ? 'is no longer supported' : `has not been supported since ${support.on}`;
    case 'unknown':
      return 'is newer than this calendar knows';
  }
}

function describeRun({ id, status, works }: RunState): StatusReport['run'] {
  const done = works.filter(({ state }) => state.kind === 'done' || state.kind === 'skipped').length;
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
