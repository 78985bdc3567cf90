import { compareVersions, formatVersion, type KubernetesVersion, minorsBetween } from './kubernetes-version.ts';

/** A component whose version is known. `node` is undefined where it runs out of sight (a managed control plane). */
export interface RunningComponent {
  readonly kind: string;
  readonly node: string | undefined;
  readonly version: KubernetesVersion;
}

/** Two components that stand further apart than the policy allows. */
export interface SkewFinding {
  readonly component: RunningComponent;
  readonly against: RunningComponent;
  readonly sentence: string;
}

/** In minors, against another component. `legacyOlder` holds where the component itself is older than 1.25. */
interface Allowed {
  readonly older: number;
  readonly legacyOlder: number;
  readonly newer: number;
}

/**
 * The version-skew policy (kubernetes.io/releases/version-skew-policy), in minors: patches do not count.
 * Before 1.25 kubelet and kube-proxy may be two behind, since then three.
 */
const POLICY = {
  apiservers: { older: 1, legacyOlder: 1, newer: 1 },
  ownApiserver: { older: 1, legacyOlder: 1, newer: 0 },
  nodeAgent: { older: 3, legacyOlder: 2, newer: 0 },
  proxyToKubelet: { older: 3, legacyOlder: 2, newer: 3 },
} as const satisfies Record<string, Allowed>;

const LEGACY_BEFORE = { major: 1, minor: 25 };

/**
 * Every pair that breaks the policy; empty when the cluster is within it. Linear in the number of components.
 * Controller managers and schedulers are held against their own node's kube-apiserver, as kubeadm wires them.
 */
export function findSkew(components: readonly RunningComponent[]): SkewFinding[] {
  const apiservers = components.filter(component => component.kind === 'kube-apiserver');
  const [oldest, newest] = extremes(apiservers);
  if (!oldest || !newest) return [];
  const apiserverOn = new Map(apiservers.map(apiserver => [apiserver.node, apiserver]));
  const kubeletOn = new Map(components.filter(c => c.kind === 'kubelet').map(kubelet => [kubelet.node, kubelet]));
  return [
    ...compare(oldest, newest, POLICY.apiservers),
    ...components.flatMap(component => {
      switch (component.kind) {
        case 'kube-controller-manager':
        case 'cloud-controller-manager':
        case 'kube-scheduler':
          return compareWithOwn(component, apiserverOn.get(component.node), oldest, newest);
        case 'kubelet':
          return compareWithRange(component, oldest, newest, POLICY.nodeAgent);
        case 'kube-proxy': {
          const kubelet = component.node === undefined ? undefined : kubeletOn.get(component.node);
          return [
            ...compareWithRange(component, oldest, newest, POLICY.nodeAgent),
            ...(kubelet ? compare(component, kubelet, POLICY.proxyToKubelet) : []),
          ];
        }
        default:
          return [];
      }
    }),
  ];
}

function extremes(components: readonly RunningComponent[]): [RunningComponent?, RunningComponent?] {
  const sorted = [...components].sort((a, b) => compareVersions(a.version, b.version) || byNode(a, b));
  const [oldest] = sorted;
  const newest = sorted.at(-1);
  return oldest && newest ? [oldest, newest] : [];
}

/** Which of two equals is named must not depend on the order in which they came. */
function byNode({ node: a = '' }: RunningComponent, { node: b = '' }: RunningComponent): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function compareWithOwn(
  component: RunningComponent,
  own: RunningComponent | undefined,
  oldest: RunningComponent,
  newest: RunningComponent,
): SkewFinding[] {
  return own
    ? compare(component, own, POLICY.ownApiserver)
    : compareWithRange(component, oldest, newest, POLICY.ownApiserver);
}

/** Behind a load balancer a component may reach any kube-apiserver: not newer than the oldest, not far behind the newest. */
function compareWithRange(
  component: RunningComponent,
  oldest: RunningComponent,
  newest: RunningComponent,
  allowed: Allowed,
): SkewFinding[] {
  const ahead = compare(component, oldest, { ...allowed, older: Infinity, legacyOlder: Infinity });
  return ahead.length > 0 ? ahead : compare(component, newest, allowed);
}

function compare(component: RunningComponent, against: RunningComponent, allowed: Allowed): SkewFinding[] {
  const ahead = minorsBetween(component.version, against.version);
  const older = minorsBetween(component.version, LEGACY_BEFORE) < 0 ? allowed.legacyOlder : allowed.older;
  if (ahead <= allowed.newer && -ahead <= older) return [];
  const distance = `${counted(Math.abs(ahead))} ${ahead > 0 ? 'newer' : 'older'} than ${describe(against)}`;
  const limit = ahead > 0 ? allowed.newer : older;
  const rule = limit === 0 ? 'it may not be' : `at most ${counted(limit)} ${limit === 1 ? 'is' : 'are'} allowed`;
  return [{ component, against, sentence: `${describe(component)} is ${distance}: ${rule}.` }];
}

function counted(minors: number): string {
  return `${minors} minor${minors === 1 ? '' : 's'}`;
}

function describe({ kind, node, version }: RunningComponent): string {
  return `${kind}${node === undefined ? '' : ` on ${node}`} (${formatVersion(version)})`;
}
