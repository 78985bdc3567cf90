import type { ClusterStatus } from '../plan/cluster-status.ts';
import { SKEW_POLICY_SOURCE } from '../version/skew.ts';

/** Raised when a field is renamed, removed or changes its meaning; new fields do not raise it. */
const SCHEMA_VERSION = 1;

/** The status as JSON for scripts, every component one by one; what is not known is null. Ends with a newline. */
export function statusJson(cluster: string, status: ClusterStatus): string {
  const body = {
    schemaVersion: SCHEMA_VERSION,
    kind: 'status',
    cluster,
    distributions: status.distributions,
    withinPolicy: status.skew.length === 0,
    policy: SKEW_POLICY_SOURCE,
    components: status.components.map(({ kind, node, version, allowed, verdict }) => ({
      component: kind,
      node: node ?? null,
      version,
      allowed: allowed ?? null,
      verdict,
    })),
    kubectl: status.kubectl ?? null,
    skew: status.skew,
    support: status.support ?? null,
    nodes: status.nodes,
    unreadable: status.unreadable,
  };
  return `${JSON.stringify(body, (_key, value: unknown) => value ?? null, 2)}\n`;
}
