import type { Eviction } from '../controlplane/audit.ts';

/** Pods, by name and UID, that were evicted once more after it had been granted. */
export function grantedTwice(evictions: readonly Eviction[]): readonly string[] {
  const granted = evictions.filter(({ code }) => code === 201).map(({ pod, uid }) => `${pod} ${uid}`);
  return granted.filter((pod, place) => granted.indexOf(pod) !== place);
}
