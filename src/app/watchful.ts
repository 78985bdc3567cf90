import type { NodeView } from '../cluster/snapshot.ts';
import { createBell } from './bell.ts';
import { isSame } from './claim.ts';
import { type Cordoning, keepCordoned } from './cordon.ts';
import type { Deadline } from './deadline.ts';
import { firstOf } from './first-of.ts';
import { assertThere } from './node-gone.ts';
import type { Clock, NodeControl, PodControl } from './ports.ts';
import { hearingOf, NodeSilent, silenceSentence } from './silence.ts';
import { StepFailed } from './step-failed.ts';

interface Watch {
  readonly node: string;
  readonly uid: string;
  readonly deadline: Deadline;
  /** Its cordon is kept; undefined: it may have none. */
  readonly cordon: Cordoning | undefined;
  /** What needs a kubelet that answers, for people, such as `drained`; undefined: silence is waited out. */
  readonly needsKubelet: string | undefined;
}

interface WatchPorts {
  readonly nodes: NodeControl;
  readonly pods: PodControl;
  readonly clock: Clock;
}

/**
 * Acts, and keeps an eye on the node meanwhile. What happens to it there ends the act: it throws StepFailed with what
 * was seen and what to do, instead of waiting for what cannot come any more.
 */
export async function whileWatched<T>(
  watch: Watch,
  ports: WatchPorts,
  act: (deadline: Deadline) => Promise<T>,
): Promise<T> {
  const stop = new AbortController();
  const signal = AbortSignal.any([watch.deadline.either, stop.signal]);
  let trouble: { readonly error: unknown } | undefined;
  const watching = keepWatch(watch, ports, signal).catch((error: unknown) => {
    if (!signal.aborted) trouble = { error };
    stop.abort(error);
  });
  try {
    return await act({ ...watch.deadline, either: signal });
  } catch (error) {
    throw trouble && signal.aborted ? trouble.error : error;
  } finally {
    stop.abort();
    await watching;
  }
}

/** Never returns; throws what must not go on. */
async function keepWatch(watch: Watch, ports: WatchPorts, signal: AbortSignal): Promise<never> {
  const { nodes, clock } = ports;
  const bell = createBell();
  let seen: { readonly node: NodeView | undefined } | undefined;
  let failure: { readonly error: unknown } | undefined;
  let ailingSince: number | undefined;

  async function follow(): Promise<void> {
    try {
      for await (const node of nodes.watch(watch.node, signal)) {
        seen = { node };
        bell.ring();
      }
    } catch (error) {
      failure = { error };
      bell.ring();
    }
  }
  void follow();
  let ms: number | undefined;
  for (;;) {
    await bell.next(ms, signal);
    if (failure) throw failure.error;
    if (!seen) continue;
    const { node } = seen;
    assertThere(node, watch);
    ailingSince = node.ready === 'True' ? undefined : (ailingSince ?? clock.now());
    ms = await listen(watch, ports, node, ailingSince, signal);
    await keepOurCordon(watch, nodes, node, signal);
  }
}

async function keepOurCordon(
  { cordon }: Watch,
  nodes: NodeControl,
  node: NodeView,
  signal: AbortSignal,
): Promise<void> {
  // Whoever else has the node now cordons it or not as they like.
  if (cordon && !node.unschedulable && node.claim && isSame(node.claim, cordon.claim)) {
    await keepCordoned(cordon, node, nodes, signal);
  }
}

/** After how many milliseconds to listen again, even without a change. */
async function listen(
  { needsKubelet }: Watch,
  { nodes, pods, clock }: WatchPorts,
  node: NodeView,
  ailingSince: number | undefined,
  signal: AbortSignal,
): Promise<number | undefined> {
  if (needsKubelet === undefined) return undefined;
  const hearing = hearingOf(node, ailingSince, clock.now());
  if (hearing.kind === 'heard') return undefined;
  if (hearing.kind === 'ailing') return hearing.ms;
  const renewedAt = await firstOf(nodes.watchHeartbeat(node.name, signal));
  const onNode = (await firstOf(pods.watchOn(node.name, signal))) ?? [];
  const sentence = silenceSentence(node, needsKubelet, renewedAt, onNode);
  throw node.ready === 'Unknown' ? new NodeSilent(sentence) : new StepFailed(sentence);
}
