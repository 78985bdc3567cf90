import { type LabelSelector, matchesSelector } from './selector.ts';

/** Something that chooses pods. */
export interface Selecting {
  readonly selector: LabelSelector;
  /** undefined stands for all of them. */
  readonly namespaces: readonly string[] | undefined;
}

/** What chooses a pod of this namespace with these labels. */
export type FindSelecting<T> = (namespace: string, labels: Readonly<Record<string, string>>) => T[];

interface Entries<T> {
  /** By `key=value` of one of the selector's labels: only pods with that label can match. */
  readonly byLabel: Map<string, T[]>;
  /** Selectors that name no value; tried on every pod. */
  readonly others: T[];
}

/** A look-up costs the pod's labels and the selectors that may match, not all selectors of the namespace. */
export function indexSelectors<T extends Selecting>(all: readonly T[]): FindSelecting<T> {
  const everywhere: Entries<T> = { byLabel: new Map(), others: [] };
  const namespaces = new Map<string, Entries<T>>();
  for (const entry of all) {
    if (!entry.namespaces) insert(everywhere, entry);
    for (const namespace of new Set(entry.namespaces)) {
      const entries: Entries<T> = namespaces.get(namespace) ?? { byLabel: new Map(), others: [] };
      namespaces.set(namespace, entries);
      insert(entries, entry);
    }
  }
  return (namespace, labels) => {
    const here = namespaces.get(namespace);
    const found = [...(here ? candidates(here, labels) : []), ...candidates(everywhere, labels)];
    return found.filter(({ selector }) => matchesSelector(selector, labels));
  };
}

function insert<T extends Selecting>({ byLabel, others }: Entries<T>, entry: T): void {
  const keys = keysOf(entry.selector);
  if (!keys) others.push(entry);
  for (const key of keys ?? []) {
    const known = byLabel.get(key);
    if (known) known.push(entry);
    else byLabel.set(key, [entry]);
  }
}

/** One of these labels a pod must have to match; undefined where no value is named. */
function keysOf({ matchLabels, matchExpressions }: LabelSelector): string[] | undefined {
  const [label] = Object.entries(matchLabels);
  if (label) return [keyOf(...label)];
  const named = matchExpressions.find(({ operator }) => operator === 'In');
  return named && [...new Set(named.values)].map(value => keyOf(named.key, value));
}

function candidates<T>({ byLabel, others }: Entries<T>, labels: Readonly<Record<string, string>>): T[] {
  if (byLabel.size === 0) return others;
  return [...Object.entries(labels).flatMap(([key, value]) => byLabel.get(keyOf(key, value)) ?? []), ...others];
}

function keyOf(key: string, value: string): string {
  return `${key}=${value}`;
}
