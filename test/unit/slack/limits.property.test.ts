import fc from 'fast-check';
import type { NodeRow, StatusReport } from '../../../src/app/messages.ts';
import type { PlanRecord, PlanState } from '../../../src/app/ports.ts';
import { checkMessageBlocks, checkView } from '../../../src/demo/slack/block-check.ts';
import type { Finding } from '../../../src/plan/finding.ts';
import type { Plan } from '../../../src/plan/plan.ts';
import type { PlanRequest } from '../../../src/plan/request.ts';
import type { VersionsView } from '../../../src/plan/versions-view.ts';
import type { Blocker } from '../../../src/run/blocker.ts';
import { newRun } from '../../../src/run/new-run.ts';
import type { RunNote, RunState, RunStatus, WorkState } from '../../../src/run/run.ts';
import type { SlackMessage } from '../../../src/slack/blocks.ts';
import { answerMessage } from '../../../src/slack/views/answer-message.ts';
import { outOfServiceModal } from '../../../src/slack/views/out-of-service-modal.ts';
import { planMessage } from '../../../src/slack/views/plan-message.ts';
import { approveModal, detailsModal, rejectModal } from '../../../src/slack/views/plan-modals.ts';
import { runMessage } from '../../../src/slack/views/run-message.ts';
import { noteMessage, stageNodesMessage } from '../../../src/slack/views/thread-message.ts';
import { askingOf } from '../../support/asking.ts';
import { examplePlan } from '../run/example.ts';
import { POLICY } from './examples.ts';

/** Names and sentences as no cluster should have them. Blank or not, long or short, and full of markup. */
const odd = fc.oneof(
  fc.constantFrom(
    '',
    ' ',
    'web-1',
    '<!channel>',
    '&&&&&&&&',
    '```',
    'x'.repeat(253),
    '<&>'.repeat(700),
    '🧨'.repeat(900),
  ),
  fc.string({ maxLength: 400 }),
);
const time = fc.integer({ min: 0, max: 4_000_000_000_000 });
/** A few that are drawn, dealt out over and over again: cheaper than to draw a thousand. */
const many = <T>(item: fc.Arbitrary<T>, most: number): fc.Arbitrary<T[]> =>
  fc
    .tuple(fc.array(item, { minLength: 1, maxLength: 4 }), fc.oneof(fc.nat(4), fc.nat(most)))
    .map(([drawn, count]) => Array.from({ length: count }, (_, place) => drawn[place % drawn.length] as T));

const finding: fc.Arbitrary<Finding> = fc.record({
  code: odd,
  severity: fc.constantFrom('block', 'unknown', 'warn', 'deferred', 'ok'),
  sentence: odd,
  remedy: odd,
});

/** Up to a thousand nodes, whose names may be long. */
const plan: fc.Arbitrary<Plan> = fc
  .record({
    size: fc.record({
      controlPlanes: fc.integer({ min: 0, max: 7 }),
      workers: fc.constantFrom(0, 1, 30, 300, 1_000),
      hops: fc.integer({ min: 1, max: 5 }),
    }),
    name: odd,
    suffix: fc.constantFrom('', '.eu-central-1.compute.internal', '&'.repeat(60)),
    requestedBy: odd,
    findings: many(finding, 120),
    excluded: many(fc.record({ node: odd, why: odd }), 60),
    basis: odd,
    expiresAt: time,
    ignored: many(odd, 60),
    pools: many(odd, 30),
    asks: fc.constantFrom<Partial<PlanRequest>>(
      {},
      { pool: 'p'.repeat(300), only: 'workers' },
      { nodes: Array.from({ length: 900 }, (_, place) => `node-${place}`), fewestDrains: true },
      {
        drain: {
          force: false,
          deleteEmptyDirData: false,
          graceSeconds: 99_999,
          skipWaitForDeleteTimeoutSeconds: 999_999,
          podSelector: {
            matchLabels: {},
            matchExpressions: [{ key: 'k'.repeat(200), operator: 'Exists', values: [] }],
          },
          order: 'priority',
        },
      },
    ),
  })
  .map(({ size, name, suffix, basis, ignored, pools, asks, ...rest }) => {
    const base = examplePlan(size);
    return {
      ...base,
      ...rest,
      cluster: { ...base.cluster, name },
      request: { ...base.request, ...asks },
      driver: { kind: 'kubeadm', ignorePreflightErrors: ignored },
      elasticPools: pools.map(pool => ({ matchLabels: { pool }, matchExpressions: [] })),
      estimate: { seconds: 1_000_000, basis, parts: [] },
      digest: 'f'.repeat(64),
      hops: base.hops.map(hop => ({
        ...hop,
        stages: hop.stages.map(stage => ({
          ...stage,
          passes: stage.passes.map(pass => ({
            ...pass,
            nodes: pass.nodes.map(node => ({ ...node, name: node.name + suffix })),
          })),
        })),
      })),
    };
  });

const state: fc.Arbitrary<PlanState> = fc.oneof(
  fc.constantFrom<PlanState>({ kind: 'open' }, { kind: 'checking' }, { kind: 'running', runId: 'r1' }),
  fc.record({ kind: fc.constant('rejected' as const), by: odd, reason: odd }),
  fc.record({ kind: fc.constant('waiting' as const), why: odd }),
  fc.record({ kind: fc.constant('stale' as const), changes: many(odd, 60) }),
);

const ASKING = askingOf('p1', { channel: 'C1', user: 'UALICE' });

const record: fc.Arbitrary<PlanRecord> = fc
  .record({
    plan,
    state,
    objected: fc.option(many(fc.record({ decision: fc.constantFrom('d0', 'd1', 'd2'), by: odd, why: odd }), 3)),
    decided: many(fc.record({ by: odd, reason: odd, verdict: fc.constantFrom('approve', 'reject'), at: time }), 30),
  })
  .map(({ plan: made, state: now, objected, decided }) => ({
    plan: made,
    state: now,
    conversation: { channel: 'C1', user: 'UALICE' },
    asking: ASKING,
    count: objected ? { need: 2, objections: objected } : undefined,
    decisions: decided.map((decision, place) => ({
      signature: 's',
      value: { ...decision, id: `d${place}`, planId: 'p1', digest: made.digest, cluster: 'prod', via: 'UBOB' },
    })),
  }));

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
const run: fc.Arbitrary<RunState> = fc
  .record({ plan, status, states: fc.array(workState, { minLength: 1, maxLength: 5 }) })
  .map(({ plan: made, status: now, states }) => {
    const fresh = newRun(made, { id: 'r1', now: 0 });
    const dealt = fresh.works.map((work, place) => ({ ...work, state: states[place % states.length] ?? work.state }));
    const leaving = dealt.map(({ key }) => ({ work: key, attempt: 1, waitsFor: key }));
    return { ...fresh, status: now, works: dealt, leaving };
  });

const order = fc.constantFrom('pause', 'resume', 'abort', 'retry', 'skip', 'wait', 'force', 'out-of-service');
const note: fc.Arbitrary<RunNote> = fc.oneof(
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
  fc.record({ kind: fc.constant('gates-closed' as const), node: odd, step, closed: many(closed, 9) }),
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

const row: fc.Arbitrary<NodeRow> = fc.record({ name: odd, status: odd, roles: odd, createdAt: time, version: odd });
const rows = many(row, 1_000);
const perhaps = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: undefined });
const known = fc.record({ asOf: odd, source: odd, staleDays: perhaps(fc.nat()), daysAhead: perhaps(fc.nat()) });
const report: fc.Arbitrary<StatusReport> = fc.record({
  distributions: many(odd, 5),
  components: many(
    fc.record({
      kind: odd,
      version: odd,
      allowed: perhaps(odd),
      verdict: fc.constantFrom('within' as const, 'too old' as const, 'not held' as const, 'unreadable' as const),
      count: fc.nat(),
      nodes: many(odd, 20),
    }),
    60,
  ),
  skew: fc.record({ sentences: many(odd, 20), total: fc.nat() }),
  kubectl: perhaps(odd),
  support: perhaps(
    fc.record({
      minor: odd,
      state: fc.constantFrom('supported' as const, 'ended' as const, 'unknown' as const),
      day: perhaps(odd),
      daysLeft: perhaps(fc.integer()),
      newestPatch: perhaps(odd),
      newest: odd,
      known,
    }),
  ),
  nodes: fc.record({ total: fc.nat(), ready: fc.nat(), cordoned: fc.nat() }),
  unreadable: many(fc.record({ what: odd, why: odd }), 10),
  run: fc.option(fc.record({ id: odd, status: odd, done: fc.nat(), total: fc.nat() }), { nil: undefined }),
});
const versions: fc.Arbitrary<VersionsView> = fc.record({
  present: perhaps(odd),
  presentMinor: perhaps(odd),
  targets: many(fc.record({ word: fc.constantFrom('patch' as const, 'next' as const), version: odd }), 3),
  minors: many(
    fc.record({
      minor: odd,
      newestPatch: odd,
      released: perhaps(odd),
      endOfLife: perhaps(odd),
      state: fc.constantFrom('supported' as const, 'ended' as const),
    }),
    40,
  ),
  planned: perhaps(fc.record({ minor: odd, day: odd })),
  known,
});

/** Slack's own rules, as the simulated Slack holds them; the notification is short, and nobody is called by it. */
function expectAccepted({ text, blocks }: SlackMessage): void {
  checkMessageBlocks(blocks);
  expect(text.length).toBeLessThan(4_000);
  expect(JSON.stringify({ text, blocks })).not.toMatch(/<!(channel|here|everyone)/);
}

const few = { numRuns: 40 };

test('whatever the plan, its message and its modals are what Slack accepts', () => {
  fc.assert(
    fc.property(record, time, (made, now) => {
      expectAccepted(planMessage({ record: made, policy: POLICY, run: undefined, now }));
      for (const view of [approveModal(made, 'C1'), rejectModal(made, 'C1'), detailsModal(made)]) {
        checkView(view);
        // views.open refuses more than 250 kB
        expect(Buffer.byteLength(JSON.stringify(view))).toBeLessThan(250_000);
      }
    }),
    few,
  );
});

test('whatever the run, its status message is what Slack accepts', () => {
  fc.assert(
    fc.property(run, made => expectAccepted(runMessage(made))),
    few,
  );
});

test('however long the name of a node, the modal that asks for it is what Slack accepts', () => {
  const node = 'n'.repeat(253);
  checkView(outOfServiceModal({ runId: 'r1', at: { work: `h0-2-${node}`, attempt: 1 }, node, channel: 'C1' }));
});

test('whatever is told in the thread is what Slack accepts', () => {
  fc.assert(
    fc.property(run, note, rows, time, (made, told, nodes, now) => {
      expectAccepted(noteMessage(made, told));
      expectAccepted(stageNodesMessage(made, { hop: 0, stage: 'workers', rows: nodes }, now));
    }),
    few,
  );
});

test('whatever versions there are, the message about them is what Slack accepts', () => {
  fc.assert(
    fc.property(odd, versions, (cluster, view) => {
      expectAccepted(answerMessage(cluster, { kind: 'versions', versions: view }, 0));
    }),
    few,
  );
});

test('whatever a worker answers is what Slack accepts', () => {
  fc.assert(
    fc.property(odd, report, rows, odd, time, (cluster, status, nodes, sentence, now) => {
      expectAccepted(answerMessage(cluster, { kind: 'status', status }, now));
      expectAccepted(answerMessage(cluster, { kind: 'nodes', rows: nodes }, now));
      expectAccepted(answerMessage(cluster, { kind: 'refused', sentence, instead: sentence }, now));
      expectAccepted(answerMessage(cluster, { kind: 'unreachable', detail: sentence }, now));
    }),
    few,
  );
});
