import type { ClusterSnapshot } from '../cluster/snapshot.ts';
import type { PlanPolicy } from '../policy/policy.ts';
import { NO_POLICY } from '../policy/settings.ts';
import type { Calendar } from '../version/calendar.ts';
import { compareVersions, formatMinor, formatVersion, type KubernetesVersion } from '../version/kubernetes-version.ts';
import { unavailableWorkers } from './availability.ts';
import type { PlanDraft } from './checks/check.ts';
import { viewDrains } from './checks/drain-view.ts';
import { createOwners } from './checks/owner.ts';
import { viewRoom } from './checks/room-view.ts';
import { runChecks } from './checks.ts';
import { digestOf } from './digest.ts';
import { drainRulesFor } from './drain-options.ts';
import { type Duration, estimate } from './estimate.ts';
import { buildChain } from './hops.ts';
import { nodesCarryingCapstan, orderNodes } from './order.ts';
import type { Hop, Plan } from './plan.ts';
import type { PlanRequest } from './request.ts';
import { apiservers, type Scope, scopeOf } from './scope.ts';
import { cureOutsideOfPlans } from './skew-cure.ts';
import { isProven, provenSkips, type Skip } from './skips.ts';
import { kubernetesVersions, readStanding, type Standing } from './standing.ts';
import { type Refusal, resolveTarget } from './target.ts';
import { findSkewOnTheWay, type SkewOnTheWay } from './walk.ts';

export interface PlanningInput {
  readonly snapshot: ClusterSnapshot;
  readonly request: PlanRequest;
  readonly calendar: Calendar;
  readonly id: string;
  /** Slack user id, or `cli`. */
  readonly requestedBy: string;
  /** Epoch milliseconds. */
  readonly now: number;
  readonly ttlMs: number;
  /** When the cluster is looked at again for a run: its own lease and claims are no obstacle to itself. */
  readonly ownRun?: string;
  readonly policy?: PlanPolicy;
  /** Whether the bot that asked holds another policy; undefined where no bot asked. */
  readonly policyDiffers?: boolean;
  /** What works took on this cluster before, newest first; undefined where it was not looked up. */
  readonly history?: readonly Duration[];
  /** Versions on the way of a plan that was approved: patches that came out since change nothing of it. */
  readonly via?: readonly KubernetesVersion[];
}

export type PlanningResult =
  | { readonly kind: 'plan'; readonly plan: Plan }
  /** `limit`, a sentence: why that does not mean that everything in the cluster runs this version. */
  | { readonly kind: 'nothing-to-do'; readonly version: KubernetesVersion; readonly limit?: string }
  | Refusal;

/**
 * Turns a request and a snapshot into a plan: what is asked, then which chain of hops, then whether any state on the way
 * breaks the version-skew policy (such a plan is refused), then every check. Pure; linear in nodes and pods.
 */
export function planUpgrade(given: PlanningInput): PlanningResult {
  const input: Prepared = { ...given, policy: policyFor(given), hasPolicy: given.policy !== undefined };
  const { snapshot, request, calendar, via = [] } = input;
  const standing = readStanding(snapshot);
  const asked = scopeOf(standing, input.via ? withoutVanished(request, snapshot) : request);
  if (asked.kind === 'refused') return asked;
  const scope = inOrder(asked, snapshot);
  const resolved = resolveTarget(request.target, scope, standing, calendar);
  if (resolved.kind === 'refused') return resolved;
  const target = resolved.version;
  const running = kubernetesVersions(standing);
  const { fewestDrains = false } = request;
  const { hops, skips } = buildChain({ scope, target, calendar, running, via, fewestDrains });
  const [first] = hops;
  if (!first) return nothingToDo(target, scope, request);
  const unproven = skips.filter(skip => !isProven(skip));
  if (unproven.length > 0) return refuseSkips(unproven);
  const faults = findSkewOnTheWay(standing.components, hops);
  if (faults.length > 0) return refuseSkew(faults, standing, request);
  return { kind: 'plan', plan: complete(draftOf(input, scope, hops, first.from, target), standing, input) };
}

/** With the policy that counts for this plan, be it what Capstan does by itself. */
interface Prepared extends PlanningInput {
  readonly policy: PlanPolicy;
  readonly hasPolicy: boolean;
}

function policyFor({ request, policy = NO_POLICY }: PlanningInput): PlanPolicy {
  return { ...policy, drain: drainRulesFor(request.drain, policy.drain) };
}

/** Of nodes that were approved by name, those that are still there: one that vanished since voids nothing. */
function withoutVanished({ nodes, ...request }: PlanRequest, snapshot: ClusterSnapshot): PlanRequest {
  if (!nodes) return request;
  const there = new Set(snapshot.nodes.map(({ name }) => name));
  return { ...request, nodes: nodes.filter(name => there.has(name)) };
}

function inOrder(scope: Scope, snapshot: ClusterSnapshot): Scope {
  const own = nodesCarryingCapstan(snapshot.pods);
  return {
    ...scope,
    controlPlane: orderNodes(scope.controlPlane, own),
    workers: orderNodes(scope.workers, own),
  };
}

function draftOf(
  { snapshot, request, id, requestedBy, now, ttlMs, policy, history }: Prepared,
  scope: Scope,
  hops: readonly Hop[],
  from: KubernetesVersion,
  to: KubernetesVersion,
): PlanDraft {
  return {
    id,
    cluster: { name: snapshot.name, uid: snapshot.uid },
    requestedBy,
    request,
    driver: { kind: policy.driver.kind, ignorePreflightErrors: sortedOnce(policy.driver.ignorePreflightErrors) },
    elasticPools: policy.elasticPools,
    createdAt: now,
    expiresAt: now + ttlMs,
    from,
    to,
    hops,
    excluded: excludedFrom(scope, to),
    unavailable: unavailableWorkers(snapshot.nodes),
    estimate: estimate(hops, history, policy.ready.soakSeconds),
  };
}

function sortedOnce(words: readonly string[]): string[] {
  return [...new Set(words)].sort();
}

/** Nodes that cannot take part, unless they stand at the target already. */
function excludedFrom({ excluded }: Scope, to: KubernetesVersion): Plan['excluded'] {
  return excluded
    .filter(({ node: { kubelet } }) => !kubelet || compareVersions(kubelet, to) < 0)
    .map(({ node, why }) => ({ node: node.name, why }));
}

function complete(draft: PlanDraft, standing: Standing, input: Prepared): Plan {
  const { snapshot, calendar, ownRun, policy, hasPolicy, policyDiffers } = input;
  const drains = viewDrains(snapshot, draft.hops, policy.drain);
  const room = viewRoom(snapshot, drains);
  const by = { ownRun, policy, hasPolicy, policyDiffers };
  const views = { drains, room, ownerOf: createOwners() };
  const findings = runChecks({ snapshot, standing, draft, calendar, ...views, ...by });
  return { ...draft, findings, digest: digestOf(draft) };
}

function nothingToDo(
  version: KubernetesVersion,
  { ceiling }: Scope,
  request: PlanRequest,
): Extract<PlanningResult, { readonly kind: 'nothing-to-do' }> {
  if (!ceiling && !isLimited(request)) return { kind: 'nothing-to-do', version };
  const limit = ceiling
    ? `The control plane is not part of this and runs ${formatVersion(ceiling)}: kubelets may not pass it.`
    : 'Other nodes were not looked at.';
  return { kind: 'nothing-to-do', version, limit };
}

function refuseSkips(skips: readonly Skip[]): Refusal {
  const [first] = skips;
  const which = first
    ? `The kubelet of ${first.node} would go from ${formatMinor(first.from)} to ${formatMinor(first.to)} at once`
    : '';
  const more = skips.length > 1 ? ` (and ${skips.length - 1} more would skip hops)` : '';
  if (first?.ahead) {
    return {
      kind: 'refused',
      sentence: `${which}${more} while the control plane runs ${formatMinor(first.ahead)} already. It was only seen to work where the control plane had each minor in between when kubeadm prepared the host for it.`,
      instead: 'Plan without --fewest-drains: then kubelets go through every minor.',
    };
  }
  return {
    kind: 'refused',
    sentence: `${which}${more}, which has not been proven on real hosts.`,
    instead: `Plan without --fewest-drains, or hops that were proven: ${provenSkips()}.`,
  };
}

function refuseSkew(faults: readonly SkewOnTheWay[], standing: Standing, request: PlanRequest): Refusal {
  const [first] = faults;
  const more = faults.length > 1 ? ` (and ${faults.length - 1} more)` : '';
  return {
    kind: 'refused',
    sentence: `On the way the cluster would break the version-skew policy. ${first?.sentence ?? ''}${more}`,
    instead: cureOf(first, standing, request),
  };
}

function cureOf(fault: SkewOnTheWay | undefined, standing: Standing, request: PlanRequest): string {
  const cure = fault && cureOutsideOfPlans(fault, apiservers(standing));
  if (cure) return cure;
  const leftOut = standing.excluded.map(({ node }) => node.name).slice(0, 5);
  if (leftOut.length > 0) {
    return `Bring back or remove the nodes that would be left behind first: ${leftOut.join(', ')}.`;
  }
  return isLimited(request) ? 'Plan for all nodes, or choose a nearer target.' : 'Choose a nearer target.';
}

function isLimited({ only, pool, nodes }: PlanRequest): boolean {
  return only !== undefined || pool !== undefined || nodes !== undefined;
}
