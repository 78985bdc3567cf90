import { z } from 'zod';
import { parsedJson } from '../../app/schema/json.ts';
import type { NodeClaim } from '../../cluster/snapshot.ts';

/** The annotation that carries a node's claim. */
export const CLAIM_KEY = 'capstan.dev/claim';

const schema = z.object({
  run: z.string().min(1),
  work: z.string().min(1),
  attempt: z.int(),
  wasUnschedulable: z.boolean(),
  // Claims of earlier releases say nothing of these: they cordoned once, and left labels and taints alone.
  cordons: z.int().default(1),
  excluded: z.boolean().default(false),
  outOfService: z.boolean().default(false),
});

/** Stands where the run would: no run is named so, and thus none holds such a claim. */
const UNREADABLE_RUN = '(unreadable)';

/** Equal claims give equal text, so that a patch may test for it. */
export function writeClaim(claim: NodeClaim): string {
  const { run, work, attempt, wasUnschedulable, cordons, excluded, outOfService } = claim;
  return JSON.stringify({ run, work, attempt, wasUnschedulable, cordons, excluded, outOfService });
}

/**
 * What cannot be read was written by somebody, for a reason: it counts as a claim of another, which no run frees by
 * itself, over a node whose cordon is not ours to undo.
 */
export function readClaim(text: string | undefined): NodeClaim | undefined {
  if (text === undefined) return undefined;
  const parsed = schema.safeParse(parsedJson(text));
  if (parsed.success) return parsed.data;
  const work = `"${text.slice(0, 80)}"`;
  const nothingOfOurs = { wasUnschedulable: true, cordons: 0, excluded: false, outOfService: false };
  return { run: UNREADABLE_RUN, work, attempt: 0, ...nothingOfOurs };
}

/** Whether both are held by the same work and attempt, whoever carries it out. */
export function isSameClaim(a: NodeClaim, b: NodeClaim): boolean {
  return isOfSameWork(a, b) && a.attempt === b.attempt;
}

export function isOfSameWork(a: NodeClaim, b: NodeClaim): boolean {
  return a.run === b.run && a.work === b.work && a.run !== UNREADABLE_RUN;
}
