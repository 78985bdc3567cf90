import { createHash } from 'node:crypto';
import type { ClusterPolicy } from './policy.ts';

/**
 * SHA-256 (lower-case hex) over what a policy says about one cluster, so that bot and worker can tell whether they hold
 * the same. Blind to comments, to the order of keys and people, and to which of it came from the defaults.
 */
export function fingerprint(policy: ClusterPolicy): string {
  return createHash('sha256')
    .update(JSON.stringify(policy, (_key, part: unknown) => sorted(part)))
    .digest('hex');
}

function sorted(part: unknown): unknown {
  if (part === null || typeof part !== 'object' || Array.isArray(part)) return part;
  return Object.fromEntries(Object.entries(part).sort(([a], [b]) => (a < b ? -1 : 1)));
}
