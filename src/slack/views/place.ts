import { z } from 'zod';
import type { Attempt } from '../../approval/order.ts';

/** Which attempt at which work of which run a button or a modal is about. */
export interface Place {
  readonly runId: string;
  readonly at: Attempt;
}

/** Ids hold no blank. */
export function writePlace({ runId, at: { work, attempt } }: Place): string {
  return `${runId} ${work} ${attempt}`;
}

/** What such a button carries. Anything that it does not is a place that no run knows. */
export function readPlace(value: string): Place {
  const [runId = '', work = '', attempt = ''] = value.split(' ');
  return { runId, at: { work, attempt: Number(attempt) } };
}

export const placeShape = {
  runId: z.string(),
  at: z.object({ work: z.string(), attempt: z.number() }),
};
