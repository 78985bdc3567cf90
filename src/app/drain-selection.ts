import type { PodView, Taint } from '../cluster/snapshot.ts';
import { tolerates } from '../cluster/taints.ts';
import { type FilterOptions, filterPods } from '../drain/filters.ts';
import { StepFailed } from './step-failed.ts';

type Choice = Omit<FilterOptions, 'now'>;

/**
 * A pod that the scheduler was just placing comes in spite of the cordon. A controller that has brought so many places them
 * itself, such as by a `nodeName` in its template, and would bring more without end.
 */
const MOST_LATE = 10;

/**
 * The pods that must leave. What was there at first all goes; of those that come later, the ones that evicting would only
 * bring back are left alone, as kubectl drain leaves all of them: those that tolerate a cordon, or whose controller places
 * them past the scheduler. Throws StepFailed where a pod would be lost.
 */
export function createSelection(choice: Choice): (pods: readonly PodView[], now: number) => readonly PodView[] {
  const wanted = new Map<string, boolean>();
  /** How many pods of each controller came later, and leave too. */
  const late = new Map<string, number>();
  let first = true;

  function isWanted({ controller, tolerations }: PodView): boolean {
    if (first) return true;
    if (tolerates(tolerations, CORDON)) return false;
    if (!controller) return true;
    const before = late.get(controller.uid) ?? 0;
    late.set(controller.uid, before + 1);
    return before < MOST_LATE;
  }

  return (pods, now) => {
    for (const pod of pods) if (!wanted.has(pod.uid)) wanted.set(pod.uid, isWanted(pod));
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
