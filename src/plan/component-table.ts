import type { ClusterSnapshot } from '../cluster/snapshot.ts';
import { formatMinor, formatVersion, type KubernetesVersion } from '../version/kubernetes-version.ts';
import { judgeSkew, type MinorRange, type RunningComponent } from '../version/skew.ts';

/** What the version-skew policy says about one component; `unreadable` where its version is not known. */
export type ComponentVerdict = 'within' | 'too old' | 'too new' | 'not held' | 'unreadable';

/** One component of a cluster. `node` is undefined where it runs out of sight. */
export interface ComponentRow {
  readonly kind: string;
  readonly node: string | undefined;
  /** With a vendor's part, or what was read where that is no version. */
  readonly version: string;
  /** `1.34 to 1.37`; undefined where nothing is there to hold it against. */
  readonly allowed: string | undefined;
  readonly verdict: ComponentVerdict;
}

/** Components that are alike in everything but their node. */
export interface ComponentGroup extends Omit<ComponentRow, 'node'> {
  readonly count: number;
  /** The first of them by name; empty where none is in sight. */
  readonly nodes: readonly string[];
}

/** In the order of the table. */
const KINDS: readonly string[] = [
  'kube-apiserver',
  'kube-controller-manager',
  'kube-scheduler',
  'cloud-controller-manager',
  'etcd',
  'kubelet',
  'kube-proxy',
];

interface Seen {
  readonly kind: string;
  readonly node: string | undefined;
  readonly version: KubernetesVersion | undefined;
  readonly text: string;
}

/** Every component once, in the order of the kinds, then newest first, then by node. */
export function componentTable(snapshot: ClusterSnapshot): ComponentRow[] {
  const seen = componentsOf(snapshot);
  const known = seen.flatMap(({ kind, node, version }): RunningComponent[] =>
    version && kind !== 'etcd' ? [{ kind, node, version }] : [],
  );
  const judgements = new Map(judgeSkew(known).map(each => [keyOf(each.component), each]));
  return seen
    .map((each): ComponentRow => {
      const judgement = judgements.get(keyOf(each));
      return {
        kind: each.kind,
        node: each.node,
        version: written(each),
        allowed: judgement?.allowed && writtenRange(judgement.allowed),
        verdict: each.version ? (judgement?.verdict ?? 'not held') : 'unreadable',
      };
    })
    .sort(compareRows);
}

/** The kubelet's version is the node's own word; everything else comes from pods. */
function componentsOf({ components, nodes }: ClusterSnapshot): Seen[] {
  return [
    ...components.filter(({ kind }) => kind !== 'kubelet'),
    ...nodes.map(({ name, kubelet, kubeletText }) => ({
      kind: 'kubelet',
      node: name,
      version: kubelet,
      text: kubeletText,
    })),
  ];
}

/** Two pods of one kind on one node stand there while one replaces the other; then their versions tell them apart. */
function keyOf({ kind, node, version }: Pick<Seen, 'kind' | 'node' | 'version'>): string {
  return `${kind} ${node} ${version && formatVersion(version)}`;
}

function written({ version, text }: Seen): string {
  if (!version) return text;
  const plain = text.replace('_', '+');
  return plain.startsWith('v') ? plain : `v${plain}`;
}

export function writtenRange({ from, to }: MinorRange): string {
  const [oldest, newest] = [formatMinor(from), formatMinor(to)];
  return oldest === newest ? oldest : `${oldest} to ${newest}`;
}

function compareRows(a: ComponentRow, b: ComponentRow): number {
  const rank = ({ kind }: ComponentRow) => KINDS.indexOf(kind);
  return rank(a) - rank(b) || NATURAL.compare(b.version, a.version) || NATURAL.compare(a.node ?? '', b.node ?? '');
}

const NATURAL = new Intl.Collator('en', { numeric: true });

/** Thousands of nodes make few rows: alike ones are counted, and so many of them named; more where something is wrong. */
export function grouped(
  rows: readonly ComponentRow[],
  named: { readonly right: number; readonly wrong: number },
): ComponentGroup[] {
  const groups = Map.groupBy(rows, ({ kind, version, allowed, verdict }) =>
    [kind, version, allowed, verdict].join('\n'),
  );
  return [...groups.values()].flatMap(members => {
    const [first] = members;
    if (!first) return [];
    const { node: _, ...alike } = first;
    const nodes = members.flatMap(({ node }) => node ?? []);
    const most = isWrong(first.verdict) ? named.wrong : named.right;
    return [{ ...alike, count: members.length, nodes: nodes.slice(0, most) }];
  });
}

export function isWrong(verdict: ComponentVerdict): boolean {
  return verdict === 'too old' || verdict === 'too new' || verdict === 'unreadable';
}
