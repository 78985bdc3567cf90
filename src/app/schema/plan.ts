import { z } from 'zod';
import type { LabelSelector } from '../../cluster/selector.ts';
import type { NodeRole } from '../../cluster/snapshot.ts';
import { POOL_FORM } from '../../command/forms.ts';
import type { Estimate } from '../../plan/estimate.ts';
import type { Finding } from '../../plan/finding.ts';
import type { DriverChoice, Phase, Plan, PlannedNode, StageKind } from '../../plan/plan.ts';
import type { DrainOptions, PlanRequest } from '../../plan/request.ts';
import type { PlanRecord } from '../ports.ts';
import { signedAsking, signedDecision } from './approval.ts';
import { count, id, milliseconds, minor, orAbsent, text, version } from './common.ts';

export const phase: z.ZodType<Phase> = z.enum(['control-plane', 'config', 'kubelet']);
export const stageKind: z.ZodType<StageKind> = z.enum(['control-plane', 'workers']);
export const nodeRole: z.ZodType<NodeRole> = z.enum(['control-plane', 'worker']);
export const kubeadm: z.ZodType<'apply' | 'node'> = z.enum(['apply', 'node']);

/** A DNS subdomain, as the API server requires of a node's name: it ends up in commands and in paths. */
export const nodeName: z.ZodType<string> = z.string().regex(/^[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?$/);

export const pool: z.ZodType<string> = z.string().regex(POOL_FORM);
/** Ends up in a command. */
const preflightError: z.ZodType<string> = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9_.-]{0,100}$/);

const labelSelector: z.ZodType<LabelSelector> = z.object({
  matchLabels: z.record(z.string(), z.string()),
  matchExpressions: z.array(
    z.object({
      key: text,
      operator: z.enum(['In', 'NotIn', 'Exists', 'DoesNotExist', 'Gt', 'Lt']),
      values: z.array(text),
    }),
  ),
});

/** An empty one says nothing, and would be another digest than none. */
const drainOptions: z.ZodType<DrainOptions> = z
  .object({
    force: z.exactOptional(z.boolean()),
    deleteEmptyDirData: z.exactOptional(z.boolean()),
    graceSeconds: z.exactOptional(z.int().min(-1)),
    skipWaitForDeleteTimeoutSeconds: z.exactOptional(count),
    podSelector: z.exactOptional(labelSelector),
    order: z.exactOptional(z.enum(['together', 'priority'])),
  })
  .refine(options => Object.keys(options).length > 0);

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
  pool: z.exactOptional(pool),
  nodes: z.exactOptional(z.array(nodeName)),
  fewestDrains: z.exactOptional(z.boolean()),
  drain: z.exactOptional(drainOptions),
});

const driver: z.ZodType<DriverChoice> = z.object({
  kind: z.literal('kubeadm'),
  ignorePreflightErrors: z.array(preflightError),
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
  role: nodeRole,
  version,
  controlPlane: orAbsent(version),
  ahead: version.optional(),
  kubeadm: orAbsent(kubeadm),
});

const estimate: z.ZodType<Estimate> = z.object({
  seconds: z.number().nonnegative(),
  basis: text,
  parts: z.array(
    z.object({ phase, role: nodeRole, kubeadm: orAbsent(kubeadm), nodes: count, secondsEach: count, measured: count }),
  ),
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
  driver,
  elasticPools: z.array(labelSelector),
  createdAt: milliseconds,
  expiresAt: milliseconds,
  from: version,
  to: version,
  hops: z.array(z.object({ from: version, to: version, stages: z.array(stage) })),
  excluded: z.array(z.object({ node: nodeName, why: text })),
  unavailable: z.array(z.object({ node: nodeName, uid: text })).default([]),
  findings: z.array(finding),
  estimate,
  digest: text,
});

export const conversation = z.object({ channel: text, user: text });

export const planRecord: z.ZodType<PlanRecord> = z.object({
  plan,
  conversation,
  asking: signedAsking,
  decisions: z.array(signedDecision),
  count: orAbsent(z.object({ need: count, objections: z.array(z.object({ decision: id, by: text, why: text })) })),
  state: z.discriminatedUnion('kind', [
    z.object({ kind: z.literal('open') }),
    z.object({ kind: z.literal('checking') }),
    z.object({ kind: z.literal('waiting'), why: text }),
    z.object({ kind: z.literal('rejected'), by: text, reason: text }),
    z.object({ kind: z.literal('stale'), changes: z.array(text) }),
    z.object({ kind: z.literal('running'), runId: id }),
    z.object({ kind: z.literal('over'), runId: id }),
  ]),
});
