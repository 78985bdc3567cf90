import type { Plan } from '../plan/plan.ts';
import type { Decision, Signed } from './decision.ts';
import { verify } from './signing.ts';

/** Whether the bot whose key this is signed that decision, and about this very plan: records may hold anything. */
export function isGenuine(
  signed: Signed<Decision>,
  { id, digest, cluster }: Pick<Plan, 'id' | 'digest' | 'cluster'>,
  verifyKey: string,
): boolean {
  const { value } = signed;
  const isAbout = value.planId === id && value.digest === digest && value.cluster === cluster.name;
  return isAbout && verify(signed, verifyKey);
}
