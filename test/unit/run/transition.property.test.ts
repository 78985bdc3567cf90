import * as fc from 'fast-check';
import { newRun } from '../../../src/run/new-run.ts';
import { isFinal } from '../../../src/run/progress.ts';
import type { RunEffect, RunEvent, RunState } from '../../../src/run/run.ts';
import { transition } from '../../../src/run/transition.ts';
import { active, attempt, doneEvent, examplePlan } from './example.ts';

const size = fc.record({
  controlPlanes: fc.integer({ min: 1, max: 3 }),
  workers: fc.integer({ min: 0, max: 3 }),
  hops: fc.integer({ min: 1, max: 3 }),
});

/** An event about a work picked by number, of an attempt that may be old, present or yet to come. */
const happening = fc.record({
  kind: fc.constantFrom('begin', 'tick', 'step', 'blocked', 'done', 'failed', 'command', 'work-done', 'work-failed'),
  pick: fc.nat(40),
  attempt: fc.integer({ min: 1, max: 3 }),
  step: fc.constantFrom('claim', 'preflight', 'cordon', 'drain', 'upgrade', 'ready', 'uncordon'),
  command: fc.constantFrom('pause', 'resume', 'resume', 'retry', 'retry', 'skip', 'abort'),
  id: fc.uuid(),
} as const);
type Happening = typeof happening extends fc.Arbitrary<infer T> ? T : never;

function toEvent(run: RunState, seed: Happening): RunEvent {
  const any = run.works[seed.pick % run.works.length];
  const aimed = seed.kind === 'work-done' || seed.kind === 'work-failed' ? (active(run) ?? any) : any;
  const work = aimed?.key ?? 'none';
  const at = seed.kind.startsWith('work-') && aimed ? attempt(aimed) : seed.attempt;
  switch (seed.kind) {
    case 'begin':
    case 'tick':
      return { kind: seed.kind };
    case 'step':
      return { kind: 'step', work, attempt: at, step: seed.step };
    case 'blocked':
      return { kind: 'blocked', work, attempt: at, blockers: [] };
    case 'done':
    case 'work-done':
      return { kind: 'done', work, attempt: at };
    case 'failed':
    case 'work-failed':
      return { kind: 'failed', work, attempt: at, step: seed.step, reason: 'broke', log: [] };
    case 'command':
      return { kind: 'command', id: seed.id, command: seed.command, by: 'UBOB' };
  }
}

/** Calls `check` with the run before and after every event of a random history. */
function forAllHistories(
  check: (before: RunState, after: RunState, event: RunEvent, effects: readonly RunEffect[]) => void,
): void {
  fc.assert(
    fc.property(size, fc.array(happening, { maxLength: 80 }), (shape, history) => {
      let run = newRun(examplePlan(shape), { id: 'r1', now: 0 });
      history.forEach((seed, now) => {
        const event = toEvent(run, seed);
        const next = transition(run, event, now);
        check(run, next.run, event, next.effects);
        run = next.run;
      });
    }),
    { numRuns: 300 },
  );
}

test('never are two works active at once', () => {
  forAllHistories((_before, after) => {
    expect(after.works.filter(({ state }) => state.kind === 'active').length).toBeLessThanOrEqual(1);
  });
});

test('no work starts before every group ahead of it is through, so no worker before its control plane', () => {
  forAllHistories((before, after) => {
    after.works.forEach((work, index) => {
      if (work.state.kind !== 'active' || before.works[index]?.state.kind === 'active') return;
      const ahead = after.works.filter(({ group }) => group < work.group);
      expect(ahead.every(({ state }) => state.kind === 'done' || state.kind === 'skipped')).toBe(true);
      expect(ahead.every(({ phase, state }) => phase !== 'control-plane' || state.kind === 'done')).toBe(true);
    });
  });
});

test('what is done or skipped stays so, and a final run never changes', () => {
  forAllHistories((before, after) => {
    before.works.forEach((work, index) => {
      if (work.state.kind === 'done' || work.state.kind === 'skipped') {
        expect(after.works[index]?.state).toEqual(work.state);
      }
    });
    if (isFinal(before.status)) expect(after).toBe(before);
  });
});

test('an event handled twice leaves the run as handled once, and starts no other work', () => {
  forAllHistories((_before, after, event, effects) => {
    const again = transition(after, event, 1_000);
    expect(again.run).toEqual(after);
    const starts = (list: readonly RunEffect[]) => list.filter(({ kind }) => kind === 'start-work');
    for (const start of starts(again.effects)) {
      expect(
        after.works.some(w => w.key === (start.kind === 'start-work' && start.work) && w.state.kind === 'active'),
      ).toBe(true);
    }
    const noteIds = effects.flatMap(effect => (effect.kind === 'note' ? [effect.id] : []));
    for (const effect of again.effects) if (effect.kind === 'note') expect(noteIds).toContain(effect.id);
  });
});

test('a paused, halted or aborting run starts nothing', () => {
  forAllHistories((_before, after, event, effects) => {
    if (['running', 'finished'].includes(after.status.kind) || event.kind === 'tick') return;
    expect(effects.filter(({ kind }) => kind === 'start-work')).toEqual([]);
  });
});

test('each stage shows its table of nodes at most once', () => {
  const seen = new Map<string, number>();
  forAllHistories((before, _after, _event, effects) => {
    if (before.seq === 0) seen.clear();
    for (const effect of effects) {
      if (effect.kind !== 'show-nodes') continue;
      expect(seen.has(effect.id)).toBe(false);
      seen.set(effect.id, 1);
    }
  });
});

test('from wherever a history has led, retrying and finishing what is active brings the run to its end', () => {
  fc.assert(
    fc.property(size, fc.array(happening, { maxLength: 40 }), (shape, history) => {
      let run = newRun(examplePlan(shape), { id: 'r1', now: 0 });
      for (const seed of history) run = transition(run, toEvent(run, seed), 1).run;
      const bound = run.works.length + 3;
      const command = (order: 'resume' | 'retry'): RunEvent => ({
        kind: 'command',
        id: 'x',
        command: order,
        by: 'UBOB',
      });
      run = transition(run, { kind: 'begin' }, 2).run;
      run = transition(run, command('resume'), 2).run;
      run = transition(run, command('retry'), 2).run;
      for (let round = 0; round < bound; round += 1) {
        const work = active(run);
        if (work) run = transition(run, doneEvent(work), 3).run;
      }
      expect(isFinal(run.status)).toBe(true);
    }),
    { numRuns: 300 },
  );
});
