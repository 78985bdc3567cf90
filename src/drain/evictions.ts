import { indexBudgets } from '../cluster/budgets.ts';
import type { BudgetView, PodView } from '../cluster/snapshot.ts';
import { isDueAgain, pauseMs } from './asking-again.ts';
import type { EvictionOutcome, Refusal } from './eviction.ts';
import { addOne, askedBefore, countBudgets, usedBy } from './spending.ts';

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
export interface Asked {
  readonly pod: PodView;
  readonly budgets: readonly BudgetView[];
  /** When it was refused first, where it was. */
  readonly refusedSince: number | undefined;
  /** How often in a row it has come to a refusal of the same kind so far. */
  readonly alike: { readonly kind: Refusal['kind']; readonly times: number } | undefined;
  /** `delete` goes past the budgets, by order. */
  readonly how: 'evict' | 'delete';
}

export interface Refused extends Asked {
  readonly kind: 'refused';
  readonly refusedSince: number;
  readonly alike: NonNullable<Asked['alike']>;
  readonly outcome: Refusal;
  readonly notBefore: number;
  /** The number of the answer, so that whoever was refused longest ago is tried first. */
  readonly answer: number;
}

/** `together` evicts all at once; `priority` those of the lowest priority first, and the next when these have left. */
type DrainOrder = 'together' | 'priority';

const FIRST_TRY: Pick<Asked, 'refusedSince' | 'alike'> = { refusedSince: undefined, alike: undefined };

export const NO_EVICTIONS: Evictions = { pods: new Map(), underWay: new Map(), spent: new Map(), answers: 0 };

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
  const isAsked = known.kind === 'due' || (known.kind === 'refused' && known.outcome.kind === 'trouble');
  return isAsked && graceSeconds !== undefined && pod.graceSeconds > graceSeconds;
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
    if (stage.kind === 'refused' && !isDueAgain(pod, stage, covering, used, now)) continue;
    addOne(busy, covering);
    addOne(spent, usedBy(pod, covering));
    const { refusedSince, alike } = stage.kind === 'refused' ? stage : FIRST_TRY;
    underWay.set(pod.uid, { pod, budgets: covering, refusedSince, alike, how: 'evict' });
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
function notGranted(stage: Stage, now: number): Pick<Asked, 'budgets' | 'refusedSince' | 'alike'> | undefined {
  if (stage.kind === 'going' && stage.waits) return { budgets: [], refusedSince: stage.since, alike: undefined };
  if (stage.kind !== 'refused' || (stage.how === 'delete' && now < stage.notBefore)) return undefined;
  const { budgets, refusedSince, alike } = stage;
  return { budgets, refusedSince, alike };
}

/** Whether an eviction that is asked for now may have been granted before: then the pod is looked at first. */
export function mayBeGranted({ underWay }: Evictions, uid: string): boolean {
  return underWay.get(uid)?.alike?.kind === 'trouble';
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
    case 'denied':
    case 'trouble': {
      const { kind } = outcome;
      const refusedSince = asked.refusedSince ?? now;
      const times = asked.alike?.kind === kind ? asked.alike.times + 1 : 1;
      const notBefore = now + pauseMs(asked.budgets, outcome, times);
      return { ...asked, kind: 'refused', refusedSince, alike: { kind, times }, outcome, notBefore, answer };
    }
  }
}

/**
 * Admission is asked before the budgets are: what it denies, or what is gone, has cost them nothing, and others may have it.
 * So may they where the answer tells nothing: at worst one of them is refused, and the budget does not wait for one that is
 * never answered.
 */
function spentAfter({ spent }: Evictions, { pod, how, budgets }: Asked, { kind }: EvictionOutcome): Evictions['spent'] {
  if (!['denied', 'gone', 'trouble'].includes(kind) || how === 'delete') return spent;
  const unused = usedBy(pod, budgets);
  return new Map([...spent].map(([budget, count]) => [budget, unused.includes(budget) ? count - 1 : count]));
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
