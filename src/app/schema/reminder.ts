import { z } from 'zod';
import type { Reminder } from '../../plan/reminders.ts';
import { orAbsent, text } from './common.ts';

export const reminder: z.ZodType<Reminder> = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('support-ends'), key: text, minor: text, day: text, daysLeft: z.number().int() }),
  z.object({ kind: z.literal('support-ended'), key: text, minor: text, day: orAbsent(text) }),
  z.object({ kind: z.literal('new-patch'), key: text, from: text, to: text }),
]);
