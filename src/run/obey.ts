import type { Attempt, Order } from '../approval/order.ts';
import { isForcible } from './blocker.ts';
import { causeClause } from './blocker-words.ts';
import { afterPause, nodesUnderWay } from './course.ts';
import { waiveGates, worksInGates } from './gated.ts';
import { leave } from './leaving.ts';
import { activeWork, afterHalt, failedWorks, isFinal, silentWork, worksToGiveUp } from './progress.ts';
import type { RunEffect, RunEvent, RunState, Work } from './run.ts';
import { nextAttempt, put, type Transition, withState } from './schedule.ts';
import { leaveBehind, whomToSkip } from './skip.ts';

export type CommandEvent = Extract<RunEvent, { readonly kind: 'command' }>;

/** What a person's order does to a run. An order that cannot be followed changes nothing and says why. */
export function obey(run: RunState, event: CommandEvent, now: number): Transition {
  const { order } = event;
  switch (order.kind) {
    case 'pause':
      return run.status.kind === 'running'
        ? pause(run, event, now)
        : refuse(run, event, `only a running upgrade can be paused, and this one is ${run.status.kind}`);
    case 'resume':
      return resume(run, event, now);
    case 'abort':
      return abort(run, event, now);
    case 'retry':
      return run.status.kind === 'halted' ? retry(run, event) : refuse(run, event, 'there is no failed node to retry');
    case 'skip':
      return skip(run, event, order.at, now);
    case 'wait':
      return wait(run, event, order.at, now);
    case 'force':
      return force(run, event, order);
    case 'out-of-service':
      return takeOutOfService(run, event, order);
  }
}

function pause(run: RunState, event: CommandEvent, now: number): Transition {
  const paused: RunState = { ...run, status: { kind: 'paused', by: event.by, at: now } };
  return accept(paused, event, nodesUnderWay(paused));
}

function resume(run: RunState, event: CommandEvent, now: number): Transition {
  if (run.status.kind === 'paused') {
    return accept(afterPause({ ...run, status: { kind: 'running' } }, run.status.at, now), event, nodesUnderWay(run));
  }
  return refuse(
    run,
    event,
    run.status.kind === 'halted'
      ? 'a node failed: retry it, skip it, or abort'
      : `only a paused upgrade can be resumed, and this one is ${run.status.kind}`,
  );
}

/**
 * Nothing is to come, so nothing has to wait for gates any more. A node that is only waited for is given up; one whose host
 * was at work when the run was aborted is waited for, until somebody says so again.
 */
function abort(run: RunState, event: CommandEvent, now: number): Transition {
  const { by } = event;
  if (isFinal(run.status)) return refuse(run, event, `the upgrade is ${run.status.kind} already`);
  if (run.status.kind === 'aborting') {
    const given = giveUp(run, by, now);
    return given === run
      ? refuse(run, event, 'the upgrade is aborting already')
      : accept(given, event, nodesUnderWay(given));
  }
  const waived = waiveGates(run, worksInGates(run, undefined), by, now);
  const ending: RunState = { ...giveUp(waived.run, by, now), status: { kind: 'aborting', by, at: now } };
  const left = leave(ending, failedWorks(ending));
  const step = accept(left.run, event, nodesUnderWay(left.run));
  return { run: step.run, effects: [...step.effects, ...waived.effects, ...left.effects] };
}

function giveUp(run: RunState, by: string, now: number): RunState {
  return worksToGiveUp(run).reduce((so, { key, state }) => put(so, key, { ...state, givenUp: { by, at: now } }), run);
}

function retry(run: RunState, event: CommandEvent): Transition {
  const queued = withState(
    run,
    ({ state }) => state.kind === 'failed',
    ({ state }) => (state.kind === 'failed' ? nextAttempt(state) : state),
  );
  return accept({ ...queued, status: afterHalt(run.status) }, event);
}

/** A failed node is left behind now; one that is under way as soon as whoever works at it has given it back. */
function skip(run: RunState, event: CommandEvent, at: Attempt | undefined, now: number): Transition {
  const { by } = event;
  const gated = worksInGates(run, at);
  if (gated.length > 0) return waive(run, event, gated, now);
  const found = whomToSkip(run, at);
  if (found.kind === 'nobody') return refuse(run, event, found.why);
  const nodes = found.works.map(({ node }) => node);
  if (found.kind === 'failed') {
    const left = leave(run, found.works);
    const behind = leaveBehind(left.run, found.works, by, now);
    const step = accept({ ...behind.run, status: afterHalt(run.status) }, event, { atOnce: nodes, later: [] });
    return { run: step.run, effects: [...step.effects, ...left.effects, ...behind.effects] };
  }
  const skipping = found.works.reduce(
    (so, { key, state }) => put(so, key, { ...state, skipping: { by, at: now } }),
    run,
  );
  return accept(skipping, event, { atOnce: nodes, later: [] });
}

function waive(run: RunState, event: CommandEvent, works: readonly Work[], now: number): Transition {
  const waived = waiveGates(run, works, event.by, now);
  const goesOn = run.status.kind === 'halted' && failedWorks(waived.run).length === 0;
  const nodes = works.map(({ node }) => node);
  const step = accept(goesOn ? { ...waived.run, status: afterHalt(run.status) } : waived.run, event, {
    atOnce: nodes,
    later: [],
  });
  return { run: step.run, effects: [...step.effects, ...waived.effects] };
}

/** The drain gets its whole time once more, and the next notice comes an hour from now. */
function wait(run: RunState, event: CommandEvent, at: Attempt, now: number): Transition {
  const work = activeWork(run, at.work, at.attempt);
  if (!work || work.state.blockers.length === 0) return refuse(run, event, 'that drain is not blocked any more');
  const { id: order, by } = event;
  const waits = { ...work.state, countedFrom: now, toldAt: now, waiting: { by, order } };
  return accept(work.state.waiting?.order === order ? run : put(run, work.key, waits), event, {
    atOnce: [work.node],
    later: [],
  });
}

/** Whoever carries out the drain deletes the pod, where it still finds it refused by then. */
function force(
  run: RunState,
  event: CommandEvent,
  { at, pod }: Extract<Order, { readonly kind: 'force' }>,
): Transition {
  if (run.status.kind !== 'running') return refuse(run, event, `the upgrade is ${run.status.kind}`);
  const work = activeWork(run, at.work, at.attempt);
  const blocker = work?.state.blockers.find(({ uid }) => uid === pod.uid);
  if (!work || work.state.skipping || !blocker) return refuse(run, event, 'that pod does not block a drain any more');
  if (blocker.cause.kind === 'stopping') return refuse(run, event, 'that pod is stopping already');
  if (!isForcible(blocker)) return refuse(run, event, `no deletion helps while ${causeClause(blocker.cause)}`);
  const { forced } = work.state;
  const ordered = { uid: blocker.uid, pod: blocker.pod, by: event.by };
  const isNew = !forced.some(({ uid }) => uid === blocker.uid);
  const next = isNew ? put(run, work.key, { ...work.state, forced: [...forced, ordered] }) : run;
  return accept(next, event, { atOnce: [work.node], later: [], pod: blocker.pod });
}

/** Whether its host may be off, the worker sees for itself; the run stays halted. */
function takeOutOfService(
  run: RunState,
  event: CommandEvent,
  { at, node }: Extract<Order, { readonly kind: 'out-of-service' }>,
): Transition {
  if (silentWork(run, at)?.node !== node) return refuse(run, event, `${node} did not fail by falling silent just now`);
  const { effects } = accept(run, event, { atOnce: [node], later: [] });
  return { run, effects: [...effects, { kind: 'out-of-service', order: event.id }] };
}

interface Reach {
  readonly atOnce: readonly string[];
  readonly later: readonly string[];
  readonly pod?: string;
}

function accept(run: RunState, { id, order, by }: CommandEvent, reach: Reach = { atOnce: [], later: [] }): Transition {
  return {
    run,
    effects: [
      {
        kind: 'note',
        id: commandNote(run, id),
        note: {
          kind: 'commanded',
          command: order.kind,
          by,
          pod: undefined,
          ...reach,
          staysPaused: staysPaused(run, order),
        },
      },
      { kind: 'show-status' },
    ],
  };
}

/** A pause that was given before a node failed is not over when the failure is dealt with. */
function staysPaused({ status }: RunState, { kind }: Order): boolean {
  return status.kind === 'paused' && (kind === 'retry' || kind === 'skip');
}

/** Shares its id with the note of acceptance, so that an order that arrives twice is answered once. */
function refuse(run: RunState, { id, order, by }: CommandEvent, why: string): Transition {
  const note: RunEffect = {
    kind: 'note',
    id: commandNote(run, id),
    note: { kind: 'command-refused', command: order.kind, by, why },
  };
  return { run, effects: [note] };
}

function commandNote(run: RunState, id: string): string {
  return `${run.id}-command-${id}`;
}
