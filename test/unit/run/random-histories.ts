import * as fc from 'fast-check';
import type { Order } from '../../../src/approval/order.ts';
import { newRun } from '../../../src/run/new-run.ts';
import type { RunEffect, RunEvent, RunState } from '../../../src/run/run.ts';
import { transition } from '../../../src/run/transition.ts';
import { active, attempt, exampleBlocker, examplePlan } from './example.ts';

export const size = fc.record({
  controlPlanes: fc.integer({ min: 1, max: 3 }),
  workers: fc.integer({ min: 0, max: 3 }),
  hops: fc.integer({ min: 1, max: 3 }),
});

/** An event about a work picked by number, of an attempt that may be old, present or yet to come. */
export const happening = fc.record({
  kind: fc.constantFrom(
    ...(['begin', 'tick', 'step', 'blocked', 'done', 'failed', 'stopped', 'pod-deleted', 'command'] as const),
    ...(['work-done', 'work-failed', 'work-stopped', 'work-step', 'work-blocked', 'work-deferred'] as const),
    'work-vanished' as const,
    ...(['given-back', 'given-back', 'give-back-waits'] as const),
  ),
  pick: fc.nat(40),
  attempt: fc.integer({ min: 1, max: 3 }),
  step: fc.constantFrom('claim', 'preflight', 'cordon', 'drain', 'upgrade', 'ready', 'uncordon', 'gates'),
  command: fc.constantFrom(
    ...([
      'pause',
      'resume',
      'resume',
      'retry',
      'retry',
      'skip',
      'skip-work',
      'wait',
      'force',
      'out-of-service',
      'abort',
    ] as const),
  ),
  id: fc.uuid(),
} as const);
type Happening = typeof happening extends fc.Arbitrary<infer T> ? T : never;

export function toEvent(run: RunState, seed: Happening): RunEvent {
  const any = run.works[seed.pick % run.works.length];
  const aimed = seed.kind.startsWith('work-') ? (active(run) ?? any) : any;
  const work = aimed?.key ?? 'none';
  const at = seed.kind.startsWith('work-') && aimed ? attempt(aimed) : seed.attempt;
  switch (seed.kind) {
    case 'begin':
    case 'tick':
      return { kind: seed.kind };
    case 'step':
    case 'work-step':
      return { kind: 'step', work, attempt: at, step: seed.step };
    case 'blocked':
    case 'work-blocked':
      return { kind: 'blocked', work, attempt: at, blockers: [exampleBlocker({ since: seed.pick })] };
    case 'done':
    case 'work-done':
      return { kind: 'done', work, attempt: at };
    case 'pod-deleted':
      return { kind: 'pod-deleted', work, attempt: at, uid: 'uid-web-1' };
    case 'stopped':
    case 'work-stopped':
      return { kind: 'stopped', work, attempt: at, ...(seed.pick % 2 === 0 ? { waits: true } : {}) };
    case 'work-vanished':
      return { kind: 'vanished', work, attempt: at, step: seed.step, replaced: false };
    case 'work-deferred':
      return { kind: 'deferred', work, attempt: at, why: 'It is night.' };
    case 'given-back':
    case 'give-back-waits': {
      const { leaving } = run;
      const left = leaving[seed.pick % Math.max(1, leaving.length)] ?? { work, attempt: at };
      const common = { work: left.work, attempt: left.attempt };
      return seed.kind === 'given-back'
        ? { kind: seed.kind, ...common }
        : { kind: seed.kind, ...common, why: `Job ${seed.pick} is not over` };
    }
    case 'failed':
    case 'work-failed': {
      const silent = seed.pick % 2 === 0 ? ({ silent: true } as const) : {};
      return { kind: 'failed', work, attempt: at, step: seed.step, reason: 'broke', log: [], ...silent };
    }
    case 'command':
      return { kind: 'command', id: seed.id, order: orderOf(seed.command, run), by: 'UBOB' };
  }
}

function orderOf(command: Happening['command'], run: RunState): Order {
  const work = active(run);
  const at = { work: work?.key ?? 'none', attempt: work ? attempt(work) : 1 };
  switch (command) {
    case 'wait':
      return { kind: 'wait', at };
    case 'force':
      return { kind: 'force', at, pod: { namespace: 'shop', name: 'web-1', uid: 'uid-web-1' } };
    case 'out-of-service': {
      const failed = run.works.find(({ state }) => state.kind === 'failed');
      const meant = failed ? { work: failed.key, attempt: attempt(failed) } : at;
      return { kind: command, at: meant, node: failed?.node ?? 'none' };
    }
    case 'skip-work':
      return { kind: 'skip', at };
    case 'skip':
      return { kind: 'skip', at: undefined };
    case 'pause':
    case 'resume':
    case 'retry':
    case 'abort':
      return { kind: command };
  }
}

/** Calls `check` with the run before and after every event of a random history. */
export function forAllHistories(
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
