import { createHash } from 'node:crypto';
import { canonicalSelector, canonicalSelectors } from '../cluster/selector.ts';
import { formatVersion, type KubernetesVersion } from '../version/kubernetes-version.ts';
import { ORDERING_RULE } from './order.ts';
import type { Hop, Plan, PlannedNode } from './plan.ts';
import type { DrainOptions } from './request.ts';

/** What the digest is taken from: a plan as it is stored, or one that is being made. */
type DigestInput = Pick<Plan, 'cluster' | 'request' | 'driver' | 'elasticPools' | 'hops'>;

/**
 * SHA-256 (lower-case hex) over what people approve: the cluster's UID, the hops with the nodes of each pass, strategy,
 * options, what the driver lets kubeadm ignore, which pools are elastic, the ordering rule by name, and name, UID, role
 * and versions of each node. Blind to findings, to the estimate, to how the target was worded, and to the order of nodes
 * inside a pass, because pods cause that. It is computed from the plan alone, so that whoever reads a stored plan can
 * tell whether it is still the one that was approved.
 */
export function digestOf(plan: DigestInput): string {
  return createHash('sha256')
    .update(canonicalJson(approved(plan)))
    .digest('hex');
}

function approved(plan: DigestInput) {
  const { cluster, request, hops } = plan;
  const { strategy } = request;
  const { driver, elasticPools, ...options } = approvedOptions(plan);
  return {
    cluster: cluster.uid,
    strategy,
    options,
    driver,
    elasticPools: elasticPools.map(canonicalJson).sort(),
    order: ORDERING_RULE,
    hops: hops.map(hop => ({
      from: formatVersion(hop.from),
      to: formatVersion(hop.to),
      stages: hop.stages.map(stage => ({
        kind: stage.kind,
        passes: stage.passes.map(pass => ({ phase: pass.phase, nodes: pass.nodes.map(node => node.uid).sort() })),
      })),
    })),
    nodes: nodesOf(hops).map(({ name, uid, role, version, controlPlane, ahead }) => ({
      name,
      uid,
      role,
      version: build(version),
      controlPlane: controlPlane ? build(controlPlane) : null,
      ...(ahead ? { ahead: build(ahead) } : {}),
    })),
  };
}

/** What is approved apart from nodes and their work, each part in the one form that equal ones have. */
export function approvedOptions({ request, driver, elasticPools }: Omit<DigestInput, 'cluster' | 'hops'>) {
  const { only, pool, nodes, fewestDrains, drain } = request;
  return {
    only: only ?? null,
    pool: pool ?? null,
    nodes: nodes ? [...new Set(nodes)].sort() : null,
    fewestDrains: fewestDrains ?? false,
    ...(drain ? { drain: canonicalDrain(drain) } : {}),
    driver: { kind: driver.kind, ignorePreflightErrors: [...new Set(driver.ignorePreflightErrors)].sort() },
    elasticPools: canonicalSelectors(elasticPools),
  };
}

function canonicalDrain({ podSelector, ...options }: DrainOptions): DrainOptions {
  return podSelector ? { ...options, podSelector: canonicalSelector(podSelector) } : options;
}

/** Two builds of one version are not the same to whoever runs them. */
function build(version: KubernetesVersion): string {
  return `${formatVersion(version)} ${version.vendor ?? ''}`;
}

/** JSON with the keys of every object sorted, so that equal values give equal text. */
export function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_key, part: unknown) =>
    part !== null && typeof part === 'object' && !Array.isArray(part)
      ? Object.fromEntries(Object.entries(part).sort(([a], [b]) => (a < b ? -1 : 1)))
      : part,
  );
}

/** Every node of the chain once, by name. */
export function nodesOf(hops: readonly Hop[]): PlannedNode[] {
  const passes = hops.flatMap(hop => hop.stages).flatMap(stage => stage.passes);
  const byName = new Map(passes.flatMap(pass => pass.nodes).map(node => [node.name, node]));
  return [...byName.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
}
