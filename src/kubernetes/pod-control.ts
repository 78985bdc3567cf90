import type { HowToEvict, PodControl } from '../app/ports.ts';
import type { BudgetView, PodView } from '../cluster/snapshot.ts';
import type { EvictionOutcome } from '../drain/eviction.ts';
import { ApiError, hasCode, NoAnswer, orFailure, orTrouble } from './api-error.ts';
import type { KubeClient } from './client.ts';
import { list } from './collection.ts';
import { BUDGETS, DAEMON_SETS, PODS } from './collections.ts';
import { deletionOutcomeOf, isDeletionAnswer, isEvictionAnswer, outcomeOf, troubleOf } from './eviction-answer.ts';
import { follow } from './follow.ts';
import { budgetView } from './views/budget-view.ts';
import { podView } from './views/pod-view.ts';
import type { WireBudget, WireObject, WirePod } from './views/wire.ts';

/**
 * The server itself tries again while many pods of one budget are evicted at once, and waits for admission webhooks, for each
 * of those that change things in turn for up to 30 s (`timeoutSeconds`). It ends a request after 60 s (`--request-timeout`):
 * one that is cut off before would come to nothing, again and again, where the webhooks of a cluster need longer.
 */
const EVICTION_DEADLINE_MS = 65_000;
/** For so long one that is under way when its drain ends is waited for, which is for as long as a worker that is told to end may. */
const FINISH_MS = 35_000;

/**
 * Not to be cut off: the server writes into the budget first that this pod leaves (`disruptedPods`) and deletes it then; where
 * the request ends in between, the budget counts the pod as gone for two minutes more (DeletionTimeout of the controller).
 * Trouble of the server is an outcome, too: whoever drains goes on with other pods meanwhile, and says which ones wait.
 */
const WRITE = { deadlineMs: EVICTION_DEADLINE_MS, finishMs: FINISH_MS, once: true } as const;

export function createPodControl(client: KubeClient): PodControl {
  return {
    watchOn(node, signal) {
      const onNode = { ...PODS, fieldSelector: `spec.nodeName=${node}` };
      return follow<WirePod, PodView>(client, onNode, podView, signal);
    },
    watchBudgets(namespaces, signal) {
      // One watch of all, however many namespaces there are; only what is asked for is kept.
      const isMeant = ({ metadata }: WireBudget) => namespaces.has(metadata?.namespace ?? '');
      return follow<WireBudget, BudgetView>(client, BUDGETS, budgetView, signal, isMeant);
    },
    async evict(pod, how, signal) {
      const answer = await orTrouble(requestEviction(client, pod, how, signal));
      if (typeof answer === 'string') return { kind: answer };
      if (answer instanceof NoAnswer) return troubleOf(answer);
      if (answer.code === 409) return outcomeOf(answer) ?? (await afterConflict(client, pod, answer, signal));
      return outcomeOf(answer) ?? troubleOf(answer);
    },
    async delete({ namespace, name, uid }, signal) {
      const call = {
        ...WRITE,
        verb: 'delete',
        resource: 'pods',
        name: `${namespace}/${name}`,
        isAnswer: isDeletionAnswer,
      };
      const answer = await orTrouble(
        client.call(
          call,
          options => client.core.deleteNamespacedPod({ namespace, name, body: { preconditions: { uid } } }, options),
          signal,
        ),
      );
      if (!(answer instanceof Error)) return { kind: 'evicted' };
      return (answer instanceof ApiError ? deletionOutcomeOf(answer) : undefined) ?? troubleOf(answer);
    },
    async daemonSets(signal) {
      const { items } = await list(client, DAEMON_SETS, nameOf, signal);
      return new Set(items);
    },
  };
}

/**
 * Where no answer came it may have been granted: the pod is looked at before it is asked for once more, so that none is
 * evicted twice. One of the same name that came later has another UID.
 */
function requestEviction(
  client: KubeClient,
  { namespace, name, uid }: PodView,
  { graceSeconds, mayBeGranted }: HowToEvict,
  signal: AbortSignal,
): Promise<'evicted' | 'gone'> {
  let asked = mayBeGranted;
  const grace = graceSeconds === undefined ? {} : { gracePeriodSeconds: graceSeconds };
  return client.call(
    { ...WRITE, verb: 'create', resource: 'pods/eviction', name: `${namespace}/${name}`, isAnswer: isEvictionAnswer },
    async options => {
      if (asked) {
        const { metadata } = await client.core.readNamespacedPod({ namespace, name }, options);
        if (metadata?.uid !== uid) return 'gone';
        const left = metadata.deletionGracePeriodSeconds ?? Number.POSITIVE_INFINITY;
        if (metadata.deletionTimestamp && left <= (graceSeconds ?? left)) return 'evicted';
      }
      asked = true;
      const deleteOptions = { preconditions: { uid }, ...grace };
      await client.core.createNamespacedPodEviction(
        { namespace, name, body: { metadata: { namespace, name }, deleteOptions } },
        options,
      );
      return 'evicted';
    },
    signal,
  );
}

/** 409: another pod has the name now, or the very pod was being written at the same time. */
async function afterConflict(
  client: KubeClient,
  { namespace, name, uid }: PodView,
  conflict: ApiError,
  signal: AbortSignal,
): Promise<EvictionOutcome> {
  const found = await orFailure(
    client.call(
      { verb: 'get', resource: 'pods', name: `${namespace}/${name}`, isAnswer: hasCode(404) },
      options => client.core.readNamespacedPod({ namespace, name }, options),
      signal,
    ),
  );
  if (found instanceof ApiError || found.metadata?.uid !== uid) return { kind: 'gone' };
  return { kind: 'refused', budget: undefined, detail: conflict.message, retryAfterSeconds: 1 };
}

function nameOf({ metadata }: WireObject): string {
  return `${metadata?.namespace}/${metadata?.name}`;
}
