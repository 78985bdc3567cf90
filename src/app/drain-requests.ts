import type { PodView } from '../cluster/snapshot.ts';
import type { EvictionOutcome } from '../drain/eviction.ts';
import { type Orders, untilGoing } from './orders.ts';
import type { PodControl } from './ports.ts';
import { createUnderWay } from './under-way.ts';

/** What is asked for together, once the node is seen to be ours. */
interface Batch {
  readonly evict: readonly PodView[];
  /** To be deleted past their budgets, by order. */
  readonly remove: readonly PodView[];
}

interface Asking {
  readonly pods: PodControl;
  readonly graceSeconds: number | undefined;
  /** Throws where the node is no longer ours. */
  readonly assertClaimed: (signal: AbortSignal) => Promise<void>;
  /** While they say to pause, nothing is asked for. */
  readonly orders: Orders;
  readonly mayBeGranted: (uid: string) => boolean;
  readonly onDeleted: (pod: PodView) => Promise<void>;
  readonly onAnswer: (pod: PodView, outcome: EvictionOutcome) => void;
  readonly onFailure: (error: unknown) => void;
}

interface DrainRequests {
  /** Begins, and does not wait: as long as the claim on the node cannot be looked at, others go on. */
  begin(batch: Batch): void;
  /** Ends as soon as every answer has come, or after so many milliseconds. */
  settled(atMostMs: number): Promise<void>;
}

export function createDrainRequests(asking: Asking, signal: AbortSignal): DrainRequests {
  const { pods, graceSeconds, assertClaimed, orders, mayBeGranted, onDeleted, onAnswer, onFailure } = asking;
  const underWay = createUnderWay();

  async function ask(pod: PodView, request: () => Promise<EvictionOutcome>): Promise<void> {
    try {
      onAnswer(pod, await request());
    } catch (error) {
      onFailure(error);
    }
  }
  const evict = (pod: PodView) =>
    ask(pod, () => pods.evict(pod, { graceSeconds, mayBeGranted: mayBeGranted(pod.uid) }, signal));
  const remove = (pod: PodView) =>
    ask(pod, async () => {
      const outcome = await pods.delete(pod, signal);
      if (outcome.kind === 'evicted') await onDeleted(pod);
      return outcome;
    });
  async function carryOut(batch: Batch): Promise<void> {
    try {
      do {
        await untilGoing(orders, signal);
        await assertClaimed(signal);
      } while (orders.course().kind === 'pause');
    } catch (error) {
      return onFailure(error);
    }
    await Promise.all([...batch.remove.map(remove), ...batch.evict.map(evict)]);
  }

  return {
    begin(batch) {
      if (batch.evict.length + batch.remove.length > 0) underWay.add(carryOut(batch));
    },
    settled: underWay.settled,
  };
}
