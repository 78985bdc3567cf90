import { z } from 'zod';
import { parsedJson } from '../../app/schema/json.ts';
import { workKey } from './job-names.ts';

/** What upgrade.sh writes when a work is over, and launch.sh leaves as the container's termination message. */
export interface Verdict {
  readonly step: string;
  /** 0: every step of the phase was done. */
  readonly rc: number;
  readonly reason: string;
}

const schema = z.object({ work: z.string(), step: z.string(), rc: z.int(), reason: z.string() });

/** undefined where the message is no verdict on the work of that key: nothing is known then. */
export function readVerdict(message: string, key: string): Verdict | undefined {
  const { success, data } = schema.safeParse(parsedJson(message));
  return success && workKey({ id: data.work }) === key
    ? { step: data.step, rc: data.rc, reason: data.reason }
    : undefined;
}
