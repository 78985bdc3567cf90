import { z } from 'zod';
import type { Asking, Decision, RunCommand, Signed } from '../../approval/decision.ts';
import { id, milliseconds, orAbsent, text } from './common.ts';

const orders = z.enum(['pause', 'resume', 'abort', 'retry', 'skip']);
export const order: z.ZodType<RunCommand['command']> = orders;

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
  z.object({ id, runId: id, cluster: text, by: id, via: id, channel: id, command: orders, at: milliseconds }),
);
