import * as fc from 'fast-check';
import { courseOf, endsAtOnce } from '../../../src/run/course.ts';
import { newRun } from '../../../src/run/new-run.ts';
import { isFinal, isThrough, pauseOf } from '../../../src/run/progress.ts';
import type { RunEffect, RunEvent } from '../../../src/run/run.ts';
import { transition } from '../../../src/run/transition.ts';
import { active, attempt, doneEvent, examplePlan } from './example.ts';
import { forAllHistories, happening, size, toEvent } from './random-histories.ts';

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
      expect(ahead.every(({ state }) => isThrough(state))).toBe(true);
      expect(ahead.every(({ phase, state }) => phase !== 'control-plane' || state.kind !== 'skipped')).toBe(true);
    });
  });
});

test('what is through stays so, and a final run never changes', () => {
  forAllHistories((before, after) => {
    before.works.forEach((work, index) => {
      if (isThrough(work.state)) {
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

test('a host is never begun with against an order, and what is begun is stopped only by who gives up seeing it Ready', () => {
  forAllHistories((before, after) => {
    after.works.forEach((work, index) => {
      const was = before.works[index];
      if (work.state.kind !== 'active' || was?.state.kind !== 'active') return;
      const at = { work: work.key, attempt: work.state.attempt };
      if (endsAtOnce(was.state.step) && !endsAtOnce(work.state.step)) {
        expect(courseOf(before, at).kind).toBe('go');
      }
      const { step, skipping, givenUp } = work.state;
      const isGivenUp = step === 'ready' && (skipping ?? givenUp) !== undefined;
      if (!endsAtOnce(step)) expect(courseOf(after, at).kind).toBe(isGivenUp ? 'stop' : 'go');
    });
  });
});

test('whoever carries out a work is told whenever an order changes what it should do', () => {
  forAllHistories((before, after, _event, effects) => {
    const changed = after.works.some(({ key, state }, index) => {
      const was = before.works[index]?.state;
      if (state.kind !== 'active' || was?.kind !== 'active' || was.attempt !== state.attempt) return false;
      const at = { work: key, attempt: state.attempt };
      return courseOf(after, at).kind !== courseOf(before, at).kind;
    });
    if (changed) expect(effects[0]).toEqual({ kind: 'steer' });
  });
});

test('an order to abort gives up every node that is only waited for, and so does a second one', () => {
  forAllHistories((before, after, event) => {
    if (event.kind !== 'command' || event.order.kind !== 'abort') return;
    for (const { key, state } of after.works) {
      if (state.kind !== 'active' || state.step !== 'ready') continue;
      expect(courseOf(after, { work: key, attempt: state.attempt }).kind).toBe('stop');
      expect(isFinal(before.status)).toBe(false);
    }
  });
});

test('an aborting run ends as soon as nothing is under way or left, and a stopped work is not begun again', () => {
  forAllHistories((_before, after) => {
    if (after.status.kind === 'aborting') expect(active(after) ?? after.leaving[0]).toBeDefined();
  });
});

test('no run ends before every node that it leaves is given back, and each is asked for until then', () => {
  forAllHistories((_before, after) => {
    if (isFinal(after.status)) expect(after.leaving).toEqual([]);
    const asked = transition(after, { kind: 'tick' }, 1_000).effects.filter(({ kind }) => kind === 'give-back');
    expect(asked).toEqual(after.leaving.map(({ work, attempt: at }) => ({ kind: 'give-back', work, attempt: at })));
  });
});

test('a failed work is dealt with by a retry, or its node is left', () => {
  forAllHistories((before, after, event) => {
    before.works.forEach(({ key, state }, index) => {
      if (state.kind !== 'failed' || after.works[index]?.state.kind === 'failed') return;
      const isLeft = [...before.leaving, ...after.leaving].some(({ work }) => work === key);
      const isRetried = event.kind === 'command' && event.order.kind === 'retry';
      expect(isLeft || isRetried || state.step === 'gates').toBe(true);
    });
  });
});

test('only the failed node of a halted run that fell silent is ever taken out of service, whenever it is ordered', () => {
  forAllHistories((_before, after, event, effects) => {
    const isOrdered = event.kind === 'command' && event.order.kind === 'out-of-service';
    if (!isOrdered) expect(effects.filter(({ kind }) => kind === 'out-of-service')).toEqual([]);
    for (const { key: work, node, state } of after.works) {
      const order = { kind: 'out-of-service', at: { work, attempt: attempt({ state }) }, node } as const;
      const next = transition(after, { kind: 'command', id: 'c', order, by: 'UBOB' }, 1_000);
      expect(next.run).toBe(after);
      const isSilent = after.status.kind === 'halted' && state.kind === 'failed' && state.silent === true;
      expect(next.effects.some(({ kind }) => kind === 'out-of-service')).toBe(isSilent);
    }
  });
});

test('a pause is ended by an order to resume or to abort, and by nothing else', () => {
  forAllHistories((before, after, event) => {
    if (!pauseOf(before.status) || pauseOf(after.status)) return;
    expect(event.kind === 'command' && event.order.kind).toMatch(/^(resume|abort)$/);
  });
});

test('time is never counted from before a step, nor from a time that is yet to come', () => {
  forAllHistories((_before, after) => {
    for (const { state } of after.works) {
      if (state.kind === 'active') expect(state.countedFrom).toBeGreaterThanOrEqual(state.stepSince);
      if (state.kind === 'active') expect(state.countedFrom).toBeLessThanOrEqual(80);
    }
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
      // Whatever was deferred is tried again by then.
      const later = 1e9;
      const bound = run.works.length + 3;
      const command = (order: 'resume' | 'retry'): RunEvent => ({
        kind: 'command',
        id: 'x',
        order: { kind: order },
        by: 'UBOB',
      });
      run = transition(run, { kind: 'begin' }, later).run;
      run = transition(run, command('resume'), later).run;
      run = transition(run, command('retry'), later).run;
      // One that was paused before a node failed.
      run = transition(run, command('resume'), later).run;
      for (let round = 0; round < bound; round += 1) {
        const work = active(run);
        if (work) run = transition(run, doneEvent(work), later).run;
      }
      for (const { work, attempt: at } of run.leaving) {
        run = transition(run, { kind: 'given-back', work, attempt: at }, later).run;
      }
      expect(isFinal(run.status)).toBe(true);
    }),
    { numRuns: 300 },
  );
});
