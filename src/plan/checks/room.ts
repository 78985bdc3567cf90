import { LOOKS } from '../../cluster/looks.ts';
import type { Homeless } from '../../cluster/room/placement.ts';
import type { Scarcity } from '../../cluster/room/scarcity.ts';
import type { BudgetView, PodView } from '../../cluster/snapshot.ts';
import type { Finding } from '../finding.ts';
import type { Check } from './check.ts';
import type { Standstill } from './room-view.ts';
import { counted, firstOf, listed, podName } from './wording.ts';

/**
 * Whether the pods of each drained node would find a place on the others. A pod without one stays Pending until its node is
 * back: a warning, because that is downtime but no damage. Where a budget needs those pods healthy to let the rest go, the
 * drain itself would never end: a block; a warning where that depends on which pods leave first.
 */
export const room: Check = {
  code: 'NO_ROOM',
  ok: 'Every drained pod finds room on another node.',
  needs: [LOOKS.pods, LOOKS.budgets, LOOKS.volumes],
  look: ({ room: { homeless, standstills } }) => [...firstOf(deadlocks(standstills)), ...pending(homeless)],
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

/** One finding for each budget that surely stops a drain, and one for each that may. */
function deadlocks(standstills: readonly Standstill[]): Finding[] {
  const groups = Map.groupBy(standstills, ({ certain }) => certain);
  return [...groups].flatMap(([certain, alike]) =>
    [...Map.groupBy(alike, ({ budget }) => budget)].map(([budget, all]) => deadlock(budget, all, certain)),
  );
}

function deadlock(budget: BudgetView, all: readonly Standstill[], certain: boolean): Finding {
  const stuck = new Set(all.flatMap(each => each.stuck));
  const drains = `The ${all.length === 1 ? 'drain' : 'drains'} of ${listed(all.map(({ node }) => node))}`;
  const guard = `PodDisruptionBudget ${podName(budget)} (${budget.rule})`;
  const names = listed([...stuck].map(podName));
  return {
    code: 'NO_ROOM_UNDER_PDB',
    severity: certain ? 'block' : 'warn',
    sentence: `${drains} ${certain ? never(all, stuck.size, guard) : perhaps(all, stuck.size, guard)}: ${names}.`,
    remedy: 'Add room for them on other nodes, or loosen the budget for the time of the upgrade.',
  };
}

function never(all: readonly Standstill[], stuck: number, guard: string): string {
  const spare = Math.min(...all.map(each => each.spare));
  return all.some(({ byForce }) => byForce)
    ? `could never end: ${guard} can spare ${spare}, pods that are lost by force do not come back, and these cannot all leave`
    : `could never end: ${counted(stuck, 'pod')} of ${guard} find no room elsewhere, and it can spare ${spare}`;
}

function perhaps(all: readonly Standstill[], stuck: number, guard: string): string {
  const spare = Math.min(...all.map(each => each.spare));
  if (spare === 0)
    return `may never end: ${guard} has none to spare while pods of drains before are Pending, and these have to leave`;
  const leaving = all.reduce((sum, each) => sum + each.leaving, 0);
  const lost = all.some(({ byForce }) => byForce) ? 'be lost by force or ' : '';
  return (
    `may never end, by the order in which pods leave: of ${counted(leaving, 'pod')} of ${guard} ${stuck} may ${lost}find ` +
    `no room elsewhere, and it can spare ${spare}`
  );
}
