import type { CordonRules } from '../../../src/app/ports.ts';
import type { NodeClaim, NodeView } from '../../../src/cluster/snapshot.ts';
import { OUT_OF_SERVICE } from '../../../src/cluster/taints.ts';

/** What a cluster in memory makes of a node, in the words of the port. */
export const EXCLUDE = 'node.kubernetes.io/exclude-from-external-load-balancers';

export function claimed(node: NodeView, claim: NodeClaim): Partial<NodeView> {
  const { claim: by, unschedulable } = node;
  if (!by) return { claim: { ...claim, wasUnschedulable: claim.wasUnschedulable || unschedulable } };
  const { wasUnschedulable, excluded, attempt, outOfService } = by;
  const cordons = unschedulable ? Math.min(by.cordons, 1) : 0;
  const next = attempt === claim.attempt ? by : { ...claim, wasUnschedulable, excluded, cordons, outOfService };
  return outOfService && node.ready === 'True'
    ? { claim: { ...next, outOfService: false }, taints: withoutTaint(node) }
    : { claim: next };
}

export function takenOver(node: NodeView, left: NodeClaim, claim: NodeClaim): Partial<NodeView> {
  const { excluded, outOfService } = left;
  const ours = node.unschedulable && left.cordons > 0 && !left.wasUnschedulable;
  const wasUnschedulable = !ours && (claim.wasUnschedulable || node.unschedulable);
  const next = { ...claim, wasUnschedulable, cordons: ours ? 1 : 0, excluded, outOfService };
  return outOfService && node.ready === 'True'
    ? { claim: { ...next, outOfService: false }, taints: withoutTaint(node) }
    : { claim: next };
}

export function takenOutOfService(node: NodeView, claim: NodeClaim): Partial<NodeView> {
  if (node.ready === 'True' || node.taints.some(({ key }) => key === OUT_OF_SERVICE.key)) return {};
  return { claim: { ...claim, outOfService: true }, taints: [...node.taints, OUT_OF_SERVICE] };
}

function withoutTaint({ taints }: NodeView): NodeView['taints'] {
  return taints.filter(({ key }) => key !== OUT_OF_SERVICE.key);
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
    taints: claim.outOfService ? withoutTaint(node) : node.taints,
    unschedulable: node.unschedulable && (claim.wasUnschedulable || claim.cordons === 0),
  };
}
