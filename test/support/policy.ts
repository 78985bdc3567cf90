import type { ClusterPolicy } from '../../src/policy/policy.ts';
import { type PolicySettings, policyOf } from '../../src/policy/settings.ts';

/** A policy in which the group SAPPROVERS may approve, with what is given over what Capstan does by itself. */
export function examplePolicy(given: PolicySettings = {}): ClusterPolicy {
  const policy = policyOf({}, { approvers: ['SAPPROVERS'], ...given });
  if (!policy) throw new Error('nobody may approve');
  return policy;
}
