import type { LabelSelector, NodeAffinityTerm, Requirement } from '../../cluster/selector.ts';
import type { WirePodSpec, WireRequirement, WireSelector, WireTerm } from './wire.ts';

/** No selector at all selects nothing, while an empty one selects everything (kubernetes.io: label-selector). */
export function selectorView(selector: WireSelector | undefined): LabelSelector {
  if (!selector) return { matchLabels: {}, matchExpressions: [NEVER] };
  return {
    matchLabels: selector.matchLabels ?? {},
    matchExpressions: (selector.matchExpressions ?? []).map(requirementView),
  };
}

/** What a pod requires of its node while it is scheduled. */
export function affinityView({ affinity }: WirePodSpec): readonly NodeAffinityTerm[] {
  const required = affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution;
  return required ? termsView(required.nodeSelectorTerms) : NO_TERMS;
}

export function termsView(terms: readonly WireTerm[] = []): readonly NodeAffinityTerm[] {
  return terms.map(({ matchExpressions = [], matchFields = [] }) => ({
    labels: matchExpressions.map(requirementView),
    fields: matchFields.map(requirementView),
  }));
}

const NO_TERMS: readonly NodeAffinityTerm[] = [];

/** A requirement that nothing meets. */
const NEVER: Requirement = { key: '', operator: 'In', values: [] };

/** An operator that is not known here is taken as one that nothing meets, so that no room is promised. */
function requirementView({ key, operator, values = [] }: WireRequirement): Requirement {
  switch (operator) {
    case 'In':
    case 'NotIn':
    case 'Exists':
    case 'DoesNotExist':
    case 'Gt':
    case 'Lt':
      return { key, operator, values };
    default:
      return NEVER;
  }
}
