import { type Homeless, type Placement, placeIn } from '../../cluster/room/placement.ts';
import type { BudgetView, ClusterSnapshot, PodView } from '../../cluster/snapshot.ts';
import type { DrainView } from './drain-view.ts';
import { isCordonedByPeople } from './pods-tied.ts';

/** Where drained pods would go: all drains of the plan are played through once, for all checks. */
export interface RoomView {
  /** Pods that would stay Pending, each with what keeps it from other nodes. Every one of them is named by some check. */
  readonly homeless: readonly Homeless[];
  readonly standstills: readonly Standstill[];
  /** Every drain, in the plan's order. */
  readonly departures: readonly Departure[];
}

/** What one drain takes from where it is. */
export interface Departure {
  readonly node: string;
  /** The pods that it evicts: those that run there by then, which need not be those of today. */
  readonly leaving: readonly PodView[];
  /** Those of them that do not come back: lost by force, or Pending since no other node takes them and theirs stays cordoned. */
  readonly stranded: readonly PodView[];
}

/** A drain in which so many pods of a budget do not come back that it never opens again for the rest of them. */
export interface Standstill {
  readonly budget: BudgetView;
  readonly node: string;
  /** Whatever the order in which pods are evicted; else only in some. */
  readonly certain: boolean;
  /** How many of its pods the budget can be without, less those that did not come back from drains before. */
  readonly spare: number;
  /** Whether pods are lost by force: this drain's, or those of drains before. */
  readonly byForce: boolean;
  /** Pods of the budget for which there is no room elsewhere, or which nothing creates again; all that leave where it spares none. */
  readonly stuck: readonly PodView[];
  /** How many healthy pods of the budget have to leave the node. */
  readonly leaving: number;
}

/**
 * One node at a time and in the plan's order, each in the cluster as the drains before have left it. Each node is drained
 * once here: later hops meet the same cluster again.
 */
export function viewRoom(snapshot: ClusterSnapshot, drains: DrainView): RoomView {
  const placement = placeIn(snapshot, drains.fateOf);
  const cordoned = new Set(snapshot.nodes.filter(isCordonedByPeople).map(({ name }) => name));
  const missing = new Map<BudgetView, Missing>();
  const standstills: Standstill[] = [];
  const homeless: Homeless[] = [];
  const departures: Departure[] = [];
  for (const node of drains.evicted.keys()) {
    const leaving = placement.on(node);
    standstills.push(...standstillsOn({ node, leaving }, placement, drains, missing));
    const found = placement.drain([node]);
    const pending = cordoned.has(node) ? found.map(({ pod }) => pod) : [];
    for (const pod of pending) if (pod.ready) count(missing, drains.budgetsOf(pod), 'pending', 1);
    homeless.push(...found);
    departures.push({ node, leaving, stranded: [...lostOf(leaving, drains), ...pending] });
  }
  return { homeless, standstills, departures };
}

/** How many pods of a budget the drains before have lost for good, or left Pending because their node stays cordoned. */
interface Missing {
  readonly lost: number;
  readonly pending: number;
}

const NOBODY: Missing = { lost: 0, pending: 0 };

function count(
  missing: Map<BudgetView, Missing>,
  budgets: readonly BudgetView[],
  what: keyof Missing,
  pods: number,
): void {
  for (const budget of budgets) {
    const known = missing.get(budget) ?? NOBODY;
    missing.set(budget, { ...known, [what]: known[what] + pods });
  }
}

function standstillsOn(
  { node, leaving }: Omit<Departure, 'stranded'>,
  placement: Placement,
  drains: DrainView,
  missing: Map<BudgetView, Missing>,
): Standstill[] {
  const guarded = new Map<BudgetView, PodView[]>();
  for (const pod of leaving) {
    // What is not ready neither uses a budget up nor waits for it.
    for (const budget of pod.ready ? drains.budgetsOf(pod) : []) {
      const known = guarded.get(budget);
      if (known) known.push(pod);
      else guarded.set(budget, [pod]);
    }
  }
  return [...guarded].flatMap(([budget, pods]) => {
    const { lost, pending } = missing.get(budget) ?? NOBODY;
    const gone = lostOf(pods, drains);
    if (gone.length > 0) count(missing, [budget], 'lost', gone.length);
    const spares = sparesOf(budget);
    const [most, least] = [spares.most - lost, spares.least - lost - pending];
    // One that spares none from the beginning is told by the check of budgets.
    if (spares.most <= 0 || pods.length <= least) return [];
    const about = { budget, node, byForce: lost + gone.length > 0, leaving: pods.length };
    return judge({ pods, gone, most, least }, node, placement).map(found => ({ ...about, ...found }));
  });
}

function lostOf(pods: readonly PodView[], { lost }: DrainView): PodView[] {
  return lost.size > 0 ? pods.filter(pod => lost.has(pod)) : [];
}

/** Healthy pods of a budget on a node, and how many it can be without. */
interface Case {
  readonly pods: readonly PodView[];
  /** Those of them that are lost by force. */
  readonly gone: readonly PodView[];
  readonly most: number;
  readonly least: number;
}

/**
 * A budget that can spare some lets so many leave, and others when these are back. It stays closed where as many did not
 * come back as it can spare, while others still have to leave: where none of them has a place, or where those went first.
 */
function judge(
  { pods, gone, most, least }: Case,
  node: string,
  placement: Placement,
): Pick<Standstill, 'certain' | 'spare' | 'stuck'>[] {
  if (most <= 0) return [{ certain: true, spare: 0, stuck: pods }];
  const { worst, best, alike } = placement.outlook(node, pod => pods.includes(pod));
  const hopeless = [...gone, ...best];
  if (hopeless.length > most) return [{ certain: true, spare: most, stuck: hopeless }];
  if (least <= 0) return [{ certain: false, spare: 0, stuck: pods }];
  const stuck = [...gone, ...worst];
  const firstTakePlaces = alike && gone.length === 0;
  const isShort = firstTakePlaces ? stuck.length > least : stuck.length >= least;
  return isShort ? [{ certain: false, spare: least, stuck }] : [];
}

/** How many pods the budget can be without: once all that are expected are healthy, and if those that are not stay so. */
function sparesOf({ expectedPods, desiredHealthy, currentHealthy, disruptionsAllowed }: BudgetView) {
  const most = Math.max(disruptionsAllowed, expectedPods - desiredHealthy);
  return { most, least: Math.min(most, Math.max(1, currentHealthy - desiredHealthy)) };
}
