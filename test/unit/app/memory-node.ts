import type { CordonRules } from '../../../src/app/ports.ts';
import type { NodeClaim, NodeView } from '../../../src/cluster/snapshot.ts';

/** What a cluster in memory makes of a node, in the words of the port. */
export const EXCLUDE = 'node.kubernetes.io/exclude-from-external-load-balancers';

export function claimed({ claim: by, unschedulable }: NodeView, claim: NodeClaim): NodeClaim {
  if (!by) return { ...claim, wasUnschedulable: claim.wasUnschedulable || unschedulable };
  const { wasUnschedulable, excluded, attempt } = by;
  if (attempt === claim.attempt) return by;
  const cordons = unschedulable ? Math.min(by.cordons, 1) : 0;
  return { ...claim, wasUnschedulable, excluded, cordons };
}

export function cordoned(node: NodeView, claim: NodeClaim, rules: CordonRules): Partial<NodeView> {
  const excludes = rules.excludeFromLoadBalancers && !(EXCLUDE in node.labels);
  const again = claim.cordons > 0;
  if (again && node.unschedulable) return {};
  return {
    unschedulable: true,
    labels: excludes ? { ...node.labels, [EXCLUDE]: '' } : node.labels,
    claim: {
      ...claim,
      wasUnschedulable: !again && node.unschedulable,
      cordons: claim.cordons + 1,
      excluded: claim.excluded || excludes,
    },
  };
}

export function released(node: NodeView, claim: NodeClaim): Partial<NodeView> {
  const { [EXCLUDE]: label, ...labels } = node.labels;
  return {
    claim: undefined,
    labels: claim.excluded ? labels : node.labels,
    unschedulable: node.unschedulable && (claim.wasUnschedulable || claim.cordons === 0),
  };
}
