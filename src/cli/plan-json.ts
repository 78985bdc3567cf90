import { stopsApproval } from '../plan/finding.ts';
import type { Hop, Plan, PlannedNode } from '../plan/plan.ts';
import type { PlanningResult } from '../plan/planning.ts';
import { formatVersion } from '../version/kubernetes-version.ts';

/** Raised when a field is renamed, removed or changes its meaning; new fields do not raise it. */
const SCHEMA_VERSION = 1;

/** The result as JSON for scripts: versions as `v1.37.2`, times as ISO 8601, seconds as numbers. Ends with a newline. */
export function planJson(result: PlanningResult): string {
  return `${JSON.stringify({ schemaVersion: SCHEMA_VERSION, kind: result.kind, ...bodyOf(result) }, null, 2)}\n`;
}

function bodyOf(result: PlanningResult) {
  switch (result.kind) {
    case 'plan':
      return { approvable: !result.plan.findings.some(stopsApproval), plan: planBody(result.plan) };
    case 'nothing-to-do':
      return { version: formatVersion(result.version) };
    case 'refused':
      return { sentence: result.sentence, instead: result.instead };
  }
}

function planBody(plan: Plan) {
  return {
    id: plan.id,
    cluster: plan.cluster,
    requestedBy: plan.requestedBy,
    strategy: plan.request.strategy,
    only: plan.request.only ?? null,
    createdAt: new Date(plan.createdAt).toISOString(),
    expiresAt: new Date(plan.expiresAt).toISOString(),
    from: formatVersion(plan.from),
    to: formatVersion(plan.to),
    hops: plan.hops.map(hopBody),
    excluded: plan.excluded,
    findings: plan.findings,
    estimate: plan.estimate,
    digest: plan.digest,
  };
}

function hopBody({ from, to, stages }: Hop) {
  return {
    from: formatVersion(from),
    to: formatVersion(to),
    stages: stages.map(({ kind, passes }) => ({
      kind,
      passes: passes.map(({ phase, nodes }) => ({ phase, nodes: nodes.map(nodeBody) })),
    })),
  };
}

function nodeBody({ name, uid, role, version, kubeadm }: PlannedNode) {
  return { name, uid, role, version: formatVersion(version), kubeadm: kubeadm ?? null };
}
