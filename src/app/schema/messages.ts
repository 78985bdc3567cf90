import { z } from 'zod';
import type { Answer, Ask, NodeRow, Notice, PlanNote } from '../messages.ts';
import type { NodeJob } from '../ports.ts';
import { signedAsking } from './approval.ts';
import { attempt, count, id, milliseconds, text, version } from './common.ts';
import { nodeName, planRequest, pool, stageKind } from './plan.ts';
import { reminder } from './reminder.ts';
import { statusReport, versionsView } from './reports.ts';
import { runNote } from './run.ts';

const replyTo = z.object({ channel: text, user: text, responseUrl: text });

export const ask: z.ZodType<Ask> = z.object({
  id,
  cluster: text,
  replyTo,
  question: z.discriminatedUnion('kind', [
    z.object({ kind: z.literal('plan'), request: planRequest }),
    z.object({ kind: z.literal('status') }),
    z.object({ kind: z.literal('versions') }),
    z.object({ kind: z.literal('nodes'), pool: z.exactOptional(pool) }),
  ]),
  asking: signedAsking,
});

export const nodeJob: z.ZodType<NodeJob> = z.object({ runId: id, work: id, attempt });

const nodeRow: z.ZodType<NodeRow> = z.object({
  name: text,
  status: text,
  roles: text,
  createdAt: milliseconds,
  version: text,
});

const answer: z.ZodType<Answer> = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('nothing-to-do'),
    version,
    limit: z.exactOptional(text),
    givenBack: z.exactOptional(z.array(nodeName)),
  }),
  z.object({ kind: z.literal('refused'), sentence: text, instead: text }),
  z.object({ kind: z.literal('unreachable'), detail: text }),
  z.object({ kind: z.literal('status'), status: statusReport }),
  z.object({ kind: z.literal('versions'), versions: versionsView }),
  z.object({ kind: z.literal('nodes'), rows: z.array(nodeRow), pool: z.exactOptional(pool) }),
]);

const planNote: z.ZodType<PlanNote> = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('not-counted'), by: text, verdict: z.enum(['approve', 'reject']), why: text }),
  z.object({ kind: z.literal('not-counted-yet'), why: text }),
]);

export const notice: z.ZodType<Notice> = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('answer'), replyTo, cluster: text, answer }),
  z.object({ kind: z.literal('reminder'), cluster: text, channel: text, reminder }),
  z.object({ kind: z.literal('plan'), planId: id }),
  z.object({ kind: z.literal('plan-note'), planId: id, note: planNote }),
  z.object({ kind: z.literal('run-status'), runId: id }),
  z.object({ kind: z.literal('run-note'), runId: id, note: runNote }),
  z.object({
    kind: z.literal('run-nodes'),
    runId: id,
    hop: count,
    stage: stageKind,
    rows: z.array(nodeRow),
  }),
]);
