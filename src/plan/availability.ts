import type { NodeView } from '../cluster/snapshot.ts';
import type { Limits } from '../policy/policy.ts';
import type { Phase, Plan } from './plan.ts';

/** A worker that took no pods when the plan was made: nobody waits for it. */
export interface UnavailableNode {
  readonly node: string;
  readonly uid: string;
}

/** The workers that were not Ready or cordoned, by name. */
export function unavailableWorkers(nodes: readonly NodeView[]): UnavailableNode[] {
  return workersOf(nodes)
    .filter(node => whyUnavailable(node) !== undefined)
    .map(({ name, uid }) => ({ node: name, uid }))
    .sort((a, b) => (a.node < b.node ? -1 : 1));
}

interface Guard {
  readonly run: string;
  readonly plan: Pick<Plan, 'unavailable' | 'createdAt'>;
  /** Every node of the cluster as it is now. */
  readonly nodes: readonly NodeView[];
  /** The node that is to be begun with. */
  readonly next: string;
  readonly phase: Phase;
  /** Names of the nodes that the run has work on, and of those that somebody had it leave behind. */
  readonly worked: ReadonlySet<string>;
  readonly skipped: ReadonlySet<string>;
  readonly limits: Limits;
}

/**
 * Why the next node may not be begun with, in sentences; undefined where it may. With it no more workers may be unavailable
 * than the policy allows, of those that were available when people approved, whoever made them so; and no control-plane node
 * is touched while another one is not Ready, for the sake of etcd's quorum. What the run has claimed already goes on.
 */
export function whyNotNext(guard: Guard): string | undefined {
  const { run, phase, nodes, next, limits } = guard;
  const node = nodes.find(({ name }) => name === next);
  if (phase === 'config' || node?.claim?.run === run) return undefined;
  if (node?.role === 'control-plane') return whyNotControlPlane(guard);
  const away = workersOf(nodes).filter(node => countsAsAway(node, guard));
  const allowed = allowedOf(limits, workersOf(nodes).length);
  if (away.length < allowed) return undefined;
  return [
    `No further node is taken while ${listed(away)}: of the workers that were available when this was planned, the policy`,
    `allows ${allowed} to be unavailable at once, the one that is upgraded included (limits.maxUnavailable).`,
    'Bring what is away back, or remove it; or abort and plan again, and what is away then is not waited for.',
  ].join(' ');
}

function whyNotControlPlane({ nodes, next }: Guard): string | undefined {
  const others = nodes.filter(({ name, role, ready }) => role === 'control-plane' && name !== next && ready !== 'True');
  if (others.length === 0) return undefined;
  return `No further control-plane node is taken while ${listed(others)}, for the sake of etcd's quorum. Bring back what is away; or abort.`;
}

/** What the run itself has cordoned, and what somebody had it give up, is accounted for. */
function countsAsAway(node: NodeView, { run, plan, next, worked, skipped }: Guard): boolean {
  const { name, uid, claim, createdAt } = node;
  if (name === next || skipped.has(name) || claim?.run === run) return false;
  if (plan.unavailable.some(each => each.uid === uid)) return false;
  // One that has come since takes nothing away by not being up yet.
  const wasThere = createdAt <= plan.createdAt || worked.has(name);
  return wasThere && whyUnavailable(node) !== undefined;
}

function whyUnavailable({ ready, unschedulable }: NodeView): string | undefined {
  if (ready === 'Unknown') return 'has stopped reporting';
  if (ready === 'False') return 'is not Ready';
  return unschedulable ? 'is cordoned' : undefined;
}

/** A share is rounded down, but one node may always be taken. */
function allowedOf({ maxUnavailable }: Limits, workers: number): number {
  if (typeof maxUnavailable === 'number') return maxUnavailable;
  return Math.max(1, Math.floor((workers * Number.parseFloat(maxUnavailable)) / 100));
}

const SHOWN = 5;

function listed(nodes: readonly NodeView[]): string {
  const words = nodes.slice(0, SHOWN).map(node => `${node.name} ${whyUnavailable(node)}`);
  const more = nodes.length > SHOWN ? [`${nodes.length - SHOWN} more are away`] : [];
  return [...words, ...more].join(', ').replace(/, ([^,]*)$/, ' and $1');
}

function workersOf(nodes: readonly NodeView[]): NodeView[] {
  return nodes.filter(({ role }) => role === 'worker');
}
