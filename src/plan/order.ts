import type { NodeView, PodView } from '../cluster/snapshot.ts';

/**
 * Part of the digest: whoever approves a plan approves this rule, not one order. Cordoned nodes first (they carry the
 * least), nodes that carry Capstan or its Redis last (so that the worker moves once), otherwise by name.
 */
export const ORDERING_RULE = 'cordoned first, capstan last, then by name';

/** The label of Capstan's own pods, as the chart sets it. */
export const OWN_PODS = { key: 'app.kubernetes.io/part-of', value: 'capstan' } as const;

/** Names of the nodes that carry pods of Capstan itself or of its Redis. */
export function nodesCarryingCapstan(pods: readonly PodView[]): ReadonlySet<string> {
  const nodes = new Set<string>();
  for (const pod of pods) if (pod.node !== undefined && isOwnPod(pod)) nodes.add(pod.node);
  return nodes;
}

/** A pod of Capstan itself, or of its Redis, that has not ended. */
export function isOwnPod({ phase, labels }: PodView): boolean {
  return phase !== 'Succeeded' && phase !== 'Failed' && labels[OWN_PODS.key] === OWN_PODS.value;
}

/** The same nodes in the order in which they are upgraded; independent of the order in which they came. */
export function orderNodes<T extends { readonly node: NodeView }>(nodes: readonly T[], own: ReadonlySet<string>): T[] {
  const rank = ({ node }: T) => (own.has(node.name) ? 2 : node.unschedulable ? 0 : 1);
  return [...nodes].sort((a, b) => rank(a) - rank(b) || compareNames(a.node.name, b.node.name));
}

/** `worker-2` before `worker-10`. A plain comparison settles names whose numbers are equal, such as `a1` and `a01`. */
function compareNames(a: string, b: string): number {
  return NATURAL.compare(a, b) || (a < b ? -1 : a > b ? 1 : 0);
}

const NATURAL = new Intl.Collator('en', { numeric: true });
