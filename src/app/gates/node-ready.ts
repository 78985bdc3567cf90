import type { NodeView } from '../../cluster/snapshot.ts';
import { compareVersions, formatVersion, type KubernetesVersion } from '../../version/kubernetes-version.ts';
import { assertThere } from '../node-gone.ts';
import type { Clock, NodeControl } from '../ports.ts';
import type { Gate, Verdict } from './gate.ts';

interface ReadyTask {
  readonly node: string;
  readonly uid: string;
  readonly version: KubernetesVersion;
  /** For how long the node must have been Ready with that version, and its kubelet be heard of after that; 0: not at all. */
  readonly readySeconds: number;
  /** Epoch milliseconds: for so long somebody has been waiting for this, by the worker's clock. */
  readonly since: number;
}

/**
 * The node runs the kubelet as planned, has been Ready for a while, and its kubelet is alive: a node may still be called
 * Ready most of a minute after its host died, right after the new kubelet had reported once.
 */
export function nodeReadyGate(
  task: ReadyTask,
  { nodes, clock }: { readonly nodes: NodeControl; readonly clock: Clock },
): Gate {
  const { node: name, version, readySeconds, since } = task;
  const readySince = readySinceByOurClock(clock);
  let seen: { readonly node: NodeView | undefined; readonly ready: number | undefined } | undefined;
  let renewedAt: number | undefined;
  /** When the version was there first, and what was the kubelet's last sign of life then, by the cluster's clock. */
  let reached: { readonly at: number; readonly heard: number } | undefined;
  let first = true;

  function look(node: NodeView | undefined): void {
    seen = { node, ready: node && readySince(node) };
    const there = node?.kubelet !== undefined && compareVersions(node.kubelet, version) === 0;
    if (!there) reached = undefined;
    else reached ??= { at: first ? Math.min(since, clock.now()) : clock.now(), heard: lastSign(node) };
    first = false;
  }
  function lastSign({ heardAt = 0 }: NodeView): number {
    return Math.max(heardAt, renewedAt ?? 0);
  }

  async function followNode(changed: () => void, signal: AbortSignal): Promise<void> {
    for await (const node of nodes.watch(name, signal)) {
      look(node);
      changed();
    }
  }
  async function followHeart(changed: () => void, signal: AbortSignal): Promise<void> {
    let known = false;
    for await (const at of nodes.watchHeartbeat(name, signal)) {
      renewedAt = at;
      // What is told first may be older than the version: only what comes after it is a sign.
      if (!known && reached) reached = { ...reached, heard: Math.max(reached.heard, at ?? 0) };
      known = true;
      changed();
    }
  }

  return {
    name: 'node',
    remedy: 'Look at the kubelet and the container runtime on the host, then retry.',
    watch: (changed, signal) =>
      readySeconds > 0
        ? Promise.all([followNode(changed, signal), followHeart(changed, signal)])
        : followNode(changed, signal),
    verdict(now): Verdict {
      if (!seen) return { kind: 'closed', why: 'it could not be seen' };
      const { node, ready } = seen;
      assertThere(node, task);
      if (!reached || ready === undefined) return { kind: 'closed', why: describe(node, version) };
      const ms = Math.max(reached.at, ready) + readySeconds * 1_000 - now;
      if (ms > 0) return { kind: 'closed', why: `it has not been Ready for ${readySeconds} s`, ms };
      return readySeconds === 0 || lastSign(node) > reached.heard
        ? { kind: 'open' }
        : { kind: 'closed', why: 'its kubelet has not been heard of since it was upgraded' };
    },
  };
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

function describe({ ready, kubelet, kubeletText }: NodeView, version: KubernetesVersion): string {
  const words = { True: 'it is Ready', False: 'it is not Ready', Unknown: 'its kubelet has stopped reporting' };
  const there = kubelet !== undefined && compareVersions(kubelet, version) === 0;
  return there
    ? words[ready]
    : `${words[ready]}, and its kubelet is ${kubeletText} instead of ${formatVersion(version)}`;
}
