import { indexBudgets } from '../cluster/budgets.ts';
import type { BudgetView, PodView } from '../cluster/snapshot.ts';
import type { EvictionOutcome } from './eviction.ts';

/**
 * How far the pods of one drain have come. Immutable; every time is in epoch milliseconds by the caller's clock.
 * Budgets are told apart by object identity: a budget that changed must come as a new object.
 */
export interface Evictions {
  readonly pods: ReadonlyMap<string, Leaving>;
  /** How many evictions were asked for against each view of a budget: what it allows is used up by that. */
  readonly spent: ReadonlyMap<BudgetView, number>;
}

interface Leaving {
  readonly pod: PodView;
  readonly stage: Stage;
}

type Stage = { readonly kind: 'due' } | Sent | { readonly kind: 'going'; readonly since: number } | RefusedStage;

/** What was known when the eviction was asked for. */
interface Sent {
  readonly kind: 'sent';
  readonly budgets: readonly BudgetView[];
  readonly ready: boolean;
  /** When it was refused first, where it was. */
  readonly refusedSince: number | undefined;
}

interface RefusedStage extends Omit<Sent, 'kind'> {
  readonly kind: 'refused';
  readonly refusedSince: number;
  readonly outcome: Refused;
  readonly notBefore: number;
}

type Refused = Extract<EvictionOutcome, { readonly kind: 'refused' | 'misconfigured' }>;

/** Why a pod is still there, and since when. */
export interface Holdup {
  readonly pod: PodView;
  readonly since: number;
  readonly why: WhyHeld;
}

export type WhyHeld =
  /** The budget as it is now, and not as it was when it refused. */
  | { readonly kind: 'budget'; readonly budget: BudgetView }
  /** Several budgets on one pod let nobody evict it (policy/v1 eviction: 500). */
  | { readonly kind: 'budgets'; readonly budgets: readonly BudgetView[] }
  /** No budget explains it; the words of the API server. */
  | { readonly kind: 'refused'; readonly detail: string }
  | { readonly kind: 'stopping' };

export const NO_EVICTIONS: Evictions = { pods: new Map(), spent: new Map() };

/** A refusal that no budget explains and that names no pause is asked again after this, as kubectl drain does. */
const UNEXPLAINED_MS = 5_000;

/** Takes in which pods still have to leave the node: the others have left, whatever was known of them. */
export function observe({ pods, spent }: Evictions, leaving: readonly PodView[]): Evictions {
  const seen = leaving.map((pod): readonly [string, Leaving] => {
    const known = pods.get(pod.uid)?.stage ?? { kind: 'due' };
    return [pod.uid, { pod, stage: pod.deletingSince === undefined ? known : going(pod, known, pod.deletingSince) }];
  });
  return { pods: new Map(seen), spent };
}

/**
 * The pods to evict now, at most `atOnce` under way together. Every pod is tried once, whatever its budget seems to
 * allow, because the server is the judge; a refused one waits until its budget opens, and then only as many are
 * tried as the budget allows, so that an opening costs no pod more than one refusal.
 */
export function takeDue(
  state: Evictions,
  budgets: readonly BudgetView[],
  { now, atOnce }: { readonly now: number; readonly atOnce: number },
): { readonly state: Evictions; readonly evict: readonly PodView[] } {
  const { budgetsOf } = indexBudgets(budgets);
  const current = new Set(budgets);
  const spent = new Map([...state.spent].filter(([budget]) => current.has(budget)));
  const pods = new Map(state.pods);
  const evict: PodView[] = [];
  let room = atOnce - [...pods.values()].filter(({ stage }) => stage.kind === 'sent').length;
  const underWay = askedBefore(pods, budgetsOf);
  const used = (budget: BudgetView) => (spent.get(budget) ?? 0) + (underWay.get(budget) ?? 0);
  for (const [uid, { pod, stage }] of firstTriesFirst(pods)) {
    if (room <= 0) break;
    const covering = budgetsOf(pod);
    const may = stage.kind === 'due' || (stage.kind === 'refused' && opened(pod, stage, covering, used, now));
    if (!may) continue;
    for (const budget of covering) spent.set(budget, (spent.get(budget) ?? 0) + 1);
    const refusedSince = stage.kind === 'refused' ? stage.refusedSince : undefined;
    pods.set(uid, { pod, stage: { kind: 'sent', budgets: covering, ready: pod.ready, refusedSince } });
    evict.push(pod);
    room -= 1;
  }
  return { state: { pods, spent }, evict };
}

/** Takes in the answer to an eviction. A pod that has left meanwhile stays forgotten. */
export function answered(state: Evictions, uid: string, outcome: EvictionOutcome, now: number): Evictions {
  const known = state.pods.get(uid);
  if (known?.stage.kind !== 'sent') return state;
  const pods = new Map(state.pods).set(uid, { pod: known.pod, stage: afterAnswer(known.stage, outcome, now) });
  return { ...state, pods };
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

/**
 * What keeps the pods that are still there, in the order of their names: refused ones before those that are stopping.
 * `budgets` are those of this moment.
 */
export function holdups({ pods }: Evictions, budgets: readonly BudgetView[]): readonly Holdup[] {
  const { budgetsOf } = indexBudgets(budgets);
  const all = [...pods.values()].sort((a, b) => compareText(nameOf(a.pod), nameOf(b.pod)));
  const refused = all.flatMap(({ pod, stage }): Holdup[] =>
    stage.kind === 'refused' ? [{ pod, since: stage.refusedSince, why: whyRefused(stage, budgetsOf(pod)) }] : [],
  );
  const stopping = all.flatMap(({ pod, stage }): Holdup[] =>
    stage.kind === 'going' ? [{ pod, since: stage.since, why: { kind: 'stopping' } }] : [],
  );
  return [...refused, ...stopping];
}

/** The server is believed about which budget it was; one that it names and that is gone meanwhile explains nothing. */
function whyRefused({ outcome }: RefusedStage, covering: readonly BudgetView[]): WhyHeld {
  const [first, second] = covering;
  if (outcome.kind === 'misconfigured') {
    return second ? { kind: 'budgets', budgets: covering } : { kind: 'refused', detail: outcome.detail };
  }
  const named = outcome.budget === undefined ? first : covering.find(({ name }) => name === outcome.budget);
  return named ? { kind: 'budget', budget: named } : { kind: 'refused', detail: outcome.detail };
}

/** A pod's deletionTimestamp is when its grace period will be over (kubernetes.io: pod termination). */
function going({ graceSeconds }: PodView, known: Stage, ends: number): Stage {
  return known.kind === 'going' ? known : { kind: 'going', since: ends - graceSeconds * 1_000 };
}

function afterAnswer(sent: Sent, outcome: EvictionOutcome, now: number): Stage {
  switch (outcome.kind) {
    case 'evicted':
    case 'gone':
    case 'namespace-terminating':
      return { kind: 'going', since: now };
    case 'misconfigured':
      return refused(sent, outcome, now, sent.budgets.length > 1 ? 0 : UNEXPLAINED_MS);
    case 'refused': {
      const pause = outcome.retryAfterSeconds === undefined ? undefined : outcome.retryAfterSeconds * 1_000;
      return refused(sent, outcome, now, pause ?? (sent.budgets.length === 0 ? UNEXPLAINED_MS : 0));
    }
  }
}

function refused(sent: Sent, outcome: Refused, now: number, pauseMs: number): RefusedStage {
  return { ...sent, kind: 'refused', outcome, notBefore: now + pauseMs, refusedSince: sent.refusedSince ?? now };
}

/** Evictions without an answer, by the views of their budgets that came after they were asked for. */
function askedBefore(
  pods: ReadonlyMap<string, Leaving>,
  budgetsOf: (pod: PodView) => readonly BudgetView[],
): ReadonlyMap<BudgetView, number> {
  const asked = new Map<BudgetView, number>();
  for (const { pod, stage } of pods.values()) {
    if (stage.kind !== 'sent') continue;
    const newer = budgetsOf(pod).filter(budget => !stage.budgets.includes(budget));
    for (const budget of newer) asked.set(budget, (asked.get(budget) ?? 0) + 1);
  }
  return asked;
}

function opened(
  pod: PodView,
  refused: RefusedStage,
  covering: readonly BudgetView[],
  used: (budget: BudgetView) => number,
  now: number,
): boolean {
  if (now < refused.notBefore) return false;
  // Several budgets on one pod are refused however much they allow (policy/v1 eviction: 500).
  if (refused.outcome.kind === 'misconfigured') return covering.length <= 1;
  // The server named a time, or the pod itself is another than the one that was refused.
  const invited = refused.outcome.retryAfterSeconds !== undefined || refused.ready !== pod.ready;
  return covering.every(budget => {
    if (invited) return budget.disruptionsAllowed > 0 || isExempt(pod, budget);
    if (refused.budgets.includes(budget)) return false;
    return budget.disruptionsAllowed > used(budget) || isExempt(pod, budget);
  });
}

/** Pods that are not ready do not count as a disruption (unhealthyPodEvictionPolicy, both of its values). */
function isExempt(pod: PodView, budget: BudgetView): boolean {
  const healthyEnough = budget.desiredHealthy > 0 && budget.currentHealthy >= budget.desiredHealthy;
  return !pod.ready && (budget.alwaysEvictUnhealthy || healthyEnough);
}

function firstTriesFirst(pods: ReadonlyMap<string, Leaving>): (readonly [string, Leaving])[] {
  const all = [...pods];
  return [
    ...all.filter(([, { stage }]) => stage.kind === 'due'),
    ...all.filter(([, { stage }]) => stage.kind === 'refused'),
  ];
}

function nameOf({ namespace, name }: { readonly namespace: string; readonly name: string }): string {
  return `${namespace}/${name}`;
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
