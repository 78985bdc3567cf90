import { z } from 'zod';
import type { Asking, Decision, RunCommand, Signed } from '../../approval/decision.ts';
import type { Attempt, Order } from '../../approval/order.ts';
import { attempt, id, milliseconds, orAbsent, text } from './common.ts';

const at: z.ZodType<Attempt> = z.object({ work: id, attempt });
export const order: z.ZodType<Order> = z.discriminatedUnion('kind', [
  z.object({ kind: z.enum(['pause', 'resume', 'abort', 'retry']) }),
  z.object({ kind: z.literal('skip'), at: orAbsent(at) }),
  z.object({ kind: z.literal('wait'), at }),
  z.object({ kind: z.literal('force'), at, pod: z.object({ namespace: id, name: id, uid: id }) }),
  z.object({ kind: z.literal('out-of-service'), at, node: id }),
]);
export const orderKind: z.ZodType<Order['kind']> = z.enum([
  'pause',
  'resume',
  'abort',
  'retry',
  'skip',
  'wait',
  'force',
  'out-of-service',
]);

function signed<T>(value: z.ZodType<T>): z.ZodType<Signed<T>> {
  return z.object({ value, signature: text });
}

export const signedDecision: z.ZodType<Signed<Decision>> = signed(
  z.object({
    id,
    planId: id,
    digest: text,
    cluster: text,
    by: id,
    via: id,
    verdict: z.enum(['approve', 'reject']),
    reason: orAbsent(text),
    at: milliseconds,
  }),
);

export const signedAsking: z.ZodType<Signed<Asking>> = signed(
  z.object({ id, cluster: text, by: id, via: id, channel: id, question: text, policy: text, at: milliseconds }),
);

export const signedRunCommand: z.ZodType<Signed<RunCommand>> = signed(
  z.object({ id, runId: id, cluster: text, by: id, via: id, channel: id, order, at: milliseconds }),
);
