import type { ClusterSnapshot } from '../cluster/snapshot.ts';
import type { Calendar } from '../version/calendar.ts';
import { compareVersions, type KubernetesVersion } from '../version/kubernetes-version.ts';
import type { PlanDraft } from './checks/check.ts';
import { viewDrains } from './checks/drain-view.ts';
import { runChecks } from './checks.ts';
import { digestOf } from './digest.ts';
import { estimate } from './estimate.ts';
import { buildHops } from './hops.ts';
import { nodesCarryingCapstan, orderNodes } from './order.ts';
import type { Hop, Plan } from './plan.ts';
import type { PlanRequest } from './request.ts';
import { readStanding, type Standing } from './standing.ts';
import { type Refusal, resolveTarget, type Scope, scopeOf } from './target.ts';
import { findSkewOnTheWay } from './walk.ts';

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
}

export type PlanningResult =
  | { readonly kind: 'plan'; readonly plan: Plan }
  | { readonly kind: 'nothing-to-do'; readonly version: KubernetesVersion }
  | Refusal;

/**
 * Turns a request and a snapshot into a plan: what is asked, then which chain of hops, then whether any state on the way
 * breaks the version-skew policy (such a plan is refused), then every check. Pure; linear in nodes and pods.
 */
export function planUpgrade(input: PlanningInput): PlanningResult {
  const { snapshot, request, calendar } = input;
  const standing = readStanding(snapshot);
  const scope = inOrder(scopeOf(standing, request.only), snapshot);
  const target = resolveTarget(request.target, scope, standing, calendar);
  if (target.kind === 'refused') return target;
  const running = standing.components.map(component => component.version);
  const hops = buildHops({ scope, target: target.version, calendar, running });
  const [first] = hops;
  if (!first) return { kind: 'nothing-to-do', version: target.version };
  const faults = findSkewOnTheWay(standing.components, hops);
  if (faults.length > 0) return refuseSkew(faults, standing, request);
  return { kind: 'plan', plan: complete(draftOf(input, standing, hops, first.from, target.version), standing, input) };
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
  { snapshot, request, id, requestedBy, now, ttlMs }: PlanningInput,
  standing: Standing,
  hops: readonly Hop[],
  from: KubernetesVersion,
  to: KubernetesVersion,
): PlanDraft {
  return {
    id,
    cluster: { name: snapshot.name, uid: snapshot.uid },
    requestedBy,
    request,
    createdAt: now,
    expiresAt: now + ttlMs,
    from,
    to,
    hops,
    excluded: excludedFrom(standing, to),
  };
}

/** Nodes that cannot take part, unless they stand at the target already. */
function excludedFrom(standing: Standing, to: KubernetesVersion): Plan['excluded'] {
  const kubelets = new Map(standing.components.filter(c => c.kind === 'kubelet').map(c => [c.node, c.version]));
  return standing.excluded.filter(({ node }) => {
    const version = kubelets.get(node);
    return !version || compareVersions(version, to) < 0;
  });
}

function complete(draft: PlanDraft, standing: Standing, { snapshot, calendar, ownRun }: PlanningInput): Plan {
  const drains = viewDrains(snapshot, draft.hops);
  const findings = runChecks({ snapshot, standing, draft, calendar, drains, ownRun });
  return { ...draft, findings, estimate: estimate(draft.hops), digest: digestOf(draft) };
}

function refuseSkew(faults: readonly string[], standing: Standing, request: PlanRequest): Refusal {
  const more = faults.length > 1 ? ` (and ${faults.length - 1} more)` : '';
  const leftOut = standing.excluded.map(({ node }) => node).slice(0, 5);
  const cure =
    leftOut.length > 0
      ? `Bring back or remove the nodes that would be left behind first: ${leftOut.join(', ')}.`
      : request.only === undefined
        ? 'Choose a nearer target.'
        : `Plan without limiting it to ${request.only}, or choose a nearer target.`;
  return {
    kind: 'refused',
    sentence: `On the way the cluster would break the version-skew policy. ${faults[0] ?? ''}${more}`,
    instead: cure,
  };
}
