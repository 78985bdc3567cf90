import { z } from 'zod';
import type { VersionsView } from '../../plan/versions-view.ts';
import type { SupportView } from '../../version/support-view.ts';
import type { StatusReport } from '../messages.ts';
import { count, id, orAbsent, text } from './common.ts';

const days = z.number().int();
const known = z.object({ asOf: text, source: text, staleDays: orAbsent(days), daysAhead: orAbsent(days) });

const support: z.ZodType<SupportView> = z.object({
  minor: text,
  state: z.enum(['supported', 'ended', 'unknown']),
  day: orAbsent(text),
  daysLeft: orAbsent(days),
  newestPatch: orAbsent(text),
  newest: text,
  known,
});

export const statusReport: z.ZodType<StatusReport> = z.object({
  distributions: z.array(text),
  components: z.array(
    z.object({
      kind: text,
      version: text,
      allowed: orAbsent(text),
      verdict: z.enum(['within', 'too old', 'too new', 'not held', 'unreadable']),
      count,
      nodes: z.array(text),
    }),
  ),
  skew: z.object({ sentences: z.array(text), total: count }),
  kubectl: orAbsent(text),
  support: orAbsent(support),
  nodes: z.object({ total: count, ready: count, cordoned: count }),
  unreadable: z.array(z.object({ what: text, why: text })),
  run: orAbsent(z.object({ id, status: text, done: count, total: count })),
});

export const versionsView: z.ZodType<VersionsView> = z.object({
  present: orAbsent(text),
  presentMinor: orAbsent(text),
  targets: z.array(z.object({ word: z.enum(['patch', 'next', 'latest']), version: text })),
  minors: z.array(
    z.object({
      minor: text,
      newestPatch: text,
      released: orAbsent(text),
      endOfLife: orAbsent(text),
      state: z.enum(['supported', 'ended']),
    }),
  ),
  planned: orAbsent(z.object({ minor: text, day: text })),
  known,
});
