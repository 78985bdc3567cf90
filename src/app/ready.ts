import type { NodeView } from '../cluster/snapshot.ts';
import { compareVersions, formatVersion, type KubernetesVersion } from '../version/kubernetes-version.ts';
import { createBell } from './bell.ts';
import type { Deadline } from './deadline.ts';
import type { Clock, NodeControl } from './ports.ts';
import { StepFailed } from './step-failed.ts';

interface ReadyTask {
  readonly node: string;
  readonly version: KubernetesVersion;
  /** For how long the node must have been Ready. */
  readonly readySeconds: number;
  readonly deadline: Deadline;
}

/**
 * Waits until the node runs the kubelet as planned and has been Ready for a while. Throws StepFailed with what was seen
 * last when the time is over, or when the node is gone.
 */
export async function awaitReady(
  { node: name, version, readySeconds, deadline }: ReadyTask,
  { nodes, clock }: { readonly nodes: NodeControl; readonly clock: Clock },
): Promise<void> {
  const stop = new AbortController();
  const signal = AbortSignal.any([deadline.either, stop.signal]);
  const bell = createBell();
  const since = readySinceByOurClock(clock);
  let node: NodeView | undefined;
  let gone = false;
  let failure: unknown;

  async function follow(): Promise<void> {
    try {
      for await (const each of nodes.watch(name, signal)) {
        gone = each === undefined;
        node = each ?? node;
        bell.ring();
      }
    } catch (error) {
      if (!signal.aborted) failure = error;
      bell.ring();
    }
  }

  try {
    void follow();
    for (;;) {
      await bell.next(node && remaining(node), signal);
      if (failure !== undefined) throw failure;
      if (gone) throw new StepFailed(`Node ${name} was deleted while it was being upgraded. Skip it, or abort.`);
      if (node && remaining(node) === 0) return;
    }
  } catch (error) {
    if (!deadline.over.aborted) throw error;
    throw new StepFailed(
      `Node ${name} was not Ready with kubelet ${formatVersion(version)} within ${deadline.spelled}: ${describe(node)}. ` +
        'Look at the kubelet and the container runtime on the host, then retry.',
    );
  } finally {
    stop.abort();
  }

  /** Milliseconds until the node will have been Ready for long enough; undefined where only a change will help. */
  function remaining(seen: NodeView): number | undefined {
    const from = since(seen);
    if (from === undefined || !seen.kubelet || compareVersions(seen.kubelet, version) !== 0) return undefined;
    return Math.max(0, from + readySeconds * 1_000 - clock.now());
  }
}

/**
 * When the node became Ready. What we see happen is timed by our own clock; only for a node that is Ready when we come
 * is the cluster's time believed, and never more than that it is Ready now.
 */
function readySinceByOurClock(clock: Clock): (node: NodeView) => number | undefined {
  let known: { readonly theirs: number | undefined; readonly ours: number } | undefined;
  let first = true;
  return ({ ready, readySince }) => {
    const now = clock.now();
    const came = first;
    first = false;
    if (ready !== 'True') known = undefined;
    else if (!known || known.theirs !== readySince) {
      known = { theirs: readySince, ours: came && readySince !== undefined ? Math.min(readySince, now) : now };
    }
    return known?.ours;
  };
}

function describe(node: NodeView | undefined): string {
  if (!node) return 'it could not be seen';
  const ready = { True: 'it is Ready', False: 'it is not Ready', Unknown: 'its kubelet has stopped reporting' };
  return `${ready[node.ready]}, and its kubelet is ${node.kubeletText}`;
}
