import type { PodView } from '../../cluster/snapshot.ts';
import type { Finding } from '../finding.ts';

/** `a, b, c and 4 more`; sorted, so that equal clusters give equal sentences. */
export function listed(names: Iterable<string>, limit = 5): string {
  const sorted = [...new Set(names)].sort();
  const shown = sorted.slice(0, limit).join(', ');
  return sorted.length > limit ? `${shown} and ${sorted.length - limit} more` : shown;
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
