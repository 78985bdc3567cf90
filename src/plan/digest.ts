import { createHash } from 'node:crypto';
import { compareVersions, formatVersion } from '../version/kubernetes-version.ts';
import { ORDERING_RULE } from './order.ts';
import type { Hop, Plan, PlannedNode } from './plan.ts';

/** What the digest is taken from: a plan as it is stored, or one that is being made. */
type DigestInput = Pick<Plan, 'cluster' | 'request' | 'hops'>;

/**
 * SHA-256 (lower-case hex) over what people approve: the cluster's UID, the hops with the nodes of each pass, strategy,
 * options, the ordering rule by name, and name, UID, role and version of each node. Blind to findings, to the estimate
 * and to the order of nodes inside a pass, because pods cause those. It is computed from the plan alone, so that whoever
 * reads a stored plan can tell whether it is still the one that was approved.
 */
export function digestOf(plan: DigestInput): string {
  return createHash('sha256')
    .update(canonicalJson(approved(plan)))
    .digest('hex');
}

function approved({ cluster, request, hops }: DigestInput) {
  return {
    cluster: cluster.uid,
    strategy: request.strategy,
    options: { only: request.only ?? null },
    order: ORDERING_RULE,
    hops: hops.map(hop => ({
      from: formatVersion(hop.from),
      to: formatVersion(hop.to),
      stages: hop.stages.map(stage => ({
        kind: stage.kind,
        passes: stage.passes.map(pass => ({ phase: pass.phase, nodes: pass.nodes.map(node => node.uid).sort() })),
      })),
    })),
    nodes: nodesOf(hops).map(({ name, uid, role, version }) => ({ name, uid, role, version: formatVersion(version) })),
  };
}

/** JSON with the keys of every object sorted, so that equal values give equal text. */
function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_key, part: unknown) =>
    part !== null && typeof part === 'object' && !Array.isArray(part)
      ? Object.fromEntries(Object.entries(part).sort(([a], [b]) => (a < b ? -1 : 1)))
      : part,
  );
}

/** Every node of the chain once, by name. */
function nodesOf(hops: readonly Hop[]): PlannedNode[] {
  const passes = hops.flatMap(hop => hop.stages).flatMap(stage => stage.passes);
  const byName = new Map(passes.flatMap(pass => pass.nodes).map(node => [node.name, node]));
  return [...byName.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
}

/**
 * What makes an approval of `old` void now that the cluster would be planned as `now`, in sentences. Empty where
 * nothing that was approved has changed for the worse: nodes that vanished or reached the target meanwhile are no change.
 */
export function describeChanges(old: Plan, now: Plan): string[] {
  if (old.digest === now.digest) return [];
  if (old.cluster.uid !== now.cluster.uid)
    return ['This is another cluster: its UID is not the one that was approved.'];
  return [...changedTarget(old, now), ...changedOptions(old, now), ...changedNodes(old, now), ...changedWork(old, now)];
}

function changedTarget(old: Plan, now: Plan): string[] {
  if (compareVersions(old.to, now.to) === 0) return [];
  return [`The target would now be ${formatVersion(now.to)}, not ${formatVersion(old.to)}.`];
}

function changedOptions(old: Plan, now: Plan): string[] {
  return [
    ...(old.request.strategy === now.request.strategy ? [] : ['The strategy is another.']),
    ...(old.request.only === now.request.only ? [] : ['The plan now covers other kinds of nodes.']),
  ];
}

function changedNodes(old: Plan, now: Plan): string[] {
  const before = new Map(nodesOf(old.hops).map(node => [node.name, node]));
  const after = nodesOf(now.hops);
  const leftOut = now.excluded.filter(({ node }) => before.has(node));
  return [
    ...after.flatMap(node => changedNode(before.get(node.name), node, old)),
    ...leftOut.map(({ node, why }) => `Node ${node} would now be left out: ${why}.`),
  ];
}

function changedNode(was: PlannedNode | undefined, node: PlannedNode, old: Plan): string[] {
  if (!was) {
    const known = old.excluded.some(({ node: name }) => name === node.name);
    return [known ? `Node ${node.name} was left out and can now take part.` : `Node ${node.name} is new.`];
  }
  if (was.uid !== node.uid) return [`Node ${node.name} was replaced by another of the same name.`];
  const role = was.role === node.role ? [] : [`Node ${node.name} is now a ${node.role} node, not ${was.role}.`];
  const waypoints = old.hops.map(hop => formatVersion(hop.to));
  const moved = compareVersions(was.version, node.version) !== 0 && !waypoints.includes(formatVersion(node.version));
  const from = formatVersion(was.version);
  return [...role, ...(moved ? [`Node ${node.name} now runs ${formatVersion(node.version)}, not ${from}.`] : [])];
}

/** Work that the approved plan does not have, on nodes that it does have. Towards another target all of it is other work. */
function changedWork(old: Plan, now: Plan): string[] {
  if (compareVersions(old.to, now.to) !== 0) return [];
  const approvedWork = new Set(old.hops.flatMap(worksOf));
  const known = new Set(nodesOf(old.hops).map(node => node.name));
  const added = now.hops.flatMap(worksOf).filter(work => !approvedWork.has(work));
  const named = added.map(work => work.split(' ')).filter(([node = '']) => known.has(node));
  return named.map(([node, phase, to]) => `Node ${node} would now also go through ${phase} to ${to}.`);
}

function worksOf(hop: Hop): string[] {
  const passes = hop.stages.flatMap(stage => stage.passes);
  return passes.flatMap(({ phase, nodes }) => nodes.map(({ name }) => `${name} ${phase} ${formatVersion(hop.to)}`));
}
