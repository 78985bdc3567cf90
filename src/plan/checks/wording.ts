import type { PodView } from '../../cluster/snapshot.ts';
import type { Finding } from '../finding.ts';

/** `a, b, c and 4 more`; in their order, so that equal clusters give equal sentences. There may be very many. */
export function listed(names: Iterable<string>, limit = 5): string {
  const all = new Set(names);
  const first: string[] = [];
  for (const name of all) {
    if (first.length === limit && name > (first.at(-1) ?? '')) continue;
    const place = first.findIndex(other => name < other);
    first.splice(place < 0 ? first.length : place, 0, name);
    first.length = Math.min(first.length, limit);
  }
  return all.size > limit ? `${first.join(', ')} and ${all.size - limit} more` : first.join(', ');
}

/** `1 pod`, `3 pods`. */
export function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}

export function podName({ namespace, name }: Pick<PodView, 'namespace' | 'name'>): string {
  return `${namespace}/${name}`;
}

const MOST = 20;

/** Where very many objects are in the same trouble, the first of them by their sentences, and how many more there are. */
export function firstOf(findings: readonly Finding[]): Finding[] {
  const shown = [...findings].sort((a, b) => (a.sentence < b.sentence ? -1 : 1)).slice(0, MOST);
  const more = findings.length - shown.length;
  const counting = ({ sentence }: Finding) => `${sentence} There are ${more} more of this kind.`;
  return shown.map((each, place) => (place === MOST - 1 && more > 0 ? { ...each, sentence: counting(each) } : each));
}
