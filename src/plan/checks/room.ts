import { LOOKS } from '../../cluster/looks.ts';
import type { Homeless } from '../../cluster/room/placement.ts';
import type { Scarcity } from '../../cluster/room/scarcity.ts';
import type { BudgetView, PodView } from '../../cluster/snapshot.ts';
import type { Finding } from '../finding.ts';
import type { Check, CheckContext } from './check.ts';
import { counted, firstOf, listed, podName } from './wording.ts';

/**
 * Whether the pods of each drained node would find a place on the others. A pod without one stays Pending until its node is
 * back: a warning, because that is downtime but no damage. Where a budget needs those pods healthy to let the rest go, the
 * drain itself would never end: a block.
 */
export const room: Check = {
  code: 'NO_ROOM',
  ok: 'Every drained pod finds room on another node.',
  needs: [LOOKS.pods, LOOKS.budgets, LOOKS.volumes],
  look: context => {
    const { homeless } = context.room;
    return [...firstOf(deadlocks(homeless, context)), ...pending(homeless)];
  },
};

/** What no other node can mount is told by the check of volumes. One finding for each thing that is scarce. */
function pending(homeless: readonly Homeless[]): Finding[] {
  const byScarcity = Map.groupBy(
    homeless.filter(({ scarce }) => scarce.kind !== 'volume'),
    ({ scarce }) => (scarce.kind === 'resource' ? `resource ${scarce.name}` : scarce.kind),
  );
  return [...byScarcity.values()].map(alike => {
    const pods = new Map(alike.map(({ pod, scarce }) => [pod, named(pod, scarce)]));
    const [{ scarce } = { scarce: { kind: 'together' } as const }] = alike;
    const nodes = listed(
      alike.map(({ node }) => node),
      3,
    );
    return {
      code: 'NO_ROOM',
      severity: 'warn',
      sentence:
        `${counted(pods.size, 'pod')} would stay Pending during the upgrade of ${nodes}, because ${why(scarce)}: ` +
        `${listed(pods.values(), 10)}.`,
      remedy: remedy(scarce),
    };
  });
}

function named(pod: PodView, scarce: Scarcity): string {
  if (scarce.kind !== 'resource' || scarce.name === 'pods') return podName(pod);
  const { name, wanted, most } = scarce;
  return `${podName(pod)} (asks for ${amount(name, wanted)}, ${most > 0 ? `at most ${amount(name, most)}` : 'none'} free)`;
}

/** As people write them in a pod: `250m`, `1.5Gi`. */
function amount(name: string, value: number): string {
  if (name === 'cpu') return value % 1_000 === 0 ? `${value / 1_000}` : `${value}m`;
  if (name !== 'memory' && name !== 'ephemeral-storage' && !name.startsWith('hugepages-')) return `${value}`;
  const [factor, suffix] = UNITS.find(([least]) => value >= least) ?? [1, ''];
  return `${Math.round((value / factor) * 10) / 10}${suffix}`;
}

const UNITS: readonly (readonly [number, string])[] = [
  [2 ** 40, 'Ti'],
  [2 ** 30, 'Gi'],
  [2 ** 20, 'Mi'],
  [2 ** 10, 'Ki'],
];

function why(scarce: Scarcity): string {
  switch (scarce.kind) {
    case 'volume':
      return 'no other node can mount their volumes';
    case 'labels':
      return 'no other node has the labels that their node selector or affinity asks for';
    case 'labels-with-volume':
      return 'no other node that can mount their volumes has the labels that their node selector or affinity asks for';
    case 'closed':
      return 'the other nodes that they may run on are cordoned or not Ready';
    case 'taints':
      return 'they do not tolerate the taints of the other nodes';
    case 'resource':
      return scarce.name === 'pods'
        ? 'the other nodes that they may run on hold as many pods as they can'
        : `no other node that they may run on has enough ${scarce.name} free`;
    case 'together':
      return 'no other node has all that they ask for free at once';
    case 'ports':
      return 'their host ports are taken on the other nodes';
    case 'apart':
      return 'the other nodes hold pods that they may not run beside (anti-affinity)';
    case 'spread':
      return 'their topology spread constraints allow no other node';
  }
}

function remedy({ kind }: Scarcity): string {
  switch (kind) {
    case 'closed':
      return 'Uncordon or mend one of those nodes, or accept that they are down until theirs is back.';
    case 'labels':
    case 'labels-with-volume':
    case 'taints':
    case 'volume':
      return 'Let a second node take them, or accept that they are down until theirs is back.';
    case 'apart':
    case 'spread':
    case 'ports':
      return 'Add a node, run fewer replicas for the time of the upgrade, or accept that these are down meanwhile.';
    case 'resource':
    case 'together':
      return 'Add a node that they may run on, ask for less, or accept that they are down until theirs is back.';
  }
}

/** More pods of one budget become Pending on one node than the budget can ever spare. */
function deadlocks(homeless: readonly Homeless[], { drains }: CheckContext): Finding[] {
  const stuck = new Map<BudgetView, Map<string, PodView[]>>();
  for (const { pod, node } of homeless.filter(each => each.pod.ready)) {
    for (const budget of drains.budgetsOf(pod)) {
      const byNode = stuck.get(budget) ?? new Map<string, PodView[]>();
      byNode.set(node, [...(byNode.get(node) ?? []), pod]);
      stuck.set(budget, byNode);
    }
  }
  return [...stuck].flatMap(([budget, byNode]) => {
    const ends = [...byNode].filter(([, pods]) => pods.length > spare(budget) && spare(budget) > 0);
    return ends.length > 0 ? [deadlock(budget, new Map(ends))] : [];
  });
}

/** Zero is the business of the budgets' own check. */
function spare({ expectedPods, desiredHealthy, disruptionsAllowed }: BudgetView): number {
  return Math.max(disruptionsAllowed, expectedPods - desiredHealthy);
}

function deadlock(budget: BudgetView, byNode: ReadonlyMap<string, readonly PodView[]>): Finding {
  const pods = new Set([...byNode.values()].flat());
  return {
    code: 'NO_ROOM_UNDER_PDB',
    severity: 'block',
    sentence:
      `The ${byNode.size === 1 ? 'drain' : 'drains'} of ${listed(byNode.keys())} could never end: ` +
      `${counted(pods.size, 'pod')} of PodDisruptionBudget ${podName(budget)} (${budget.rule}) find no room elsewhere, ` +
      `and it can spare ${spare(budget)}: ${listed([...pods].map(podName))}.`,
    remedy: 'Add room for them on other nodes, or loosen the budget for the time of the upgrade.',
  };
}
