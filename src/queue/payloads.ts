import { z } from 'zod';
import type { Notice } from '../app/messages.ts';
import { signedRunCommand } from '../app/schema/approval.ts';
import { notice } from '../app/schema/messages.ts';
import { runEvent } from '../app/schema/run.ts';
import type { RunCommand, Signed } from '../approval/decision.ts';
import type { RunEvent } from '../run/run.ts';

/** What the run queue carries. */
export type RunJob =
  | { readonly kind: 'event'; readonly runId: string; readonly event: RunEvent }
  | { readonly kind: 'decided'; readonly planId: string }
  | { readonly kind: 'command'; readonly command: Signed<RunCommand> };

export const runJob: z.ZodType<RunJob> = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('event'), runId: z.string(), event: runEvent }),
  z.object({ kind: z.literal('decided'), planId: z.string() }),
  z.object({ kind: z.literal('command'), command: signedRunCommand }),
]);

/** What the outbox carries. */
export interface SlackJob {
  readonly notice: Notice;
}

export const slackJob: z.ZodType<SlackJob> = z.object({ notice });
