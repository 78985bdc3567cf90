import type { PodView, Taint } from '../cluster/snapshot.ts';
import { tolerates } from '../cluster/taints.ts';
import { type FilterOptions, filterPods } from '../drain/filters.ts';
import { StepFailed } from './step-failed.ts';

type Choice = Omit<FilterOptions, 'now'>;

/**
 * The pods that must leave. What was there at first all goes; of those that come later, the ones that tolerate a cordon
 * are left alone, because evicting them would only bring them back, without end. Throws StepFailed where a pod would be
 * lost.
 */
export function createSelection(choice: Choice): (pods: readonly PodView[], now: number) => readonly PodView[] {
  const wanted = new Map<string, boolean>();
  let first = true;
  return (pods, now) => {
    for (const pod of pods) if (!wanted.has(pod.uid)) wanted.set(pod.uid, first || !tolerates(pod.tolerations, CORDON));
    first = false;
    const verdicts = filterPods(
      pods.filter(({ uid }) => wanted.get(uid)),
      { ...choice, now },
    );
    const refused = verdicts.flatMap(({ pod, verdict }) =>
      verdict.kind === 'refuse' ? [`${pod.namespace}/${pod.name}: ${verdict.why}`] : [],
    );
    if (refused.length > 0) {
      throw new StepFailed(
        `Nothing was evicted further, because ${some(refused)}. Let a controller own such pods or delete them, then retry.`,
      );
    }
    return verdicts.flatMap(({ pod, verdict }) => (verdict.kind === 'evict' ? [pod] : []));
  };
}

/** The taint that stands for a cordon: kubernetes.io, well-known labels and taints. */
const CORDON: Taint = { key: 'node.kubernetes.io/unschedulable', value: '', effect: 'NoSchedule' };

/** The first few of them, for a sentence. */
export function some(items: readonly string[]): string {
  const more = items.length > 5 ? ` and ${items.length - 5} more` : '';
  return `${items.slice(0, 5).join('; ')}${more}`;
}
