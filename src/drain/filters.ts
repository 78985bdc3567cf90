import { type LabelSelector, matchesSelector } from '../cluster/selector.ts';
import type { PodView } from '../cluster/snapshot.ts';

export interface FilterOptions {
  /** `namespace/name` of the DaemonSets that exist. */
  readonly daemonSets: ReadonlySet<string>;
  /** Also evict what nothing would create again. */
  readonly force: boolean;
  readonly deleteEmptyDir: boolean;
  /** Only pods that it matches leave. */
  readonly podSelector: LabelSelector | undefined;
  /** A pod that was deleted longer ago than this is not waited for. */
  readonly skipDeletedAfterMs: number;
  /** Epoch milliseconds. */
  readonly now: number;
}

/** What a drain does with a pod. `why` and `warnings` are clauses, to stand behind the pod's name. */
export type Verdict =
  | { readonly kind: 'evict'; readonly warnings: readonly string[] }
  | { readonly kind: 'skip'; readonly why: string }
  /** Evicting it would lose something, so nothing of the node is evicted. */
  | { readonly kind: 'refuse'; readonly why: string };

export interface Judged {
  readonly pod: PodView;
  readonly verdict: Verdict;
}

type Filter = (pod: PodView, options: FilterOptions) => Verdict;

/**
 * The order of kubectl drain (kubectl reference, `drain`): the first filter that does not let a pod go decides. Only the
 * filter for our own Jobs is added.
 */
const FILTERS: readonly Filter[] = [
  deletedLongAgo,
  notSelected,
  ofDaemonSet,
  mirror,
  ownUpgrade,
  withLocalData,
  unmanaged,
];

export function filterPods(pods: readonly PodView[], options: FilterOptions): Judged[] {
  return pods.map(pod => ({ pod, verdict: judge(pod, options) }));
}

/** When the next of these pods will have been deleted too long ago, though nothing else happens; undefined: never. */
export function nextSkip(
  pods: readonly PodView[],
  { now, skipDeletedAfterMs }: Pick<FilterOptions, 'now' | 'skipDeletedAfterMs'>,
): number | undefined {
  const times = pods.flatMap(({ deletingSince }) =>
    deletingSince === undefined ? [] : [deletingSince + skipDeletedAfterMs + 1],
  );
  const ahead = times.filter(time => time > now);
  return ahead.length > 0 ? Math.min(...ahead) : undefined;
}

function judge(pod: PodView, options: FilterOptions): Verdict {
  const warnings: string[] = [];
  for (const filter of FILTERS) {
    const verdict = filter(pod, options);
    if (verdict.kind !== 'evict') return verdict;
    warnings.push(...verdict.warnings);
  }
  return { kind: 'evict', warnings };
}

const EVICT: Verdict = { kind: 'evict', warnings: [] };

/**
 * A pod that should have stopped long ago waits for something that no drain brings: a finalizer, a dead mount.
 * `--skip-wait-for-delete-timeout` of kubectl, where it is off; here a drain has a deadline that it would always miss.
 */
function deletedLongAgo({ deletingSince }: PodView, { now, skipDeletedAfterMs }: FilterOptions): Verdict {
  return deletingSince !== undefined && now - deletingSince > skipDeletedAfterMs
    ? { kind: 'skip', why: 'it was deleted too long ago and will not go by itself' }
    : EVICT;
}

/** `--pod-selector` of kubectl. */
function notSelected({ labels }: PodView, { podSelector }: FilterOptions): Verdict {
  return podSelector && !matchesSelector(podSelector, labels)
    ? { kind: 'skip', why: 'the policy has it stay on the node' }
    : EVICT;
}

/** A DaemonSet puts its pods back in spite of a cordon. Those whose DaemonSet is gone belong to nobody. */
function ofDaemonSet(pod: PodView, { daemonSets, force }: FilterOptions): Verdict {
  const { controller, namespace } = pod;
  if (controller?.kind !== 'DaemonSet' || isFinished(pod)) return EVICT;
  const owner = `${namespace}/${controller.name}`;
  if (daemonSets.has(owner)) return { kind: 'skip', why: 'its DaemonSet keeps it on the node' };
  return isLost(pod) ? forced(force, `its DaemonSet ${owner} is gone, so nothing would create it again`) : EVICT;
}

function mirror(pod: PodView): Verdict {
  return pod.mirror ? { kind: 'skip', why: 'it mirrors a static pod, which only the kubelet runs' } : EVICT;
}

/**
 * Pods of our own Jobs stay. A worker that takes over in the middle of the host's upgrade walks through the drain once
 * more and must not stop what it is about to follow; and a finished one is left too, because its end is the verdict that
 * such a worker comes to read. They end by themselves, and the cluster removes them with their Job.
 */
function ownUpgrade({ labels, controller }: PodView): Verdict {
  return controller?.kind === 'Job' && labels['app.kubernetes.io/managed-by'] === 'capstan'
    ? { kind: 'skip', why: 'it carries out the upgrade of this node' }
    : EVICT;
}

function withLocalData(pod: PodView, { deleteEmptyDir }: FilterOptions): Verdict {
  return pod.emptyDir && isLost(pod)
    ? forced(deleteEmptyDir, 'it keeps data in an emptyDir, which is deleted with it')
    : EVICT;
}

function unmanaged(pod: PodView, { force }: FilterOptions): Verdict {
  return pod.controller === undefined && isLost(pod)
    ? forced(force, 'it has no controller, so nothing would create it again')
    : EVICT;
}

function forced(allowed: boolean, why: string): Verdict {
  return allowed ? { kind: 'evict', warnings: [why] } : { kind: 'refuse', why };
}

/** Whether the drain would be what ends the pod. One that somebody has deleted already is only waited for. */
function isLost(pod: PodView): boolean {
  return !isFinished(pod) && pod.deletingSince === undefined;
}

function isFinished({ phase }: PodView): boolean {
  return phase === 'Succeeded' || phase === 'Failed';
}
