import * as fc from 'fast-check';
import { newRun } from '../../../src/run/new-run.ts';
import type { RunEffect, RunEvent, RunState, Work } from '../../../src/run/run.ts';
import { transition } from '../../../src/run/transition.ts';
import { active, attempt, commandEvent, doneEvent, examplePlan, failedEvent } from './example.ts';

const NIGHT = 'It is night.';
const TICK: RunEvent = { kind: 'tick' };
const begun = transition(
  newRun(examplePlan({ controlPlanes: 1, workers: 2, hops: 1 }), { id: 'r1', now: 0 }),
  { kind: 'begin' },
  0,
).run;

function current(run: RunState): Work {
  const work = active(run);
  if (!work) throw new Error('no work is active');
  return work;
}

const notes = (effects: readonly RunEffect[]) =>
  effects.flatMap(effect => (effect.kind === 'note' ? [effect.note] : []));
const deferred = (work: Work): RunEvent => ({
  kind: 'deferred',
  work: work.key,
  attempt: attempt(work),
  why: NIGHT,
});

describe('a run that is held', () => {
  const held = transition(begun, TICK, 5, NIGHT);

  it('keeps what is under way, and says once why nothing further is started', () => {
    expect(held.run.hold).toEqual({ why: NIGHT, since: 5, until: undefined });
    expect(active(held.run)).toBeDefined();
    expect(notes(held.effects)).toEqual([{ kind: 'held', why: NIGHT }]);
    const again = transition(held.run, TICK, 6, NIGHT);
    expect(again.run).toBe(held.run);
    expect(notes(again.effects)).toEqual([]);
  });

  it('starts nothing when that is done, and goes on when the hold is over', () => {
    const done = transition(held.run, doneEvent(current(held.run)), 6, NIGHT);
    expect(active(done.run)).toBeUndefined();
    const free = transition(done.run, TICK, 9);
    expect(free.run.hold).toBeUndefined();
    expect(notes(free.effects).map(({ kind }) => kind)).toEqual(['released', 'node-started']);
  });

  it('says so again where the reason is another', () => {
    expect(notes(transition(held.run, TICK, 7, 'The cluster is frozen.').effects)).toEqual([
      { kind: 'held', why: 'The cluster is frozen.' },
    ]);
  });

  it.each(['resume', 'retry'] as const)('starts nothing for an order to %s', command => {
    const before =
      command === 'resume'
        ? transition(transition(begun, commandEvent('pause'), 1).run, doneEvent(current(begun)), 2).run
        : transition(begun, failedEvent(current(begun)), 1).run;
    const after = transition(before, commandEvent(command), 3, NIGHT).run;
    expect(after.status.kind).toBe('running');
    expect(active(after)).toBeUndefined();
  });

  const paused = transition(transition(begun, commandEvent('pause'), 1).run, doneEvent(current(begun)), 2).run;
  const halted = transition(begun, failedEvent(current(begun)), 1).run;
  const aborting = transition(begun, commandEvent('abort'), 1).run;

  it.each([
    ['paused', paused],
    ['halted', halted],
    ['aborting', aborting],
  ])('says nothing of nights and days while it is %s, and waits for people', (_status, stopped) => {
    let run = stopped;
    for (const hold of [NIGHT, undefined, NIGHT, 'The cluster is frozen.', undefined]) {
      const next = transition(run, TICK, 3, hold);
      expect(notes(next.effects)).toEqual([]);
      run = next.run;
    }
  });

  it.each([
    ['resume', paused],
    ['retry', halted],
  ] as const)('says what it waits for as soon as people have it go on: %s', (command, stopped) => {
    const asleep = transition(stopped, TICK, 3, NIGHT).run;
    const awake = transition(asleep, commandEvent(command), 4, NIGHT);
    expect(notes(awake.effects).map(({ kind }) => kind)).toEqual(['commanded', 'held']);
    expect(notes(transition(awake.run, TICK, 5).effects).map(({ kind }) => kind)).toEqual(['released', 'node-started']);
  });

  it('does not say that it goes on where people have stopped it meanwhile', () => {
    const stopped = transition(held.run, commandEvent('pause'), 6, NIGHT);
    expect(notes(stopped.effects).map(({ kind }) => kind)).toEqual(['commanded']);
    expect(notes(transition(stopped.run, TICK, 7).effects)).toEqual([]);
    expect(notes(transition(stopped.run, commandEvent('resume'), 8).effects).map(({ kind }) => kind)).toEqual([
      'commanded',
    ]);
  });

  it('can be aborted', () => {
    const done = transition(held.run, doneEvent(current(held.run)), 6, NIGHT).run;
    expect(transition(done, commandEvent('abort'), 7, NIGHT).run.status.kind).toBe('aborted');
  });

  it('ends with its last work, without a word about what it waits for', () => {
    const last = Array.from({ length: 3 }).reduce<RunState>(
      run => transition(run, doneEvent(current(run)), 1).run,
      begun,
    );
    const ended = transition(last, doneEvent(current(last)), 2, NIGHT);
    expect(ended.run.status.kind).toBe('finished');
    expect(notes(ended.effects).map(({ kind }) => kind)).toEqual(['node-done', 'finished']);
  });
});

describe('a work that had to wait before anything was touched', () => {
  it('is queued again, as another attempt', () => {
    const work = current(begun);
    const { run } = transition(begun, deferred(work), 1, NIGHT);
    expect(run.works[0]?.state).toEqual({ kind: 'queued', attempt: 2 });
    expect(transition(run, deferred(work), 2, NIGHT).run).toBe(run);
    expect(transition(run, TICK, 3).effects).toContainEqual({ kind: 'start-work', work: work.key, attempt: 2 });
  });
});

describe('workers that follow different policies', () => {
  /** Whoever handles events would go on; whoever has the node's job would not. Returns what happened in a day of ticks. */
  function aDay() {
    let run = begun;
    const effects: RunEffect[] = [];
    const attempts: number[] = [];
    for (let now = 0; now < 86_400_000; now += 10_000) {
      for (const event of [TICK, ...run.works.filter(({ state }) => state.kind === 'active').map(deferred)]) {
        const next = transition(run, event, now);
        if (event.kind === 'deferred') attempts.push(now);
        effects.push(...next.effects);
        run = next.run;
      }
    }
    return { run, effects, attempts };
  }

  it('hand a work to and fro ever more rarely, and it is said once', () => {
    const { run, effects, attempts } = aDay();
    expect(run.hold?.why).toBe(
      `${NIGHT} Another worker would go on: give all workers of this cluster the same policy file.`,
    );
    expect(attempts.length).toBeLessThan(60);
    expect(attempts.slice(0, 4)).toEqual([0, 70_000, 200_000, 450_000]);
    const ids = effects.flatMap(effect => (effect.kind === 'note' ? [effect.id] : []));
    expect(new Set(ids.filter(id => id.startsWith('r1-held'))).size).toBe(1);
    expect(new Set(ids.filter(id => id.startsWith('r1-released'))).size).toBe(1);
  });

  it('go on by themselves once they agree', () => {
    const { run } = transition(begun, deferred(current(begun)), 1);
    expect(active(transition(run, TICK, 60_000).run)).toBeUndefined();
    expect(active(transition(run, TICK, 60_001).run)).toBeDefined();
  });

  it('say each reason once where they take turns with the events', () => {
    const ids = new Set<string>();
    let run = transition(begun, doneEvent(current(begun)), 1, NIGHT).run;
    for (let now = 2; now < 40; now += 1) {
      const next = transition(run, TICK, now, now % 2 === 0 ? undefined : NIGHT);
      for (const effect of next.effects)
        if (effect.kind === 'note' && effect.note.kind !== 'node-started') ids.add(effect.id);
      run = next.run;
    }
    expect(ids.size).toBe(2);
  });
});

test('while there is a hold, no work ever becomes active', () => {
  const happening = fc.record({
    event: fc.constantFrom('tick', 'begin', 'done', 'failed', 'deferred', 'pause', 'resume', 'retry', 'skip', 'abort'),
    hold: fc.constantFrom(undefined, NIGHT, 'The cluster is frozen.'),
  } as const);
  fc.assert(
    fc.property(fc.array(happening, { maxLength: 60 }), history => {
      let run: RunState = newRun(examplePlan({ controlPlanes: 2, workers: 2, hops: 2 }), { id: 'r1', now: 0 });
      history.forEach(({ event, hold }, now) => {
        const next = transition(run, toEvent(run, event), now, hold);
        const busy = (works: readonly Work[]) =>
          works.filter(({ state }) => state.kind === 'active').map(({ key }) => key);
        if (hold !== undefined) for (const key of busy(next.run.works)) expect(busy(run.works)).toContain(key);
        run = next.run;
      });
    }),
  );
});

function toEvent(run: RunState, kind: string): RunEvent {
  const work = active(run) ?? run.works[0];
  if (!work) throw new Error('a run has works');
  switch (kind) {
    case 'tick':
    case 'begin':
      return { kind };
    case 'done':
      return doneEvent(work);
    case 'failed':
      return failedEvent(work);
    case 'deferred':
      return deferred(work);
    case 'pause':
    case 'resume':
    case 'retry':
    case 'skip':
    case 'abort':
      return commandEvent(kind);
    default:
      throw new Error(`there is no event ${kind}`);
  }
}
