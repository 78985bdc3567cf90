import fc from 'fast-check';
import type { Blocker } from '../../../../src/run/blocker.ts';
import { newRun } from '../../../../src/run/new-run.ts';
import type { RunNote } from '../../../../src/run/note.ts';
import type { RunState, RunStatus, WorkState } from '../../../../src/run/run.ts';
import { plan } from './plans.ts';
import { many, odd, time } from './words.ts';

const budget = fc.record({
  name: odd,
  rule: odd,
  healthy: fc.nat(),
  desired: fc.nat(),
  expected: fc.nat(),
  allowed: fc.nat(),
  evicting: fc.nat(),
  alwaysEvictUnhealthy: fc.boolean(),
});
const blocker: fc.Arbitrary<Blocker> = fc.record({
  pod: odd,
  uid: odd,
  ready: fc.boolean(),
  owner: odd,
  since: time,
  cause: fc.oneof(
    fc.record({ kind: fc.constant('budget' as const), budget }),
    fc.record({ kind: fc.constant('budgets' as const), names: many(odd, 4) }),
    fc.record({
      kind: fc.constant('denied' as const),
      by: fc.record({ kind: fc.constantFrom('webhook', 'policy'), name: odd }),
      detail: odd,
    }),
    fc.record({ kind: fc.constant('trouble' as const), code: fc.constantFrom(undefined, 429, 503), detail: odd }),
    fc.record({ kind: fc.constant('refused' as const), detail: odd }),
    fc.record({ kind: fc.constant('stopping' as const), graceSeconds: fc.nat() }),
  ),
});
const step = fc.constantFrom('claim', 'preflight', 'cordon', 'drain', 'upgrade', 'ready', 'uncordon', 'gates');
const closed = fc.record({
  gate: fc.constantFrom('node', 'daemon-pods', 'volumes', 'workloads', 'prometheus', 'soak'),
  why: odd,
});
const workState: fc.Arbitrary<WorkState> = fc.oneof(
  fc.constant<WorkState>({ kind: 'queued', attempt: 1 }),
  fc.constant<WorkState>({ kind: 'done', attempt: 1, startedAt: 0, finishedAt: 1 }),
  fc.record({ kind: fc.constant('skipped' as const), by: odd, at: time }),
  fc.record({
    kind: fc.constant('active' as const),
    attempt: fc.integer({ min: 1, max: 1_000 }),
    step,
    startedAt: time,
    stepSince: time,
    blockers: many(blocker, 8),
    toldAt: fc.constant(undefined),
    closed: many(closed, 9),
    countedFrom: time,
    waiting: fc.option(fc.record({ by: odd, order: odd }), { nil: undefined }),
    forced: fc.constant([]),
    skipping: fc.constant(undefined),
    givenUp: fc.option(fc.record({ by: odd, at: time }), { nil: undefined }),
  }),
  fc.record({
    kind: fc.constant('failed' as const),
    attempt: fc.constant(1),
    startedAt: time,
    at: time,
    step,
    reason: odd,
    log: many(odd, 30),
  }),
);
const status: fc.Arbitrary<RunStatus> = fc.oneof(
  fc.constant<RunStatus>({ kind: 'running' }),
  fc.record({
    kind: fc.constant('halted' as const),
    work: odd,
    at: time,
    paused: fc.option(fc.record({ by: odd, at: time }), { nil: undefined }),
  }),
  fc.record({ kind: fc.constantFrom('paused', 'aborting', 'aborted'), by: odd, at: time }),
  fc.record({ kind: fc.constant('finished' as const), at: time }),
);
/** The drawn states are dealt out over and over again, so that a thousand nodes may be in flight or have failed. */
export const run: fc.Arbitrary<RunState> = fc
  .record({ plan, status, states: fc.array(workState, { minLength: 1, maxLength: 5 }) })
  .map(({ plan: made, status: now, states }) => {
    const fresh = newRun(made, { id: 'r1', now: 0 });
    const dealt = fresh.works.map((work, place) => ({ ...work, state: states[place % states.length] ?? work.state }));
    const leaving = dealt.map(({ key }) => ({ work: key, attempt: 1, waitsFor: key }));
    return { ...fresh, status: now, works: dealt, leaving };
  });

const order = fc.constantFrom('pause', 'resume', 'abort', 'retry', 'skip', 'wait', 'force', 'out-of-service');
export const note: fc.Arbitrary<RunNote> = fc.oneof(
  fc.record({ kind: fc.constantFrom('held', 'cluster-refused'), why: odd }),
  fc.record({
    kind: fc.constant('failed' as const),
    node: odd,
    phase: fc.constantFrom('control-plane', 'kubelet'),
    step,
    reason: odd,
    log: many(odd, 200),
  }),
  fc.record({
    kind: fc.constant('drain-blocked' as const),
    work: fc.constant('h0-0-w0'),
    attempt: fc.constant(1),
    node: odd,
    blockers: many(blocker, 200),
    again: fc.boolean(),
  }),
  fc.record({ kind: fc.constant('node-recordoned' as const), node: odd, hostAtWork: fc.boolean() }),
  fc.record({ kind: fc.constant('give-back-waits' as const), node: odd, why: odd }),
  fc.record({ kind: fc.constant('baseline-lost' as const), node: odd }),
  fc.record({ kind: fc.constant('pods-tied' as const), node: odd, pods: many(odd, 200) }),
  fc.record({ kind: fc.constant('node-vanished' as const), node: odd, step, replaced: fc.boolean() }),
  fc.record({
    kind: fc.constant('gates-closed' as const),
    node: odd,
    step,
    skippable: fc.boolean(),
    closed: many(closed, 9),
  }),
  fc.record({ kind: fc.constant('gates-waived' as const), node: odd, by: odd }),
  fc.record({ kind: fc.constant('pod-deleted' as const), node: odd, pod: odd, by: odd }),
  fc.record({ kind: fc.constant('out-of-service' as const), node: odd, by: odd, ours: fc.boolean() }),
  fc.record({ kind: fc.constant('back-in-service' as const), node: odd }),
  fc.record({ kind: fc.constant('command-refused' as const), command: order, by: odd, why: odd }),
  fc.record({
    kind: fc.constant('commanded' as const),
    command: order,
    by: odd,
    atOnce: many(odd, 200),
    later: many(odd, 200),
    staysPaused: fc.boolean(),
    pod: fc.option(odd, { nil: undefined }),
  }),
  fc.record({ kind: fc.constant('finished' as const), nodes: fc.nat(), ms: fc.nat() }),
);
