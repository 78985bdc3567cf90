import { type BudgetIndex, indexBudgets } from '../cluster/budgets.ts';
import type { BudgetView, PodView } from '../cluster/snapshot.ts';
import type { EvictionOutcome } from './eviction.ts';

/**
 * How far the pods of one drain have come. Immutable; every time is in epoch milliseconds by the caller's clock.
 * Budgets are told apart by object identity: a budget that changed must come as a new object.
 */
export interface Evictions {
  /** The pods that still have to leave, by UID. */
  readonly pods: ReadonlyMap<string, Leaving>;
  /** Every eviction without an answer, by the UID of its pod: also of one that has left meanwhile, or is leaving. */
  readonly underWay: ReadonlyMap<string, Asked>;
  /** How many evictions that it counts were asked for against each view of a budget: what it allows is used up by that. */
  readonly spent: ReadonlyMap<BudgetView, number>;
  /** How many answers came so far. */
  readonly answers: number;
}

export interface Leaving {
  readonly pod: PodView;
  readonly stage: Stage;
}

/** `due`: an eviction is to be asked for, or has been and is under way. `going`: nothing is left to be asked for. */
type Stage =
  | { readonly kind: 'due' }
  | { readonly kind: 'going'; readonly since: number; readonly waits: Waits | undefined }
  | Refused;

/** Nothing was done to the pod yet: the deletion of its namespace will reach it. */
type Waits = Extract<EvictionOutcome, { readonly kind: 'namespace-terminating' }>;

/** What was known when the eviction was asked for. */
interface Asked {
  readonly pod: PodView;
  readonly budgets: readonly BudgetView[];
  /** When it was refused first, where it was. */
  readonly refusedSince: number | undefined;
  /** How often in a row admission has denied it so far. */
  readonly denials: number;
  /** `delete` goes past the budgets, by order. */
  readonly how: 'evict' | 'delete';
}

interface Refused extends Asked {
  readonly kind: 'refused';
  readonly refusedSince: number;
  readonly outcome: Extract<EvictionOutcome, { readonly kind: 'refused' | 'misconfigured' | 'denied' }>;
  readonly notBefore: number;
  /** The number of the answer, so that whoever was refused longest ago is tried first. */
  readonly answer: number;
}

/** `together` evicts all at once; `priority` those of the lowest priority first, and the next when these have left. */
type DrainOrder = 'together' | 'priority';

export const NO_EVICTIONS: Evictions = { pods: new Map(), underWay: new Map(), spent: new Map(), answers: 0 };

/** A refusal that no budget explains and that names no pause is asked again after this, as kubectl drain does. */
const UNEXPLAINED_MS = 5_000;

/** Nothing tells when admission would agree: it is asked after this, then after twice as long, and so on up to a minute. */
const DENIED_MS = 5_000;
const DENIED_LONGEST_MS = 60_000;

/**
 * Takes in which pods still have to leave the node: the others have left, whatever was known of them. `graceSeconds`: what
 * the drain gives every pod instead of its own grace period.
 */
export function observe(state: Evictions, leaving: readonly PodView[], graceSeconds?: number): Evictions {
  const seen = leaving.map((pod): readonly [string, Leaving] => {
    const known = state.pods.get(pod.uid)?.stage ?? { kind: 'due' };
    if (pod.deletingSince === undefined || isToHurry(pod, known, graceSeconds)) return [pod.uid, { pod, stage: known }];
    return [pod.uid, { pod, stage: stopping(pod, known, pod.deletingSince) }];
  });
  return { ...state, pods: new Map(seen) };
}

/** A pod's deletionTimestamp is when its grace period will be over (kubernetes.io: pod termination). */
function stopping({ graceSeconds }: PodView, known: Stage, ends: number): Stage {
  const since = known.kind === 'going' && !known.waits ? known.since : ends - graceSeconds * 1_000;
  return { kind: 'going', since, waits: undefined };
}

/** Somebody deleted it with a longer grace period than this drain gives: an eviction shortens it, as kubectl drain's does. */
function isToHurry(pod: PodView, known: Stage, graceSeconds: number | undefined): boolean {
  return known.kind === 'due' && graceSeconds !== undefined && pod.graceSeconds > graceSeconds;
}

/**
 * For each eviction kube-apiserver writes the status of the budget, and the budget's controller does too. Where they get
 * into each other's way it waits for half a second before it tries again, up to twenty times: 50 evictions under one
 * budget took 5.6 s with 32 under way together, 3.8 s with 4, and no less with fewer.
 */
const AT_ONCE_UNDER_A_BUDGET = 4;

/**
 * The pods to evict now, at most `atOnce` under way together, and few of each budget. Every pod is tried once, whatever its budget seems to
 * allow, because the server is the judge; a refused one waits until its budget opens, and then only as many are
 * tried as the budget allows, so that an opening costs no pod more than one refusal.
 */
export function takeDue(
  state: Evictions,
  budgets: readonly BudgetView[],
  { now, atOnce, order }: { readonly now: number; readonly atOnce: number; readonly order: DrainOrder },
): { readonly state: Evictions; readonly evict: readonly PodView[] } {
  const index = indexBudgets(budgets);
  const current = new Set(budgets);
  const spent = new Map([...state.spent].filter(([budget]) => current.has(budget)));
  const underWay = new Map(state.underWay);
  const evict: PodView[] = [];
  const before = askedBefore(state, index);
  const used = (budget: BudgetView) => (spent.get(budget) ?? 0) + (before.get(budget) ?? 0);
  const busy = countBudgets([...underWay.values()].map(({ pod }) => index.budgetsOf(pod)));
  for (const { pod, stage } of inTurn(state, order)) {
    if (underWay.size >= atOnce) break;
    const covering = index.budgetsOf(pod);
    if (covering.some(budget => (busy.get(budget) ?? 0) >= AT_ONCE_UNDER_A_BUDGET)) continue;
    if (stage.kind === 'refused' && !opened(pod, stage, covering, used, now)) continue;
    addOne(busy, covering);
    addOne(spent, usedBy(pod, covering));
    const { refusedSince, denials } = stage.kind === 'refused' ? stage : { refusedSince: undefined, denials: 0 };
    underWay.set(pod.uid, { pod, budgets: covering, refusedSince, denials, how: 'evict' });
    evict.push(pod);
  }
  return { state: { ...state, underWay, spent }, evict };
}

/**
 * The pods to delete past their budgets: of those that were `ordered`, the ones whose eviction has been refused, or waits for
 * the end of their namespace, and is not under way. People order by name (`namespace/name`), and mean the one of that UID: both must fit. Their deletions are
 * answered as evictions are, and tried again as late where admission denies them.
 */
export function takeForced(
  state: Evictions,
  ordered: readonly { readonly pod: string; readonly uid: string }[],
  now: number,
): { readonly state: Evictions; readonly remove: readonly PodView[] } {
  const underWay = new Map(state.underWay);
  const remove: PodView[] = [];
  for (const { pod, uid } of ordered) {
    const known = state.pods.get(uid);
    const asked = known && notGranted(known.stage, now);
    if (!asked || `${known.pod.namespace}/${known.pod.name}` !== pod || underWay.has(uid)) continue;
    underWay.set(uid, { ...asked, pod: known.pod, how: 'delete' });
    remove.push(known.pod);
  }
  return { state: { ...state, underWay }, remove };
}

/** What is known of an eviction that was refused or waits; undefined: there was none, or it is not to be deleted now. */
function notGranted(stage: Stage, now: number): Pick<Asked, 'budgets' | 'refusedSince' | 'denials'> | undefined {
  if (stage.kind === 'going' && stage.waits) return { budgets: [], refusedSince: stage.since, denials: 0 };
  if (stage.kind !== 'refused' || (stage.how === 'delete' && now < stage.notBefore)) return undefined;
  const { budgets, refusedSince, denials } = stage;
  return { budgets, refusedSince, denials };
}

/** Takes in the answer to an eviction. A pod that has left meanwhile stays forgotten, one that is leaving stays so. */
export function answered(state: Evictions, uid: string, outcome: EvictionOutcome, now: number): Evictions {
  const asked = state.underWay.get(uid);
  if (!asked) return state;
  const underWay = new Map(state.underWay);
  underWay.delete(uid);
  const answers = state.answers + 1;
  const spent = spentAfter(state, asked, outcome);
  const known = state.pods.get(uid);
  if (!known || (known.stage.kind === 'going' && !known.stage.waits)) return { ...state, underWay, spent, answers };
  const stage = afterAnswer(asked, outcome, answers, now);
  return { ...state, underWay, spent, answers, pods: new Map(state.pods).set(uid, { pod: known.pod, stage }) };
}

export function isDrained({ pods }: Evictions): boolean {
  return pods.size === 0;
}

/** When a refused pod may be tried again though nothing changes; undefined where only a change will help. */
export function nextTry({ pods }: Evictions, now: number): number | undefined {
  const times = [...pods.values()].flatMap(({ stage }) =>
    stage.kind === 'refused' && stage.notBefore > now ? [stage.notBefore] : [],
  );
  return times.length > 0 ? Math.min(...times) : undefined;
}

function afterAnswer(asked: Asked, outcome: EvictionOutcome, answer: number, now: number): Stage {
  switch (outcome.kind) {
    case 'evicted':
    case 'gone':
      return { kind: 'going', since: now, waits: undefined };
    case 'namespace-terminating':
      return { kind: 'going', since: now, waits: outcome };
    case 'misconfigured':
    case 'refused':
    case 'denied': {
      const refusedSince = asked.refusedSince ?? now;
      const denials = outcome.kind === 'denied' ? asked.denials + 1 : 0;
      const notBefore = now + pauseMs(asked, outcome);
      return { ...asked, kind: 'refused', refusedSince, denials, outcome, notBefore, answer };
    }
  }
}

/** Admission is asked before the budgets are: what it denies, or what is gone, has cost them nothing, and others may have it. */
function spentAfter({ spent }: Evictions, { pod, how, budgets }: Asked, { kind }: EvictionOutcome): Evictions['spent'] {
  if ((kind !== 'denied' && kind !== 'gone') || how === 'delete') return spent;
  const unused = usedBy(pod, budgets);
  return new Map([...spent].map(([budget, count]) => [budget, unused.includes(budget) ? count - 1 : count]));
}

/** A pause that the server names is kept, though the budget opens before. */
function pauseMs({ budgets, denials }: Asked, outcome: Refused['outcome']): number {
  if (outcome.kind === 'misconfigured') return budgets.length > 1 ? 0 : UNEXPLAINED_MS;
  if (outcome.kind === 'denied') {
    const own = Math.min(DENIED_LONGEST_MS, DENIED_MS * 2 ** denials);
    return Math.max(own, (outcome.retryAfterSeconds ?? 0) * 1_000);
  }
  if (outcome.retryAfterSeconds !== undefined) return outcome.retryAfterSeconds * 1_000;
  return isExplained(outcome, budgets) ? 0 : UNEXPLAINED_MS;
}

/** Whether the budget that refused is one of those that were known: only then a change of it will be seen. */
function isExplained(outcome: Refused['outcome'], budgets: readonly BudgetView[]): boolean {
  const named = outcome.kind === 'refused' ? outcome.budget : undefined;
  return named === undefined ? budgets.length > 0 : budgets.some(({ name }) => name === named);
}

/** Evictions without an answer, by the views of their budgets that came after they were asked for. */
function askedBefore({ underWay }: Evictions, { budgetsOf }: BudgetIndex): ReadonlyMap<BudgetView, number> {
  return countBudgets(
    [...underWay.values()].map(({ pod, budgets }) =>
      usedBy(pod, budgetsOf(pod)).filter(budget => !budgets.includes(budget)),
    ),
  );
}

function countBudgets(covering: readonly (readonly BudgetView[])[]): Map<BudgetView, number> {
  const counts = new Map<BudgetView, number>();
  for (const budgets of covering) addOne(counts, budgets);
  return counts;
}

function addOne(counts: Map<BudgetView, number>, budgets: readonly BudgetView[]): void {
  for (const budget of budgets) counts.set(budget, (counts.get(budget) ?? 0) + 1);
}

function opened(
  pod: PodView,
  refused: Refused,
  covering: readonly BudgetView[],
  used: (budget: BudgetView) => number,
  now: number,
): boolean {
  if (now < refused.notBefore) return false;
  // Nothing that we watch tells whether admission would agree by now.
  if (refused.outcome.kind === 'denied') return true;
  // Several budgets on one pod are refused however much they allow (policy/v1 eviction: 500).
  if (refused.outcome.kind === 'misconfigured') return covering.length <= 1;
  // The server named a time, or nothing that we watch explains it, or the pod itself is another than the refused one.
  const invited =
    refused.outcome.retryAfterSeconds !== undefined ||
    !isExplained(refused.outcome, refused.budgets) ||
    refused.pod.ready !== pod.ready;
  return covering.every(budget => {
    if (invited) return budget.disruptionsAllowed > 0 || isExempt(pod, budget);
    if (refused.budgets.includes(budget)) return false;
    return budget.disruptionsAllowed > used(budget) || isExempt(pod, budget);
  });
}

/**
 * The budgets of which the pod's eviction takes something: a view that nothing was taken from may stay as it is for ever.
 * Pods that have not begun, have ended or are leaving go past their budgets (kube-apiserver: pod eviction).
 */
function usedBy(pod: PodView, covering: readonly BudgetView[]): readonly BudgetView[] {
  const counts = (pod.phase === 'Running' || pod.phase === 'Unknown') && pod.deletingSince === undefined;
  return counts ? covering.filter(budget => !isExempt(pod, budget)) : [];
}

/** Pods that are not ready do not count as a disruption (unhealthyPodEvictionPolicy, both of its values). */
function isExempt(pod: PodView, budget: BudgetView): boolean {
  const healthyEnough = budget.desiredHealthy > 0 && budget.currentHealthy >= budget.desiredHealthy;
  return !pod.ready && (budget.alwaysEvictUnhealthy || healthyEnough);
}

/** Those whose turn it is, first tries first, then whoever was refused longest ago. */
function inTurn({ pods, underWay }: Evictions, order: DrainOrder): readonly Leaving[] {
  const all = [...pods.values()];
  const lowest = all.reduce((least, { pod }) => Math.min(least, pod.priority), Number.POSITIVE_INFINITY);
  const waiting = all.filter(
    ({ pod, stage }) =>
      stage.kind !== 'going' && !underWay.has(pod.uid) && (order === 'together' || pod.priority === lowest),
  );
  return waiting.sort((a, b) => lastAnswer(a.stage) - lastAnswer(b.stage));
}

function lastAnswer(stage: Stage): number {
  return stage.kind === 'refused' ? stage.answer : 0;
}
