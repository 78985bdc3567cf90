import { matchesSelector } from '../cluster/selector.ts';
import type { NodeView } from '../cluster/snapshot.ts';
import { compareVersions, formatVersion, type KubernetesVersion } from '../version/kubernetes-version.ts';
import { approvedOptions, canonicalJson, nodesOf } from './digest.ts';
import type { Hop, Plan, PlannedNode } from './plan.ts';
import { isAskedAbout } from './scope.ts';

/** How far the cluster has moved away from a plan since it was approved. */
export interface Drift {
  /** What makes the approval void, in sentences. */
  readonly changes: readonly string[];
  /** New nodes of elastic pools: they join. */
  readonly joined: readonly JoinedNode[];
  /** Approved nodes that are there no more, by name. */
  readonly gone: readonly string[];
  /** Approved nodes that have reached the target, by name. */
  readonly finished: readonly string[];
  /** Approved nodes that have not, and that the request does not cover any more: their labels were changed. By name. */
  readonly outside: readonly string[];
  /** Approved nodes of elastic pools that cannot take part, as when they are about to vanish: they are left out. By name. */
  readonly unfit: readonly string[];
}

export interface JoinedNode {
  readonly node: string;
  readonly uid: string;
}

export const NO_DRIFT: Drift = { changes: [], joined: [], gone: [], finished: [], outside: [], unfit: [] };

/**
 * What has changed between an approved plan and the same request planned anew (`now`) in a cluster of these nodes. Nodes
 * that vanished or reached the target void nothing; new ones do, and those that can no longer take part, unless the approved
 * plan calls their pool elastic.
 */
export function driftOf(old: Plan, now: Plan, nodes: readonly NodeView[]): Drift {
  if (old.digest === now.digest) return NO_DRIFT;
  if (old.cluster.uid !== now.cluster.uid) {
    return { ...NO_DRIFT, changes: ['This is another cluster: its UID is not the one that was approved.'] };
  }
  const joining = new Set(joiners(old, now, nodes).map(({ name }) => name));
  const { leftOut, unfit } = unableNow(old, now, nodes);
  return {
    changes: [
      ...changedTarget(old, now),
      ...changedOptions(old, now),
      ...changedNodes(old, now, joining),
      ...leftOut,
      ...changedWork(old, now, joining),
    ],
    joined: nodesOf(now.hops).flatMap(({ name, uid }) => (joining.has(name) ? [{ node: name, uid }] : [])),
    ...withoutWork(old, now, nodes),
    unfit,
  };
}

/** Whether the plan lets a node take part that nobody approved by name. */
export function isElastic({ role, labels }: NodeView, { elasticPools }: Pick<Plan, 'elasticPools'>): boolean {
  return role === 'worker' && elasticPools.some(selector => matchesSelector(selector, labels));
}

/** New workers of elastic pools for which the approved plan has a place: the same steps that it takes others through. */
function joiners(old: Plan, now: Plan, nodes: readonly NodeView[]): PlannedNode[] {
  const known = new Set(nodesOf(old.hops).map(({ uid }) => uid));
  const views = new Map(nodes.map(node => [node.uid, node]));
  const places = new Set(old.hops.flatMap(placesOf));
  const works = Map.groupBy(now.hops.flatMap(worksOf), ({ node }) => node.uid);
  return nodesOf(now.hops).filter(({ uid }) => {
    const view = views.get(uid);
    if (known.has(uid) || !view || !isElastic(view, old)) return false;
    return (works.get(uid) ?? []).every(({ place }) => places.has(place));
  });
}

function changedTarget(old: Plan, now: Plan): string[] {
  if (compareVersions(old.to, now.to) === 0) return [];
  return [`The target would now be ${formatVersion(now.to)}, not ${formatVersion(old.to)}.`];
}

function changedOptions(old: Plan, now: Plan): string[] {
  const was = approvedOptions(old);
  const is = approvedOptions(now);
  const differs = (key: keyof typeof was) => canonicalJson(was[key] ?? null) !== canonicalJson(is[key] ?? null);
  return [
    ...(old.request.strategy === now.request.strategy ? [] : ['The strategy is another.']),
    ...(differs('only') ? ['The plan now covers other kinds of nodes.'] : []),
    ...(differs('pool') || differs('nodes') ? ['The plan now is about other nodes.'] : []),
    ...(differs('fewestDrains') ? ['Kubelets would now skip other hops.'] : []),
    ...(differs('drain') ? ['Nodes would now be drained otherwise.'] : []),
    ...(differs('driver') ? [changedDriver(now)] : []),
    ...(differs('elasticPools') ? ['The policy now calls other pools elastic.'] : []),
  ];
}

function changedDriver({ driver: { ignorePreflightErrors } }: Plan): string {
  const ignored = ignorePreflightErrors.length > 0 ? ignorePreflightErrors.join(', ') : 'none';
  return `The policy now has kubeadm ignore other preflight errors: ${ignored}.`;
}

function changedNodes(old: Plan, now: Plan, joining: ReadonlySet<string>): string[] {
  const before = new Map(nodesOf(old.hops).map(node => [node.name, node]));
  const after = nodesOf(now.hops).filter(({ name }) => !joining.has(name));
  return after.flatMap(node => changedNode(before.get(node.name), node, old));
}

/**
 * Approved nodes that cannot take part any more. Where a pool is elastic that is how its nodes go; any other was counted on
 * by those who approved, so they look first.
 */
function unableNow(old: Plan, now: Plan, nodes: readonly NodeView[]) {
  const before = new Set(nodesOf(old.hops).map(({ name }) => name));
  const views = new Map(nodes.map(node => [node.name, node]));
  const unable = now.excluded.filter(({ node }) => before.has(node));
  const isExpected = ({ node }: (typeof unable)[number]) => {
    const view = views.get(node);
    return view !== undefined && isElastic(view, old);
  };
  return {
    leftOut: unable
      .filter(each => !isExpected(each))
      .map(({ node, why }) => `Node ${node} would now be left out: ${why}.`),
    unfit: unable.filter(isExpected).map(({ node }) => node),
  };
}

function changedNode(was: PlannedNode | undefined, node: PlannedNode, old: Plan): string[] {
  if (!was) {
    const known = old.excluded.some(({ node: name }) => name === node.name);
    return [known ? `Node ${node.name} was left out and can now take part.` : `Node ${node.name} is new.`];
  }
  if (was.uid !== node.uid) return [`Node ${node.name} was replaced by another of the same name.`];
  const role = was.role === node.role ? [] : [`Node ${node.name} is now a ${node.role} node, not ${was.role}.`];
  return [
    ...role,
    ...changedVersion(`Node ${node.name}`, was.version, node.version, old),
    ...changedVersion(`The control plane of ${node.name}`, was.controlPlane, node.controlPlane, old),
    ...changedHalf(was, node, old),
  ];
}

/** Where its static pods are all of one version, that of the oldest says it. */
function changedHalf(was: PlannedNode, node: PlannedNode, old: Plan): string[] {
  if (!was.ahead && !node.ahead) return [];
  const newestOf = ({ ahead, controlPlane }: PlannedNode) => ahead ?? controlPlane;
  return changedVersion(`The newest static pod of ${node.name}`, newestOf(was), newestOf(node), old);
}

/** A version of a hop's end is one that the plan itself leads through. */
function changedVersion(
  what: string,
  was: KubernetesVersion | undefined,
  is: KubernetesVersion | undefined,
  { hops }: Plan,
): string[] {
  if (!was || !is || (compareVersions(was, is) === 0 && was.vendor === is.vendor)) return [];
  if (hops.some(({ to }) => compareVersions(to, is) === 0)) return [];
  return [`${what} now runs ${build(is)}, not ${build(was)}.`];
}

function build(version: KubernetesVersion): string {
  return version.vendor === undefined ? formatVersion(version) : `${formatVersion(version)} (${version.vendor})`;
}

/** Work that the approved plan does not have, on nodes that it does have. Towards another target all of it is other work. */
function changedWork(old: Plan, now: Plan, joining: ReadonlySet<string>): string[] {
  if (compareVersions(old.to, now.to) !== 0) return [];
  const approved = new Set(old.hops.flatMap(worksOf).map(keyOf));
  const known = new Set(nodesOf(old.hops).map(({ name }) => name));
  return now.hops
    .flatMap(worksOf)
    .filter(work => !approved.has(keyOf(work)) && known.has(work.node.name) && !joining.has(work.node.name))
    .map(({ node, phase, to }) => `Node ${node.name} would now also go through ${phase} to ${formatVersion(to)}.`);
}

/** Approved nodes that have no work any more, told apart by why. */
function withoutWork(old: Plan, now: Plan, nodes: readonly NodeView[]): Pick<Drift, 'gone' | 'finished' | 'outside'> {
  const busy = new Set(nodesOf(now.hops).map(({ uid }) => uid));
  const views = new Map(nodes.map(node => [node.uid, node]));
  const excluded = new Set(now.excluded.map(({ node }) => node));
  const idle = nodesOf(old.hops).filter(({ uid, name }) => !busy.has(uid) && !excluded.has(name));
  const isAsked = isAskedAbout(now.request);
  const why = ({ uid }: PlannedNode): 'gone' | 'finished' | 'outside' => {
    const node = views.get(uid);
    if (!node) return 'gone';
    const isThere = node.kubelet !== undefined && compareVersions(node.kubelet, old.to) >= 0;
    return isThere || isAsked({ node }) ? 'finished' : 'outside';
  };
  const names = (wanted: ReturnType<typeof why>) => idle.filter(each => why(each) === wanted).map(({ name }) => name);
  return { gone: names('gone'), finished: names('finished'), outside: names('outside') };
}

interface PlannedWork {
  readonly node: PlannedNode;
  readonly phase: string;
  readonly to: KubernetesVersion;
  /** Hop, stage and phase. */
  readonly place: string;
}

function worksOf(hop: Hop): PlannedWork[] {
  return hop.stages.flatMap(({ kind, passes }) =>
    passes.flatMap(({ phase, nodes }) =>
      nodes.map(node => ({ node, phase, to: hop.to, place: `${formatVersion(hop.to)} ${kind} ${phase}` })),
    ),
  );
}

function keyOf({ node, place }: PlannedWork): string {
  return `${node.name} ${place}`;
}

function placesOf(hop: Hop): string[] {
  return hop.stages.flatMap(({ kind, passes }) =>
    passes.map(({ phase }) => `${formatVersion(hop.to)} ${kind} ${phase}`),
  );
}
