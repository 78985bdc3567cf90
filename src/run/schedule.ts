import { type ActiveWork, activeWorks, countNodes, failedWorks, isFinal, isThrough } from './progress.ts';
import type { Leaving, RunEffect, RunState, Step, Work, WorkState } from './run.ts';

/** A run on its way to its next state, with what has to happen for it. */
export interface Transition {
  readonly run: RunState;
  readonly effects: readonly RunEffect[];
}

/** How many works of one group may be active side by side. */
const LIMIT = 1;

/**
 * Starts whatever may start, and closes the run when nothing is left to wait for.
 * Groups are strictly one after the other: no kubelet is upgraded before its control-plane pass is through
 * (version-skew-policy: a kubelet is never newer than an apiserver it may reach).
 */
export function settle({ run, effects }: Transition, now: number, last: ReadonlySet<string>): Transition {
  switch (run.status.kind) {
    case 'running':
      return run.works.every(({ state }) => isThrough(state)) && run.leaving.length === 0
        ? finish({ run, effects }, now)
        : start({ run, effects }, startable(run, last), now);
    case 'aborting':
      return activeWorks(run).length === 0 && run.leaving.length === 0
        ? abort({ run, effects }, run.status.by, now)
        : { run, effects };
    case 'paused':
    case 'halted':
    case 'aborted':
    case 'finished':
      return { run, effects };
  }
}

/** Asks again for all that is under way; a job of the same work and attempt is not made twice. */
export function restart(run: RunState): readonly RunEffect[] {
  if (isFinal(run.status)) return [{ kind: 'end' }];
  const starts = activeWorks(run).map(({ key, state }): RunEffect => {
    return { kind: 'start-work', work: key, attempt: attemptOf(state) };
  });
  return [...starts, ...run.leaving.map(giveBack)];
}

export function giveBack({ work, attempt }: Leaving): RunEffect {
  return { kind: 'give-back', work, attempt };
}

/** Replaces the state of the works that `select` picks. */
export function withState(run: RunState, select: (work: Work) => boolean, state: (work: Work) => WorkState): RunState {
  return { ...run, works: run.works.map(work => (select(work) ? { ...work, state: state(work) } : work)) };
}

export function put(run: RunState, key: string, state: WorkState): RunState {
  return withState(
    run,
    work => work.key === key,
    () => state,
  );
}

/** What is behind gates is done: another attempt only asks them once more. */
export function nextAttempt({ attempt, step }: { readonly attempt: number; readonly step: Step }): WorkState {
  return { kind: 'queued', attempt: attempt + 1, ...(step === 'gates' ? { resumesAt: step } : {}) };
}

export function attemptOf(state: WorkState): number {
  return state.kind === 'skipped' || state.kind === 'vanished' ? 0 : state.attempt;
}

/** The table of nodes for each stage that has become complete between two states of the run. */
export function stagesCompleted(before: RunState, after: RunState): RunEffect[] {
  const stages = new Map(after.works.map(({ hop, stage }) => [`h${hop}-${stage}`, { hop, stage }]));
  return [...stages]
    .filter(([, at]) => isComplete(after, at) && !isComplete(before, at))
    .map(([name, at]) => ({ kind: 'show-nodes', id: `${after.id}-${name}-nodes`, ...at }));
}

function isComplete(run: RunState, at: Pick<Work, 'hop' | 'stage'>): boolean {
  return run.works.every(({ hop, stage, state }) => hop !== at.hop || stage !== at.stage || isThrough(state));
}

/** The works that an event makes a run begin with. */
export function startedWorks(before: RunState, { run }: Transition): readonly ActiveWork[] {
  const underWay = new Set(activeWorks(before).map(({ key }) => key));
  return activeWorks(run).filter(({ key }) => !underWay.has(key));
}

/** In the order of the plan, which knew where pods were when it was made; they move. */
function startable(run: RunState, last: ReadonlySet<string>): readonly Work[] {
  const group = run.works.find(({ state }) => !isThrough(state))?.group;
  if (group === undefined || run.hold || failedWorks(run).length > 0) return [];
  const room = LIMIT - activeWorks(run).length;
  const queued = run.works.filter(work => work.group === group && work.state.kind === 'queued');
  const isLast = ({ phase, node }: Work) => phase === 'kubelet' && last.has(node);
  return [...queued.filter(work => !isLast(work)), ...queued.filter(isLast)].slice(0, Math.max(0, room));
}

function start({ run, effects }: Transition, works: readonly Work[], now: number): Transition {
  if (works.length === 0) return { run, effects };
  const started = withState(
    run,
    work => works.includes(work),
    ({ state }) => ({
      kind: 'active',
      attempt: attemptOf(state),
      step: (state.kind === 'queued' ? state.resumesAt : undefined) ?? 'claim',
      startedAt: now,
      stepSince: now,
      blockers: [],
      toldAt: undefined,
      closed: [],
      countedFrom: now,
      waiting: undefined,
      forced: [],
      skipping: undefined,
      givenUp: undefined,
    }),
  );
  return { run: started, effects: [...effects, ...works.flatMap(work => startEffects(run, work))] };
}

function startEffects(run: RunState, { key, node, phase, target, state }: Work): RunEffect[] {
  const attempt = attemptOf(state);
  return [
    { kind: 'start-work', work: key, attempt },
    {
      kind: 'note',
      id: `${run.id}-${key}-${attempt}-started`,
      note: { kind: 'node-started', node, phase, target },
    },
    { kind: 'show-status' },
  ];
}

function finish({ run, effects }: Transition, now: number): Transition {
  const { done } = countNodes(run);
  return {
    run: { ...run, status: { kind: 'finished', at: now } },
    effects: [
      ...effects,
      {
        kind: 'note',
        id: `${run.id}-finished`,
        note: { kind: 'finished', nodes: done, ms: now - run.startedAt },
      },
      { kind: 'show-status' },
      { kind: 'end' },
    ],
  };
}

function abort({ run, effects }: Transition, by: string, now: number): Transition {
  return {
    run: { ...run, status: { kind: 'aborted', by, at: now } },
    effects: [
      ...effects,
      { kind: 'note', id: `${run.id}-aborted`, note: { kind: 'aborted', ...countNodes(run) } },
      { kind: 'show-status' },
      { kind: 'end' },
    ],
  };
}
