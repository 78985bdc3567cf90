import { z } from 'zod';
import type { Duration } from '../../plan/estimate.ts';
import type { Blocker, BlockerCause, BlockingBudget } from '../../run/blocker.ts';
import type { RunNote } from '../../run/note.ts';
import type { ClosedGate, RunEffect, RunEvent, RunState, RunStatus, Step, Work, WorkState } from '../../run/run.ts';
import type { RunRecord } from '../ports.ts';
import type { Baseline, WorkloadKind } from '../workload-ports.ts';
import { order, orderKind, signedRunCommand } from './approval.ts';
import { attempt, count, id, milliseconds, orAbsent, text, version } from './common.ts';
import { conversation, kubeadm, nodeName, nodeRole, phase, stageKind } from './plan.ts';

const step: z.ZodType<Step> = z.enum([
  'claim',
  'preflight',
  'cordon',
  'drain',
  'upgrade',
  'ready',
  'uncordon',
  'gates',
]);
const lines = z.array(text);
const blockingBudget: z.ZodType<BlockingBudget> = z.object({
  name: text,
  rule: text,
  healthy: count,
  desired: count,
  expected: count,
  allowed: count,
  evicting: count.default(0),
  alwaysEvictUnhealthy: z.boolean(),
});
const blockerCause: z.ZodType<BlockerCause> = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('budget'), budget: blockingBudget }),
  z.object({ kind: z.literal('budgets'), names: z.array(text) }),
  z.object({
    kind: z.literal('denied'),
    by: z.object({ kind: z.enum(['webhook', 'policy']), name: text }),
    detail: text,
  }),
  z.object({ kind: z.literal('trouble'), code: orAbsent(count), detail: text }),
  z.object({ kind: z.literal('refused'), detail: text }),
  z.object({ kind: z.literal('stopping'), graceSeconds: count }),
]);
const blockers: z.ZodType<Blocker[]> = z.array(
  z.object({ pod: text, uid: text, ready: z.boolean(), owner: text, since: milliseconds, cause: blockerCause }),
);
const closed: z.ZodType<ClosedGate[]> = z.array(
  z.object({ gate: z.enum(['host', 'node', 'daemon-pods', 'volumes', 'workloads', 'prometheus', 'soak']), why: text }),
);
const failure = { step, reason: text, log: lines, silent: z.exactOptional(z.literal(true)) };

const status: z.ZodType<RunStatus> = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('running') }),
  z.object({ kind: z.literal('paused'), by: text, at: milliseconds }),
  z.object({
    kind: z.literal('halted'),
    work: id,
    at: milliseconds,
    paused: orAbsent(z.object({ by: text, at: milliseconds })),
  }),
  z.object({ kind: z.literal('aborting'), by: text, at: milliseconds }),
  z.object({ kind: z.literal('aborted'), by: text, at: milliseconds }),
  z.object({ kind: z.literal('finished'), at: milliseconds }),
]);

/** What has come since the first build of 0.1.0 has the value that its absence meant then. */
const activeState = z
  .object({
    kind: z.literal('active'),
    attempt,
    step,
    startedAt: milliseconds,
    stepSince: milliseconds,
    blockers: blockers.default([]),
    toldAt: orAbsent(milliseconds),
    closed: closed.default([]),
    countedFrom: orAbsent(milliseconds),
    waiting: orAbsent(z.object({ by: text, order: id })),
    forced: z.array(z.object({ uid: id, pod: text, by: text })).default([]),
    skipping: orAbsent(z.object({ by: text, at: milliseconds })),
    givenUp: orAbsent(z.object({ by: text, at: milliseconds })),
  })
  .transform(({ countedFrom, ...state }) => ({ ...state, countedFrom: countedFrom ?? state.stepSince }));

const workState: z.ZodType<WorkState> = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('queued'), attempt, resumesAt: z.exactOptional(z.literal('gates')) }),
  activeState,
  z.object({ kind: z.literal('done'), attempt, startedAt: milliseconds, finishedAt: milliseconds }),
  z.object({ kind: z.literal('failed'), attempt, startedAt: milliseconds, at: milliseconds, ...failure }),
  z.object({ kind: z.literal('skipped'), by: text, at: milliseconds }),
  z.object({ kind: z.literal('vanished'), at: milliseconds }),
]);

const work: z.ZodType<Work> = z.object({
  key: id,
  group: count,
  hop: count,
  stage: stageKind,
  phase,
  node: nodeName,
  kubelet: version,
  kubeadm: orAbsent(kubeadm),
  target: version,
  state: workState,
});

const run: z.ZodType<RunState> = z.object({
  id,
  planId: id,
  cluster: text,
  digest: text,
  seq: count,
  startedAt: milliseconds,
  status,
  hold: orAbsent(z.object({ why: text, since: milliseconds, until: orAbsent(milliseconds) })),
  joined: z.array(z.object({ node: nodeName, uid: text })).default([]),
  gone: z.array(nodeName).default([]),
  finished: z.array(nodeName).default([]),
  outside: z.array(nodeName).default([]),
  unfit: z.array(nodeName).default([]),
  works: z.array(work),
  leaving: z.array(z.object({ work: id, attempt, waitsFor: orAbsent(text) })).default([]),
});

export const runEvent: z.ZodType<RunEvent> = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('begin') }),
  z.object({ kind: z.literal('tick') }),
  z.object({ kind: z.literal('step'), work: id, attempt, step }),
  z.object({ kind: z.literal('blocked'), work: id, attempt, blockers }),
  z.object({ kind: z.literal('done'), work: id, attempt }),
  z.object({ kind: z.literal('failed'), work: id, attempt, ...failure }),
  z.object({ kind: z.literal('gated'), work: id, attempt, closed, overdue: z.boolean() }),
  z.object({ kind: z.literal('recordoned'), work: id, attempt, hostAtWork: z.boolean().default(false) }),
  z.object({ kind: z.literal('baseline-lost'), work: id, attempt }),
  z.object({ kind: z.literal('tied'), work: id, attempt, pods: z.array(text) }),
  z.object({ kind: z.literal('given-back'), work: id, attempt, gone: z.exactOptional(z.literal(true)) }),
  z.object({ kind: z.literal('give-back-waits'), work: id, attempt, why: text }),
  z.object({ kind: z.literal('deferred'), work: id, attempt, why: text }),
  z.object({ kind: z.literal('pod-deleted'), work: id, attempt, uid: id }),
  z.object({ kind: z.literal('vanished'), work: id, attempt, step, replaced: z.boolean() }),
  z.object({ kind: z.literal('stopped'), work: id, attempt, waits: z.exactOptional(z.literal(true)) }),
  z.object({ kind: z.literal('command'), id, order, by: text }),
]);

const onNode = { node: nodeName, phase };

export const runNote: z.ZodType<RunNote> = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('started') }),
  z.object({
    kind: z.literal('drifted'),
    joined: z.array(nodeName),
    gone: z.array(nodeName),
    finished: z.array(nodeName),
    outside: z.array(nodeName),
    unfit: z.array(nodeName),
  }),
  z.object({ kind: z.literal('node-started'), ...onNode, target: version }),
  z.object({ kind: z.literal('node-done'), ...onNode, target: version, ms: milliseconds }),
  z.object({ kind: z.literal('node-skipped'), ...onNode, by: text, reached: orAbsent(version) }),
  z.object({ kind: z.literal('drain-blocked'), work: id, attempt, node: nodeName, blockers, again: z.boolean() }),
  z.object({ kind: z.literal('node-vanished'), node: nodeName, step, replaced: z.boolean() }),
  z.object({ kind: z.literal('node-recordoned'), node: nodeName, hostAtWork: z.boolean().default(false) }),
  z.object({ kind: z.literal('baseline-lost'), node: nodeName }),
  z.object({ kind: z.literal('pods-tied'), node: nodeName, pods: z.array(text) }),
  z.object({
    kind: z.literal('gates-closed'),
    node: nodeName,
    step: step.default('gates'),
    skippable: z.boolean().default(true),
    closed,
  }),
  z.object({ kind: z.literal('gates-waived'), node: nodeName, by: text }),
  z.object({ kind: z.literal('node-given-back'), node: nodeName }),
  z.object({ kind: z.literal('node-given-back-unseen'), ...onNode, target: version }),
  z.object({ kind: z.literal('left-node-gone'), node: nodeName }),
  z.object({ kind: z.literal('give-back-waits'), node: nodeName, why: text }),
  z.object({ kind: z.literal('failed'), ...onNode, ...failure }),
  z.object({ kind: z.literal('out-of-service'), node: nodeName, by: text, ours: z.boolean() }),
  z.object({ kind: z.literal('back-in-service'), node: nodeName }),
  z.object({
    kind: z.literal('commanded'),
    command: orderKind,
    by: text,
    atOnce: z.array(nodeName),
    later: z.array(nodeName),
    staysPaused: z.boolean().default(false),
    pod: orAbsent(text),
  }),
  z.object({ kind: z.literal('pod-deleted'), node: nodeName, pod: text, by: text }),
  z.object({ kind: z.literal('command-refused'), command: orderKind, by: text, why: text }),
  z.object({ kind: z.literal('held'), why: text }),
  z.object({ kind: z.literal('released') }),
  z.object({ kind: z.literal('cluster-refused'), why: text }),
  z.object({ kind: z.literal('aborted'), done: count, left: count }),
  z.object({ kind: z.literal('finished'), nodes: count, ms: milliseconds }),
]);

const workloadKind: z.ZodType<WorkloadKind> = z.enum(['Deployment', 'StatefulSet', 'ReplicaSet']);

export const baseline: z.ZodType<Baseline> = z.object({
  ailing: z.array(text),
  workloads: z.array(z.object({ kind: workloadKind, namespace: text, name: text, ready: count })),
  tied: z.array(text).default([]),
});

export const duration: z.ZodType<Duration> = z.object({
  phase,
  role: nodeRole,
  kubeadm: orAbsent(kubeadm),
  ms: milliseconds,
});

const effect: z.ZodType<RunEffect> = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('start-work'), work: id, attempt }),
  z.object({ kind: z.literal('note'), id, note: runNote }),
  z.object({ kind: z.literal('steer') }),
  z.object({ kind: z.literal('show-status') }),
  z.object({ kind: z.literal('show-nodes'), id, hop: count, stage: stageKind }),
  z.object({ kind: z.literal('give-back'), work: id, attempt }),
  z.object({ kind: z.literal('out-of-service'), order: id }),
  z.object({ kind: z.literal('remember'), id, duration }),
  z.object({ kind: z.literal('end') }),
]);

export const runRecord: z.ZodType<RunRecord> = z.object({
  run,
  pending: z.array(effect).default([]),
  conversation,
  commands: z.array(signedRunCommand).default([]),
});
