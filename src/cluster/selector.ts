/** metav1.LabelSelector. An empty selector matches everything; `undefined` in the API (no selector) matches nothing. */
export interface LabelSelector {
  readonly matchLabels: Readonly<Record<string, string>>;
  readonly matchExpressions: readonly Requirement[];
}

export interface Requirement {
  readonly key: string;
  readonly operator: 'In' | 'NotIn' | 'Exists' | 'DoesNotExist' | 'Gt' | 'Lt';
  readonly values: readonly string[];
}

/** One nodeSelectorTerm: all its requirements must hold. `fields` knows `metadata.name` only, as the API does. */
export interface NodeAffinityTerm {
  readonly labels: readonly Requirement[];
  readonly fields: readonly Requirement[];
}

/** Pods that may not share the value of a node's label: kubernetes.io/hostname for the node itself, or such as a zone. */
export interface PodAffinityTerm {
  readonly selector: LabelSelector;
  /** undefined stands for all of them. */
  readonly namespaces: readonly string[] | undefined;
  readonly topologyKey: string;
}

/** How evenly pods must be spread (topologySpreadConstraints with DoNotSchedule). */
export interface SpreadRule {
  /** Counts pods of the pod's own namespace. */
  readonly selector: LabelSelector;
  readonly topologyKey: string;
  readonly maxSkew: number;
  /** With fewer values of the label than these the least is taken to be none. */
  readonly minDomains: number;
  /** Whether nodes that the pod's node selector and affinity leave out do not count (nodeAffinityPolicy). */
  readonly honorsAffinity: boolean;
  /** Whether nodes whose taints the pod does not tolerate do not count (nodeTaintsPolicy). */
  readonly honorsTaints: boolean;
}

type Labels = Readonly<Record<string, string>>;

/** The same selector in the one order that it can be told by: neither requirements nor their values have one of their own. */
export function canonicalSelector({ matchLabels, matchExpressions }: LabelSelector): LabelSelector {
  const labels = Object.entries(matchLabels).sort(([a], [b]) => (a < b ? -1 : 1));
  const expressions = matchExpressions.map(({ key, operator, values }) => {
    return { key, operator, values: [...new Set(values)].sort() };
  });
  return { matchLabels: Object.fromEntries(labels), matchExpressions: sortedOnce(expressions) };
}

/** Without those that another one equals, in one order. */
export function canonicalSelectors(selectors: readonly LabelSelector[]): LabelSelector[] {
  return sortedOnce(selectors.map(canonicalSelector));
}

/** By their JSON, so that keys of equal items have to stand in one order. */
function sortedOnce<T>(items: readonly T[]): T[] {
  const byText = new Map(items.map(item => [JSON.stringify(item), item]));
  return [...byText].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, item]) => item);
}

export function matchesSelector(selector: LabelSelector, labels: Labels): boolean {
  for (const key in selector.matchLabels) if (labels[key] !== selector.matchLabels[key]) return false;
  return selector.matchExpressions.every(requirement => meets(requirement, labels[requirement.key]));
}

/** True where no term is given or any term matches (requiredDuringSchedulingIgnoredDuringExecution). */
export function matchesAffinity(terms: readonly NodeAffinityTerm[], name: string, labels: Labels): boolean {
  if (terms.length === 0) return true;
  return terms.some(
    term =>
      term.labels.length + term.fields.length > 0 &&
      term.labels.every(requirement => meets(requirement, labels[requirement.key])) &&
      term.fields.every(requirement => meets(requirement, requirement.key === 'metadata.name' ? name : undefined)),
  );
}

function meets({ operator, values }: Requirement, value: string | undefined): boolean {
  switch (operator) {
    case 'In':
      return value !== undefined && values.includes(value);
    case 'NotIn':
      return value === undefined || !values.includes(value);
    case 'Exists':
      return value !== undefined;
    case 'DoesNotExist':
      return value === undefined;
    case 'Gt':
      return integer(value) > integer(values[0]);
    case 'Lt':
      return integer(value) < integer(values[0]);
  }
}

/** Only whole numbers are compared; the API matches nothing else. NaN is neither greater nor less than anything. */
function integer(text: string | undefined): number {
  return text !== undefined && /^[+-]?\d+$/.test(text) ? Number(text) : Number.NaN;
}
