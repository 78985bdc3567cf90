import { type LabelSelector, matchesSelector, type Requirement } from '../../../cluster/selector.ts';
import type { WireSelector } from '../store/objects.ts';

/** The selector as an object of the API carries it; absent parts mean nothing is asked. */
function selectorOf(wire: WireSelector): LabelSelector {
  return { matchLabels: wire.matchLabels ?? {}, matchExpressions: requirementsOf(wire.matchExpressions) };
}

export function requirementsOf(expressions: WireSelector['matchExpressions']): Requirement[] {
  return (expressions ?? []).map(({ key, operator, values }) => ({
    key,
    operator: operator as Requirement['operator'],
    values: values ?? [],
  }));
}

/** A missing selector selects nothing, an empty one everything. */
export function selects(wire: WireSelector | undefined, labels: Record<string, string> | undefined): boolean {
  return wire !== undefined && matchesSelector(selectorOf(wire), labels ?? {});
}
