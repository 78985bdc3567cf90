import { block, tellAgain } from './blocked.ts';
import { courseOf, endsAtOnce } from './course.ts';
import { gate, waiveGates } from './gated.ts';
import { defer, holdNotes, withHold } from './hold.ts';
import { givenBackNote, leave, look } from './leaving.ts';
import { obey } from './obey.ts';
import { type ActiveWork, activeWork, activeWorks, isFinal, isThrough, pauseOf } from './progress.ts';
import type { RunEffect, RunEvent, RunState, Step, Work } from './run.ts';
import { nextAttempt, put, restart, settle, stagesCompleted, type Transition, withState } from './schedule.ts';
import { leaveBehind } from './skip.ts';

type Failure = Extract<RunEvent, { readonly kind: 'failed' }>;
type Vanished = Extract<RunEvent, { readonly kind: 'vanished' }>;
const STEPS: readonly Step[] = ['claim', 'preflight', 'cordon', 'drain', 'upgrade', 'ready', 'uncordon', 'gates'];

/**
 * The only way in which a run changes. Pure and total: an event that came late, twice, or from an earlier attempt
 * leaves the run as it is. Invariants, held by property tests: no more works active than the limit; no group begins
 * before the one ahead of it is through; what is done stays done; a final run never changes; while there is a `hold` (why
 * nothing may be started at `now`, in sentences, by the policy of whoever calls), nothing is started. `last`: nodes that are
 * drained after all others.
 */
export function transition(
  before: RunState,
  event: RunEvent,
  now: number,
  hold?: string,
  last: ReadonlySet<string> = new Set(),
): Transition {
  const { run, effects } = follow(withHold(before, hold, now), event, now, last);
  const { goesOn, waits } = holdNotes(before, run);
  return {
    run: run === before ? before : { ...run, seq: before.seq + 1 },
    // "It goes on" is said before what goes on, "it waits" after what led up to it.
    effects: [...goesOn, ...effects, ...waits],
  };
}

function follow(run: RunState, event: RunEvent, now: number, last: ReadonlySet<string>): Transition {
  const reacted = react(run, event, now);
  // What changed nothing starts nothing either, or the same event could find work active when it comes again.
  if (reacted.run === run && event.kind !== 'begin' && event.kind !== 'tick') return reacted;
  const effects = [...steering(run, reacted.run, event), ...reacted.effects, ...stagesCompleted(run, reacted.run)];
  return settle({ run: reacted.run, effects }, now, last);
}

/** What they should do who carry out works depends on people's orders, and on what state the run is in. */
function steering(before: RunState, after: RunState, { kind }: RunEvent): RunEffect[] {
  const concerns = kind === 'command' ? after !== before : after.status.kind !== before.status.kind;
  return concerns && activeWorks(after).length > 0 ? [{ kind: 'steer' }] : [];
}

function react(run: RunState, event: RunEvent, now: number): Transition {
  if (event.kind === 'command') return obey(run, event, now);
  if (isFinal(run.status)) return { run, effects: restart(run) };
  if (event.kind === 'tick') return tick(run, now);
  if (event.kind === 'begin') return begin(run);
  if (event.kind === 'given-back' || event.kind === 'give-back-waits') return look(run, event);
  const work = activeWork(run, event.work, event.attempt);
  if (!work) return { run, effects: [] };
  switch (event.kind) {
    case 'step':
      return reach(run, work, event.step, now);
    case 'blocked':
      return block(run, work, event.blockers, now);
    case 'gated':
      return gate(run, work, event);
    case 'recordoned':
      return { run, effects: [recordonedNote(run, work, event.hostAtWork)] };
    case 'baseline-lost':
      return { run, effects: [baselineLostNote(run, work)] };
    case 'tied':
      return { run, effects: [tiedNote(run, work, event.pods)] };
    case 'done':
      return complete(run, work, now);
    case 'failed':
      return fail(run, work, event, now);
    case 'deferred':
      return isGivenUp(run, work) ? letGo(run, work, now) : defer(run, work, event.why, now);
    case 'vanished':
      return vanish(run, work, event, now);
    case 'pod-deleted':
      return deleted(run, work, event.uid);
    case 'stopped':
      return event.waits ? letGo(run, work, now) : stopped(run, work, now);
  }
}

function tick(run: RunState, now: number): Transition {
  const told = tellAgain(run, now);
  return { run: told.run, effects: [...restart(run), ...told.effects] };
}

function begin(run: RunState): Transition {
  const { id, gone, finished, outside, unfit } = run;
  const joined = run.joined.map(({ node }) => node);
  const drifted: RunEffect[] = [joined, gone, finished, outside, unfit].some(names => names.length > 0)
    ? [{ kind: 'note', id: `${id}-drifted`, note: { kind: 'drifted', joined, gone, finished, outside, unfit } }]
    : [];
  return {
    run,
    effects: [{ kind: 'note', id: `${id}-started`, note: { kind: 'started' } }, ...drifted, { kind: 'show-status' }],
  };
}

/**
 * A job that was taken up again walks through its first steps once more; the display does not go back. A host is not begun
 * with against an order that came before: whoever wants to asks here, and sees by the step that it was granted.
 */
function reach(run: RunState, work: ActiveWork, step: Step, now: number): Transition {
  const { key, state } = work;
  const { attempt } = state;
  const isBehind = STEPS.indexOf(step) <= STEPS.indexOf(state.step);
  if (isBehind) return { run, effects: [] };
  // This node is upgraded and given back, and nobody wants to know more of it, or none comes next that they would protect.
  const givenUpBy = state.skipping?.by ?? (run.status.kind === 'aborting' ? run.status.by : undefined);
  if (step === 'gates' && givenUpBy !== undefined) return waiveGates(run, [work], givenUpBy, now);
  if (!endsAtOnce(step) && courseOf(run, { work: key, attempt }).kind !== 'go') return { run, effects: [] };
  const reached = put(run, key, {
    ...state,
    step,
    stepSince: now,
    countedFrom: now,
    blockers: [],
    closed: [],
    waiting: undefined,
  });
  return { run: reached, effects: [{ kind: 'show-status' }] };
}

function isGivenUp({ status }: RunState, { state }: ActiveWork): boolean {
  return state.skipping !== undefined || status.kind === 'aborting';
}

/** Nobody goes on with the attempt, and its node is not given back: it had to wait, or its host may be at work. */
function letGo(run: RunState, work: ActiveWork, now: number): Transition {
  const { key, state } = work;
  const left = leave(run, [work]);
  const behind = state.skipping
    ? leaveBehind(left.run, [work], state.skipping.by, now)
    : { run: put(left.run, key, nextAttempt(state)), effects: [] };
  return andShow({ run: behind.run, effects: [...left.effects, ...behind.effects] });
}

/** Its node was given back: a skipped one is left behind, any other is what an aborted run leaves undone. */
function stopped(run: RunState, work: ActiveWork, now: number): Transition {
  const { key, state } = work;
  const { attempt, skipping } = state;
  if (skipping) return andShow(leaveBehind(run, [work], skipping.by, now));
  const id = `${run.id}-${key}-${attempt}-given-back`;
  return andShow({
    run: put(run, key, { kind: 'queued', attempt: attempt + 1 }),
    effects: [{ kind: 'note', id, note: givenBackNote(work) }],
  });
}

/** Nothing is left to be done to it, in this hop or a later one. One that took its name was never approved. */
function vanish(
  run: RunState,
  { key, node, state }: ActiveWork,
  { step, replaced }: Vanished,
  now: number,
): Transition {
  const without = withState(
    run,
    work => work.node === node && !isThrough(work.state),
    () => ({ kind: 'vanished', at: now }),
  );
  const id = `${run.id}-${key}-${state.attempt}-vanished`;
  return andShow({
    run: without,
    effects: [{ kind: 'note', id, note: { kind: 'node-vanished', node, step, replaced } }],
  });
}

/** Said in the thread, where everybody reads who had it done. */
function deleted(run: RunState, { key, node, state }: ActiveWork, uid: string): Transition {
  const forced = state.forced.find(each => each.uid === uid);
  if (!forced) return { run, effects: [] };
  const { pod, by } = forced;
  const id = `${run.id}-${key}-${state.attempt}-deleted-${uid}`;
  return { run, effects: [{ kind: 'note', id, note: { kind: 'pod-deleted', node, pod, by } }] };
}

function andShow({ run, effects }: Transition): Transition {
  return { run, effects: [...effects, { kind: 'show-status' }] };
}

/** Its id makes it be said once per attempt, and once more where the host is at work. */
function recordonedNote(run: RunState, { key, node, state }: ActiveWork, hostAtWork: boolean): RunEffect {
  const id = `${run.id}-${key}-${state.attempt}-recordoned${hostAtWork ? '-at-work' : ''}`;
  return { kind: 'note', id, note: { kind: 'node-recordoned', node, hostAtWork } };
}

/** Said once, however often the gates are asked again. */
function baselineLostNote(run: RunState, { key, node, state }: ActiveWork): RunEffect {
  return { kind: 'note', id: `${run.id}-${key}-${state.attempt}-baseline-lost`, note: { kind: 'baseline-lost', node } };
}

function tiedNote(run: RunState, { key, node }: ActiveWork, pods: readonly string[]): RunEffect {
  return { kind: 'note', id: `${run.id}-${key}-tied`, note: { kind: 'pods-tied', node, pods } };
}

function complete(run: RunState, work: ActiveWork, now: number): Transition {
  const { key, node, phase, stage, kubeadm, target, state } = work;
  const { attempt, startedAt } = state;
  const ms = now - startedAt;
  const role = stage === 'workers' ? 'worker' : 'control-plane';
  return {
    run: put(run, key, { kind: 'done', attempt, startedAt, finishedAt: now }),
    effects: [
      {
        kind: 'note',
        id: `${run.id}-${key}-${attempt}-done`,
        note: { kind: 'node-done', node, phase, target, ms },
      },
      ...(isTelling(state)
        ? [{ kind: 'remember', id: `${run.id}-${key}`, duration: { phase, role, kubeadm, ms } } as const]
        : []),
      { kind: 'show-status' },
    ],
  };
}

/** A retry finds half of the work done, and a node that was upgraded by other means is not even claimed. */
function isTelling({ attempt, step }: ActiveWork['state']): boolean {
  return attempt === 1 && step !== 'claim';
}

/**
 * Nothing new starts after a failure; whatever else is under way goes on to its end. A node that somebody had given up is
 * left behind by that, and halts nothing.
 */
function fail(run: RunState, work: ActiveWork, failure: Failure, now: number): Transition {
  const { key, node, phase, state } = work;
  const { step, reason, log, silent } = failure;
  const seen = { step, reason, log, ...(silent ? { silent } : {}) };
  const { attempt, startedAt, skipping } = state;
  const note: RunEffect = {
    kind: 'note',
    id: `${run.id}-${key}-${attempt}-failed`,
    note: { kind: 'failed', node, phase, ...seen },
  };
  const failed: Work = { ...work, state: { kind: 'failed', attempt, startedAt, at: now, ...seen } };
  const after = put(run, key, failed.state);
  if (!isGivenUp(run, work)) return andShow({ run: halt(after, key, now), effects: [note] });
  // Nobody goes on with it.
  const left = leave(after, [failed]);
  const behind = skipping ? leaveBehind(left.run, [work], skipping.by, now) : { run: left.run, effects: [] };
  return andShow({ run: behind.run, effects: [note, ...left.effects, ...behind.effects] });
}

function halt(run: RunState, key: string, now: number): RunState {
  const { status } = run;
  if (status.kind !== 'running' && status.kind !== 'paused') return run;
  return { ...run, status: { kind: 'halted', work: key, at: now, paused: pauseOf(status) } };
}
