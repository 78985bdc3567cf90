import { matchesAffinity, type NodeAffinityTerm } from './selector.ts';
import type { NodeView } from './snapshot.ts';

/** Finds the nodes that affinity terms name without trying them all. */
export interface NodeIndex {
  /** Every node for no terms at all. */
  matching(terms: readonly NodeAffinityTerm[]): readonly NodeView[];
}

/** Equal terms are looked up once; a term that names values of a label costs the nodes with these values. */
export function indexNodes(nodes: readonly NodeView[]): NodeIndex {
  const byLabel = new Map<string, NodeView[]>();
  const byName = new Map(nodes.map(node => [node.name, node]));
  for (const node of nodes) {
    for (const [key, value] of Object.entries(node.labels)) {
      const place = keyOf(key, value);
      const known = byLabel.get(place);
      if (known) known.push(node);
      else byLabel.set(place, [node]);
    }
  }
  const candidates = ({ labels, fields }: NodeAffinityTerm): readonly NodeView[] => {
    const named = fields.find(({ key, operator }) => key === 'metadata.name' && operator === 'In');
    if (named) return named.values.flatMap(value => byName.get(value) ?? []);
    const label = labels.find(({ operator }) => operator === 'In');
    return label ? label.values.flatMap(value => byLabel.get(keyOf(label.key, value)) ?? []) : nodes;
  };
  const known = new Map<string, readonly NodeView[]>();
  return {
    matching(terms) {
      if (terms.length === 0) return nodes;
      const key = JSON.stringify(terms);
      const found =
        known.get(key) ??
        terms.flatMap(term => candidates(term).filter(node => matchesAffinity([term], node.name, node.labels)));
      known.set(key, found);
      return found;
    },
  };
}

function keyOf(key: string, value: string): string {
  return `${key}=${value}`;
}
