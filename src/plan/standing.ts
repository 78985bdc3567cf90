import type { ClusterSnapshot, ComponentKind, NodeView } from '../cluster/snapshot.ts';
import { compareVersions, type KubernetesVersion } from '../version/kubernetes-version.ts';
import type { RunningComponent } from '../version/skew.ts';

/** What one node runs. */
export interface NodeStanding {
  readonly node: NodeView;
  readonly kubelet: KubernetesVersion;
  /** The oldest of its static pods; undefined on workers. */
  readonly controlPlane: KubernetesVersion | undefined;
  /** The newest of its static pods: another version than the oldest where an upgrade was interrupted between two pods. */
  readonly ahead: KubernetesVersion | undefined;
}

/** A node that cannot take part, and why. */
export interface ExcludedNode {
  readonly node: NodeView;
  readonly why: string;
}

/** Where the cluster stands: the nodes that can take part, and those that cannot. */
export interface Standing {
  readonly controlPlane: readonly NodeStanding[];
  readonly workers: readonly NodeStanding[];
  readonly excluded: readonly ExcludedNode[];
  /** Every component whose version is known, one kubelet for each node. */
  readonly components: readonly RunningComponent[];
  /** No node of the cluster has the control-plane role: somebody else runs and upgrades it. */
  readonly managed: boolean;
}

/** The static pods that carry the cluster's version; etcd has versions of its own. */
const STATIC_PODS: ReadonlySet<ComponentKind> = new Set([
  'kube-apiserver',
  'kube-controller-manager',
  'kube-scheduler',
]);

export function readStanding(snapshot: ClusterSnapshot): Standing {
  const components = runningComponents(snapshot);
  const staticPods = rangesOfStaticPods(snapshot);
  const excluded: ExcludedNode[] = [];
  const controlPlane: NodeStanding[] = [];
  const workers: NodeStanding[] = [];
  for (const node of snapshot.nodes) {
    const why = whyExcluded(node);
    if (why !== undefined || node.kubelet === undefined) {
      excluded.push({ node, why: why ?? '' });
      continue;
    }
    const { kubelet } = node;
    // Where the static pods' versions cannot be read, the kubelet's stands in: a finding says so and stops approval.
    if (node.role === 'control-plane') {
      const { oldest, newest } = staticPods.get(node.name) ?? { oldest: kubelet, newest: kubelet };
      controlPlane.push({ node, kubelet, controlPlane: oldest, ahead: newest });
    } else workers.push({ node, kubelet, controlPlane: undefined, ahead: undefined });
  }
  excluded.sort((a, b) => (a.node.name < b.node.name ? -1 : 1));
  const managed = !snapshot.nodes.some(node => node.role === 'control-plane');
  return { controlPlane, workers, excluded, components, managed };
}

/** Kubelets are taken from the nodes, which always name one; everything else from the components. */
export function runningComponents(snapshot: ClusterSnapshot): RunningComponent[] {
  const running: RunningComponent[] = [];
  for (const { kind, node, version } of snapshot.components)
    if (kind !== 'kubelet' && kind !== 'etcd' && version) running.push({ kind, node, version });
  for (const { name, kubelet } of snapshot.nodes)
    if (kubelet) running.push({ kind: 'kubelet', node: name, version: kubelet });
  return running;
}

/** Versions of Kubernetes that run somewhere, so they exist. A cloud's controllers share its minors, but not its patches. */
export function kubernetesVersions({ components }: Pick<Standing, 'components'>): KubernetesVersion[] {
  return components.filter(({ kind }) => kind !== 'cloud-controller-manager').map(({ version }) => version);
}

export function isStaticPod(kind: string): boolean {
  return (STATIC_PODS as ReadonlySet<string>).has(kind);
}

interface Range {
  readonly oldest: KubernetesVersion;
  readonly newest: KubernetesVersion;
}

function rangesOfStaticPods(snapshot: ClusterSnapshot): Map<string, Range> {
  const ranges = new Map<string, Range>();
  for (const { kind, node, version } of snapshot.components) {
    if (!isStaticPod(kind) || node === undefined || version === undefined) continue;
    const { oldest, newest } = ranges.get(node) ?? { oldest: version, newest: version };
    ranges.set(node, {
      oldest: compareVersions(version, oldest) < 0 ? version : oldest,
      newest: compareVersions(version, newest) > 0 ? version : newest,
    });
  }
  return ranges;
}

function whyExcluded(node: NodeView): string | undefined {
  if (node.ready === 'False') return 'it is not Ready';
  if (node.ready === 'Unknown') return 'its kubelet has stopped reporting';
  if (node.kubelet === undefined) return `its kubelet version cannot be read ("${node.kubeletText}")`;
  return undefined;
}
