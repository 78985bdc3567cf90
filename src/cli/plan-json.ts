import { stopsApproval } from '../plan/finding.ts';
import { countDrains } from '../plan/hops.ts';
import type { Hop, Plan, PlannedNode } from '../plan/plan.ts';
import type { PlanningResult } from '../plan/planning.ts';
import type { DrainOptions } from '../plan/request.ts';
import { formatSelector } from '../policy/notation.ts';
import { formatVersion } from '../version/kubernetes-version.ts';
import type { PolicySource } from './plan-text.ts';

/**
 * Raised when a field is renamed, removed or changes its meaning; new fields, and new words in a field, do not raise it.
 * docs/plan-json.md and docs/plan.schema.json say what stands there.
 */
const SCHEMA_VERSION = 1;

/**
 * The result as JSON for scripts: versions as `v1.37.2`, times as ISO 8601, seconds as numbers; `source` undefined: no
 * policy was given. Ends with a newline.
 */
export function planJson(result: PlanningResult, source: PolicySource | undefined): string {
  const head = { schemaVersion: SCHEMA_VERSION, kind: result.kind, policy: source ?? null };
  return `${JSON.stringify({ ...head, ...bodyOf(result) }, null, 2)}\n`;
}

function bodyOf(result: PlanningResult) {
  switch (result.kind) {
    case 'plan':
      return { approvable: !result.plan.findings.some(stopsApproval), plan: planBody(result.plan) };
    case 'nothing-to-do':
      return { version: formatVersion(result.version), limit: result.limit ?? null };
    case 'refused':
      return { sentence: result.sentence, instead: result.instead };
  }
}

function planBody(plan: Plan) {
  const { request, driver } = plan;
  return {
    id: plan.id,
    cluster: plan.cluster,
    requestedBy: plan.requestedBy,
    strategy: request.strategy,
    only: request.only ?? null,
    pool: request.pool ?? null,
    nodes: request.nodes ?? null,
    fewestDrains: request.fewestDrains ?? false,
    drainOptions: request.drain ? drainOptionsBody(request.drain) : null,
    driver,
    elasticPools: plan.elasticPools.map(formatSelector),
    createdAt: new Date(plan.createdAt).toISOString(),
    expiresAt: new Date(plan.expiresAt).toISOString(),
    from: formatVersion(plan.from),
    to: formatVersion(plan.to),
    hops: plan.hops.map(hopBody),
    drains: countDrains(plan.hops),
    excluded: plan.excluded,
    findings: plan.findings,
    estimate: estimateBody(plan.estimate),
    digest: plan.digest,
  };
}

/** What was not asked for is null: then the policy decides. */
function drainOptionsBody({ podSelector, ...options }: DrainOptions) {
  return {
    force: options.force ?? null,
    deleteEmptyDirData: options.deleteEmptyDirData ?? null,
    graceSeconds: options.graceSeconds ?? null,
    skipWaitForDeleteTimeoutSeconds: options.skipWaitForDeleteTimeoutSeconds ?? null,
    podSelector: podSelector ? formatSelector(podSelector) : null,
    order: options.order ?? null,
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

function nodeBody({ name, uid, role, version, controlPlane, kubeadm }: PlannedNode) {
  return {
    name,
    uid,
    role,
    version: formatVersion(version),
    controlPlane: controlPlane ? formatVersion(controlPlane) : null,
    kubeadm: kubeadm ?? null,
  };
}

function estimateBody({ seconds, basis, parts }: Plan['estimate']) {
  return { seconds, basis, parts: parts.map(part => ({ ...part, kubeadm: part.kubeadm ?? null })) };
}
