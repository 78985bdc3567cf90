import type { ZodType } from 'zod';
import type { Answer, Ask, Notice } from '../../../src/app/messages.ts';
import type { PlanRecord, RunRecord } from '../../../src/app/ports.ts';
import { ask, nodeJob, notice } from '../../../src/app/schema/messages.ts';
import { planRecord } from '../../../src/app/schema/plan.ts';
import { runEvent, runRecord } from '../../../src/app/schema/run.ts';
import { statusReport } from '../../../src/app/status.ts';
import type { Plan } from '../../../src/plan/plan.ts';
import type { Reminder } from '../../../src/plan/reminders.ts';
import { versionsView } from '../../../src/plan/versions-view.ts';
import type { Blocker } from '../../../src/run/blocker.ts';
import { newRun } from '../../../src/run/new-run.ts';
import type { RunNote } from '../../../src/run/note.ts';
import type { RunEffect, RunEvent, RunState } from '../../../src/run/run.ts';
import { transition } from '../../../src/run/transition.ts';
import { askingOf } from '../../support/asking.ts';
import { EXAMPLE_CALENDAR } from '../../support/calendar.ts';
import { cluster, controlPlane, planned, pod, target, version, worker } from '../plan/cluster-builder.ts';
import {
  active,
  activeState,
  attempt,
  commandEvent,
  doneEvent,
  exampleBlocker,
  failedEvent,
  silentEvent,
} from '../run/example.ts';

const SNAPSHOT = cluster([controlPlane('cp-1', '1.35.4'), worker('w-1', '1.35.4'), worker('w-2', '1.35.4')], {
  pods: [pod('bare', 'w-1', { controller: undefined })],
});

export const PLAN: Plan = planned(SNAPSHOT, 'latest');

const CONVERSATION = { channel: 'C1', user: 'UALICE' };
const REPLY_TO = { ...CONVERSATION, responseUrl: 'https://hooks.slack.com/commands/1' };
const CLOSED = [{ gate: 'workloads', why: 'not back' }] as const;
const BLOCKERS: readonly Blocker[] = [
  exampleBlocker(),
  exampleBlocker({ uid: 'a', cause: { kind: 'budgets', names: ['shop/web', 'shop/all'] } }),
  exampleBlocker({ uid: 'b', cause: { kind: 'refused', detail: 'needs 2' } }),
  exampleBlocker({ uid: 'd', cause: { kind: 'trouble', code: 503, detail: 'no upstream' } }),
  exampleBlocker({ uid: 'e', cause: { kind: 'trouble', code: undefined, detail: 'it did not answer' } }),
  exampleBlocker({ uid: 'c', cause: { kind: 'stopping', graceSeconds: 30 } }),
];

const DECISION = {
  value: {
    id: 'd1',
    planId: PLAN.id,
    digest: PLAN.digest,
    cluster: 'prod',
    by: 'UBOB',
    via: 'SOPS',
    verdict: 'reject',
    reason: 'not today',
    at: 5,
  },
  signature: 'c2ln',
} as const;

const COMMAND = {
  value: {
    id: 'c1',
    runId: 'r1',
    cluster: 'prod',
    by: 'UBOB',
    via: 'UBOB',
    channel: 'C1',
    order: { kind: 'skip', at: { work: 'w', attempt: 1 } },
    at: 5,
  },
  signature: 'c2ln',
} as const;

/** A run that has been through everything that leaves a trace in its record. */
function eventfulRun(): {
  readonly run: RunState;
  readonly effects: readonly RunEffect[];
  readonly events: readonly RunEvent[];
} {
  let run = newRun(PLAN, { id: 'r1', now: 0 });
  const effects: RunEffect[] = [];
  const events: RunEvent[] = [];
  const happen = (event: RunEvent, hold?: string) => {
    const next = transition(run, event, events.length, hold);
    events.push(event);
    effects.push(...next.effects);
    run = next.run;
  };
  const under = () => {
    const work = active(run);
    if (!work) throw new Error('expected a work under way');
    return work;
  };
  happen({ kind: 'begin' });
  happen({ kind: 'tick' });
  happen(doneEvent(under()));
  happen({ kind: 'deferred', work: under().key, attempt: attempt(under()), why: 'It is night.' });
  happen({ kind: 'tick' }, 'It is dark.');
  happen({ kind: 'tick' });
  happen({ kind: 'step', work: under().key, attempt: attempt(under()), step: 'drain' });
  happen({ kind: 'blocked', work: under().key, attempt: attempt(under()), blockers: BLOCKERS });
  const pod = { namespace: 'shop', name: 'web-1', uid: 'uid-web-1' };
  happen(commandEvent({ kind: 'force', at: { work: under().key, attempt: attempt(under()) }, pod }));
  happen({ kind: 'pod-deleted', work: under().key, attempt: attempt(under()), uid: 'uid-web-1' });
  happen({ kind: 'recordoned', work: under().key, attempt: attempt(under()), hostAtWork: true });
  happen({ kind: 'tied', work: under().key, attempt: attempt(under()), pods: ['shop/db-0'] });
  happen({ kind: 'gated', work: under().key, attempt: attempt(under()), closed: CLOSED, overdue: true });
  happen(commandEvent({ kind: 'wait', at: { work: under().key, attempt: attempt(under()) } }));
  happen(commandEvent('pause'));
  happen(doneEvent(under()));
  happen(commandEvent('resume'));
  happen(failedEvent(under()));
  happen(commandEvent('skip'));
  const { key: work, node } = under();
  const at = { work, attempt: attempt(under()) };
  happen(silentEvent(under()));
  happen(commandEvent({ kind: 'out-of-service', at, node }));
  happen(commandEvent('retry'));
  happen({ kind: 'blocked', work: under().key, attempt: attempt(under()), blockers: BLOCKERS });
  happen({ kind: 'tick' }, 'It is night.');
  happen({ kind: 'tick' });
  happen({ kind: 'tick' }, 'It is night again.');
  happen(commandEvent({ kind: 'skip', at: { work: under().key, attempt: attempt(under()) } }));
  return { run, effects, events };
}

const EVENTFUL = eventfulRun();
export const { run: RUN, effects: EFFECTS } = EVENTFUL;
export const PLAN_RECORD: PlanRecord = {
  plan: PLAN,
  conversation: CONVERSATION,
  asking: askingOf(PLAN.id, CONVERSATION),
  decisions: [DECISION],
  count: { need: 2, objections: [{ decision: 'd1', by: 'UBOB', why: 'they are not among the approvers there' }] },
  state: { kind: 'open' },
};

export const RUN_RECORD: RunRecord = { run: RUN, pending: EFFECTS, conversation: CONVERSATION, commands: [COMMAND] };

const ASK: Ask = {
  id: 'a1',
  cluster: 'prod',
  replyTo: REPLY_TO,
  question: { kind: 'plan', request: { target: target('1.36.2'), strategy: 'rolling', only: 'workers' } },
  asking: askingOf('a1', CONVERSATION),
};

const ROWS = [{ name: 'w-1', status: 'Ready', roles: 'gpu', createdAt: 1, version: 'v1.35.4' }];
const ANSWERS: readonly Answer[] = [
  { kind: 'nothing-to-do', version: version('1.36.0-rc.1') },
  { kind: 'refused', sentence: 'No.', instead: 'This.' },
  { kind: 'unreachable', detail: 'no answer' },
  { kind: 'status', status: statusReport(SNAPSHOT, EXAMPLE_CALENDAR, RUN) },
  { kind: 'versions', versions: versionsView(SNAPSHOT, EXAMPLE_CALENDAR) },
  { kind: 'nodes', rows: ROWS },
  { kind: 'nodes', rows: ROWS, pool: 'gpu' },
];

export const NOTES: readonly RunNote[] = [
  ...EFFECTS.flatMap(effect => (effect.kind === 'note' ? [effect.note] : [])),
  {
    kind: 'gates-closed',
    node: 'w-1',
    step: 'drain',
    skippable: true,
    closed: [{ gate: 'volumes', why: 'pv-1 is attached' }],
  },
  { kind: 'gates-waived', node: 'w-1', by: 'UBOB' },
  { kind: 'command-refused', command: 'resume', by: 'UBOB', why: 'it is running' },
  { kind: 'aborted', done: 1, left: 2 },
  { kind: 'node-given-back', node: 'w-1' },
  { kind: 'out-of-service', node: 'w-1', by: 'UBOB', ours: true },
  { kind: 'back-in-service', node: 'w-1' },
  { kind: 'baseline-lost', node: 'w-1' },
  { kind: 'give-back-waits', node: 'w-1', why: 'Job j is not over' },
  { kind: 'node-vanished', node: 'w-1', step: 'gates', replaced: true },
  { kind: 'finished', nodes: 3, ms: 5 },
  { kind: 'node-given-back-unseen', node: 'w-1', phase: 'kubelet', target: version('1.36.4') },
  { kind: 'node-skipped', node: 'w-1', phase: 'kubelet', by: 'UBOB', reached: version('1.36.4') },
  { kind: 'left-node-gone', node: 'w-1' },
];

const REMINDERS: readonly Reminder[] = [
  { kind: 'support-ends', key: 'support-ends 1.35 30', minor: '1.35', day: '2027-02-28', daysLeft: 30 },
  { kind: 'support-ended', key: 'support-ended 1.34', minor: '1.34', day: undefined },
  { kind: 'new-patch', key: 'new-patch v1.36.4', from: 'v1.36.2', to: 'v1.36.4' },
];

const NOTICES: readonly Notice[] = [
  ...ANSWERS.map((answer): Notice => ({ kind: 'answer', replyTo: REPLY_TO, cluster: 'prod', answer })),
  ...REMINDERS.map((reminder): Notice => ({ kind: 'reminder', cluster: 'prod', channel: 'C1', reminder })),
  { kind: 'plan', planId: PLAN.id },
  { kind: 'plan-note', planId: PLAN.id, note: { kind: 'not-counted-yet', why: 'A file cannot be used.' } },
  { kind: 'plan-note', planId: PLAN.id, note: { kind: 'not-counted', by: 'UBOB', verdict: 'approve', why: 'no' } },
  { kind: 'run-status', runId: 'r1' },
  ...NOTES.map((note): Notice => ({ kind: 'run-note', runId: 'r1', note })),
  { kind: 'run-nodes', runId: 'r1', hop: 0, stage: 'workers', rows: ROWS },
];

const STATUSES: readonly RunState['status'][] = [
  { kind: 'running' },
  { kind: 'paused', by: 'UBOB', at: 1 },
  { kind: 'halted', work: 'h0-2-w-1', at: 1, paused: { by: 'UBOB', at: 1 } },
  { kind: 'aborting', by: 'UBOB', at: 1 },
  { kind: 'aborted', by: 'UBOB', at: 1 },
  { kind: 'finished', at: 1 },
];

const STATES: readonly PlanRecord['state'][] = [
  { kind: 'open' },
  { kind: 'checking' },
  { kind: 'waiting', why: 'It is outside of the maintenance windows.' },
  { kind: 'rejected', by: 'UBOB', reason: 'no' },
  { kind: 'stale', changes: ['Node w-3 is new.'] },
  { kind: 'running', runId: 'r1' },
  { kind: 'over', runId: 'r1' },
];

const TARGETS = ['next', 'patch', 'latest', '1.37', 'v1.36.0-rc.1', 'v1.34.7-eks-1234567'].map(target);

/** What a run hears of nodes that nobody goes on with. */
const LATE_EVENTS: readonly RunEvent[] = [
  { kind: 'stopped', work: 'h0-2-w-1', attempt: 1, waits: true },
  { kind: 'given-back', work: 'h0-2-w-1', attempt: 1, gone: true },
];

/** One whose only node is waited for no longer. */
const GIVEN_UP: RunState = {
  ...RUN,
  works: RUN.works.map(work => ({
    ...work,
    state: activeState({
      step: 'ready',
      givenUp: { by: 'UBOB', at: 7 },
      closed: [{ gate: 'host', why: 'it is at work' }],
    }),
  })),
};

/** What is written, with the schema that reads it. */
export const WRITTEN: readonly [string, ZodType, unknown][] = [
  ['a plan', planRecord, PLAN_RECORD],
  ...STATES.map((state): [string, ZodType, unknown] => [
    `a plan that is ${state.kind}`,
    planRecord,
    { ...PLAN_RECORD, state },
  ]),
  [
    'a plan approved without a reason',
    planRecord,
    {
      ...PLAN_RECORD,
      decisions: [{ ...DECISION, value: { ...DECISION.value, verdict: 'approve', reason: undefined } }],
    },
  ],
  ['a run', runRecord, RUN_RECORD],
  ['a run that gives nodes up', runRecord, { ...RUN_RECORD, run: GIVEN_UP }],
  ...STATUSES.map((status): [string, ZodType, unknown] => [
    `a run that is ${status.kind}`,
    runRecord,
    { ...RUN_RECORD, run: { ...RUN, status } },
  ]),
  ...[...EVENTFUL.events, ...LATE_EVENTS].map((event): [string, ZodType, unknown] => [
    `the event ${event.kind}`,
    runEvent,
    event,
  ]),
  ['a question for a plan', ask, ASK],
  ...TARGETS.map((wish): [string, ZodType, unknown] => [
    `a question for ${wish.kind}`,
    ask,
    { ...ASK, question: { kind: 'plan', request: { target: wish, strategy: 'rolling', only: undefined } } },
  ]),
  ['a question for the status', ask, { ...ASK, question: { kind: 'status' } }],
  ['a question for the nodes', ask, { ...ASK, question: { kind: 'nodes' } }],
  ['a question for the nodes of a pool', ask, { ...ASK, question: { kind: 'nodes', pool: 'gpu' } }],
  ['a job', nodeJob, { runId: 'r1', work: 'h0-2-w-1', attempt: 1 }],
  ...NOTICES.map((each): [string, ZodType, unknown] => [`a notice of ${each.kind}`, notice, each]),
];
