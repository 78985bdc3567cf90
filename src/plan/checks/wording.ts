import type { PodView } from '../../cluster/snapshot.ts';

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
