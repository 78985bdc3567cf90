import {
  compareVersions,
  formatVersion,
  type KubernetesVersion,
  type Minor,
  minorsBetween,
} from './kubernetes-version.ts';

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

/** Both ends belong to it. */
export interface MinorRange {
  readonly from: Minor;
  readonly to: Minor;
}

/** What the policy says about one component. `allowed` is undefined where nothing is there to hold it against. */
export interface SkewJudgement {
  readonly component: RunningComponent;
  readonly allowed: MinorRange | undefined;
  readonly verdict: 'within' | 'too old' | 'too new' | 'not held';
  readonly findings: readonly SkewFinding[];
}

export const SKEW_POLICY_SOURCE = 'https://kubernetes.io/releases/version-skew-policy/';

/** In minors; patches do not count. */
interface Distance {
  readonly older: number;
  readonly newer: number;
}

interface SkewRule extends Distance {
  readonly kind: string;
  /** Behind a load balancer a component may reach any kube-apiserver; kubeadm wires some to that of their own node. */
  readonly against: 'every kube-apiserver' | 'own kube-apiserver' | 'own kubelet';
  /** Where the component itself is older than 1.25. */
  readonly before125?: Distance;
}

/** `SKEW_POLICY_SOURCE`, "Supported version skew". Until 1.25 kubelet and kube-proxy could be two behind, since then three. */
const RULES: readonly SkewRule[] = [
  { kind: 'kube-apiserver', against: 'every kube-apiserver', older: 1, newer: 1 },
  { kind: 'kube-controller-manager', against: 'own kube-apiserver', older: 1, newer: 0 },
  { kind: 'kube-scheduler', against: 'own kube-apiserver', older: 1, newer: 0 },
  { kind: 'cloud-controller-manager', against: 'own kube-apiserver', older: 1, newer: 0 },
  { kind: 'kubelet', against: 'every kube-apiserver', older: 3, newer: 0, before125: { older: 2, newer: 0 } },
  { kind: 'kube-proxy', against: 'every kube-apiserver', older: 3, newer: 0, before125: { older: 2, newer: 0 } },
  { kind: 'kube-proxy', against: 'own kubelet', older: 3, newer: 3, before125: { older: 2, newer: 2 } },
  { kind: 'kubectl', against: 'every kube-apiserver', older: 1, newer: 1 },
];

const RULES_OF = Map.groupBy(RULES, ({ kind }) => kind);
const CHANGED_IN: Minor = { major: 1, minor: 25 };

/** Every pair that breaks the policy; empty when the cluster is within it. Linear in the number of components. */
export function findSkew(components: readonly RunningComponent[]): SkewFinding[] {
  const world = worldOf(components);
  return components.flatMap(component => judge(component, world).findings);
}

/** What the policy says about each of them, in their order. */
export function judgeSkew(components: readonly RunningComponent[]): SkewJudgement[] {
  const world = worldOf(components);
  return components.map(component => judge(component, world));
}

/** Which minors a component of this kind, wherever it runs, may have beside these; undefined where no apiserver is known. */
export function allowedMinors(kind: string, components: readonly RunningComponent[]): MinorRange | undefined {
  const { oldest, newest } = worldOf(components);
  const rule = RULES_OF.get(kind)?.find(({ against }) => against !== 'own kubelet');
  return rule && oldest && newest && rangeOf(rule, { oldest, newest });
}

interface World {
  /** Of all kube-apiservers; undefined where none is known. */
  readonly oldest: RunningComponent | undefined;
  readonly newest: RunningComponent | undefined;
  readonly apiserverOn: ReadonlyMap<string | undefined, RunningComponent>;
  readonly kubeletOn: ReadonlyMap<string | undefined, RunningComponent>;
}

/** What a rule holds a component against: it may not be ahead of the oldest of them, nor too far behind the newest. */
interface Reference {
  readonly oldest: RunningComponent;
  readonly newest: RunningComponent;
}

function worldOf(components: readonly RunningComponent[]): World {
  const on = (kind: string) => components.filter(component => component.kind === kind);
  const apiservers = on('kube-apiserver').sort((a, b) => compareVersions(a.version, b.version) || byNode(a, b));
  const byItsNode = (component: RunningComponent) => [component.node, component] as const;
  const ofNodes = (seen: readonly RunningComponent[]) => seen.filter(({ node }) => node !== undefined).map(byItsNode);
  return {
    oldest: apiservers[0],
    newest: apiservers.at(-1),
    apiserverOn: new Map(ofNodes(apiservers)),
    kubeletOn: new Map(ofNodes(on('kubelet'))),
  };
}

/** Which of two equals is named must not depend on the order in which they came. */
function byNode({ node: a = '' }: RunningComponent, { node: b = '' }: RunningComponent): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function judge(component: RunningComponent, world: World): SkewJudgement {
  const held = (RULES_OF.get(component.kind) ?? []).flatMap(rule => {
    const reference = referenceOf(rule, component, world);
    return reference ? [{ rule, reference, range: rangeOf(rule, reference) }] : [];
  });
  const findings = held.flatMap(({ rule, reference }) => compare(component, rule, reference));
  const [first, ...rest] = held.map(({ range }) => range);
  if (!first) return { component, allowed: undefined, verdict: 'not held', findings };
  const allowed = rest.reduce(intersection, first);
  return { component, allowed, verdict: verdictOn(component.version, allowed), findings };
}

function referenceOf({ against }: SkewRule, { node }: RunningComponent, world: World): Reference | undefined {
  const own = against === 'own kubelet' ? world.kubeletOn.get(node) : world.apiserverOn.get(node);
  if (against !== 'every kube-apiserver' && own) return { oldest: own, newest: own };
  const { oldest, newest } = world;
  return against !== 'own kubelet' && oldest && newest ? { oldest, newest } : undefined;
}

function rangeOf(rule: SkewRule, { oldest, newest }: Reference): MinorRange {
  const from = moved(newest.version, -distanceAt(rule, moved(newest.version, -rule.older)).older);
  const to = moved(oldest.version, distanceAt(rule, moved(oldest.version, rule.newer)).newer);
  // Of kube-apiservers too far apart the newest stands right, and those that were left behind stand wrong.
  return { from, to: rule.kind === 'kube-apiserver' ? later(to, newest.version) : to };
}

/** The distance that holds for a component of this minor. */
function distanceAt(rule: SkewRule, minor: Minor): Distance {
  return rule.before125 && minorsBetween(minor, CHANGED_IN) < 0 ? rule.before125 : rule;
}

function moved({ major, minor }: Minor, by: number): Minor {
  return { major, minor: Math.max(0, minor + by) };
}

function intersection(a: MinorRange, b: MinorRange): MinorRange {
  return { from: later(a.from, b.from), to: later(a.to, b.to) === a.to ? b.to : a.to };
}

function later<T extends Minor>(a: T, b: T): T {
  return minorsBetween(a, b) >= 0 ? a : b;
}

function verdictOn(version: KubernetesVersion, { from, to }: MinorRange): SkewJudgement['verdict'] {
  if (minorsBetween(version, to) > 0) return 'too new';
  return minorsBetween(version, from) < 0 ? 'too old' : 'within';
}

function compare(component: RunningComponent, rule: SkewRule, { oldest, newest }: Reference): SkewFinding[] {
  const { older, newer } = distanceAt(rule, component.version);
  const ahead = minorsBetween(component.version, oldest.version);
  if (ahead > newer && rule.kind !== 'kube-apiserver') return [finding(component, oldest, ahead, newer)];
  const behind = minorsBetween(newest.version, component.version);
  return behind > older ? [finding(component, newest, -behind, older)] : [];
}

function finding(component: RunningComponent, against: RunningComponent, ahead: number, limit: number): SkewFinding {
  const distance = `${counted(Math.abs(ahead))} ${ahead > 0 ? 'newer' : 'older'} than ${describe(against)}`;
  const rule = limit === 0 ? 'it may not be' : `at most ${counted(limit)} ${limit === 1 ? 'is' : 'are'} allowed`;
  return { component, against, sentence: `${describe(component)} is ${distance}: ${rule}.` };
}

function counted(minors: number): string {
  return `${minors} minor${minors === 1 ? '' : 's'}`;
}

function describe({ kind, node, version }: RunningComponent): string {
  return `${kind}${node === undefined ? '' : ` on ${node}`} (${formatVersion(version)})`;
}
