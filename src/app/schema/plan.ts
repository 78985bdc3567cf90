import { z } from 'zod';
import type { Finding } from '../../plan/finding.ts';
import type { Phase, Plan, PlannedNode, StageKind } from '../../plan/plan.ts';
import type { PlanRequest } from '../../plan/request.ts';
import type { PlanRecord } from '../ports.ts';
import { signedDecision } from './approval.ts';
import { id, milliseconds, minor, orAbsent, text, version } from './common.ts';

export const phase: z.ZodType<Phase> = z.enum(['control-plane', 'kubelet']);
export const stageKind: z.ZodType<StageKind> = z.enum(['control-plane', 'workers']);
export const kubeadm: z.ZodType<'apply' | 'node'> = z.enum(['apply', 'node']);

/** A DNS subdomain, as the API server requires of a node's name: it ends up in commands and in paths. */
export const nodeName: z.ZodType<string> = z.string().regex(/^[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?$/);

export const planRequest: z.ZodType<PlanRequest> = z.object({
  target: z.discriminatedUnion('kind', [
    z.object({ kind: z.literal('next') }),
    z.object({ kind: z.literal('patch') }),
    z.object({ kind: z.literal('latest') }),
    z.object({ kind: z.literal('minor'), minor }),
    z.object({ kind: z.literal('version'), version }),
  ]),
  strategy: z.literal('rolling'),
  only: orAbsent(stageKind),
});

const finding: z.ZodType<Finding> = z.object({
  code: text,
  severity: z.enum(['block', 'unknown', 'warn', 'deferred', 'ok']),
  sentence: text,
  remedy: text,
});

const plannedNode: z.ZodType<PlannedNode> = z.object({
  name: nodeName,
  uid: text,
  role: z.enum(['control-plane', 'worker']),
  version,
  kubeadm: orAbsent(kubeadm),
});

const stage = z.object({
  kind: stageKind,
  passes: z.array(z.object({ phase, nodes: z.array(plannedNode) })),
});

const plan: z.ZodType<Plan> = z.object({
  id,
  cluster: z.object({ name: text, uid: text }),
  requestedBy: text,
  request: planRequest,
  createdAt: milliseconds,
  expiresAt: milliseconds,
  from: version,
  to: version,
  hops: z.array(z.object({ from: version, to: version, stages: z.array(stage) })),
  excluded: z.array(z.object({ node: nodeName, why: text })),
  findings: z.array(finding),
  estimate: z.object({ seconds: z.number().nonnegative(), basis: text }),
  digest: text,
});

export const conversation = z.object({ channel: text, user: text });

export const planRecord: z.ZodType<PlanRecord> = z.object({
  plan,
  conversation,
  decisions: z.array(signedDecision),
  state: z.discriminatedUnion('kind', [
    z.object({ kind: z.literal('open') }),
    z.object({ kind: z.literal('checking') }),
    z.object({ kind: z.literal('rejected'), by: text, reason: text }),
    z.object({ kind: z.literal('stale'), changes: z.array(text) }),
    z.object({ kind: z.literal('running'), runId: id }),
    z.object({ kind: z.literal('over'), runId: id }),
  ]),
});
