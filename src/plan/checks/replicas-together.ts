import { LOOKS } from '../../cluster/looks.ts';
import type { PodView } from '../../cluster/snapshot.ts';
import type { Finding } from '../finding.ts';
import type { Check, CheckContext } from './check.ts';
import { isAlive } from './drain-view.ts';
import { isService, type Owned, type Owner } from './owner.ts';
import { type Crew, crewOf, isKept, type Taking, takenAtOnce } from './taken-at-once.ts';
import { counted, listed, podName } from './wording.ts';

/**
 * A drain evicts all pods at once, so that a workload whose ready replicas share a node is down until their replacements
 * are up, unless a budget keeps some (kubernetes.io: disruptions). kubeadm's own CoreDNS often begins like that, on the
 * first node that was there; and with two workers all replicas stand on the second once the first was drained.
 */
export const replicasTogether: Check = {
  code: 'REPLICAS_TOGETHER',
  ok: 'No drain takes all replicas of a workload at once.',
  needs: [LOOKS.pods, LOOKS.budgets, LOOKS.volumes],
  look: context => {
    const { ownerOf, room, drains } = context;
    const crews = crewsIn(context);
    const crewsOf = (pod: PodView) => {
      const owned = serves(pod) ? ownerOf(pod) : undefined;
      return (owned && crews.get(owned)?.names) ?? NONE;
    };
    const down = [...takenAtOnce(crews, crewsOf, room)].flatMap(([owned, taking]) =>
      isKept(crews.get(owned)?.ready ?? [], drains) ? [] : [{ ...taking, owner: owned.owner }],
    );
    const { true: onTheWay = [], false: today = [] } = Object.groupBy(down, ({ gathered }) => `${gathered}` as const);
    return [...told(today, sharing), ...told(onTheWay, gathering)];
  },
};

const NONE: readonly Owned[] = [];

interface Workload extends Crew {
  readonly ready: readonly PodView[];
  /** Its owner alone: what each of its pods is asked for. */
  readonly names: readonly Owned[];
}

/** The ready replicas of workloads that have several, ready or not. */
function crewsIn({ snapshot, ownerOf }: CheckContext): Map<Owned, Workload> {
  const replicas = new Map<Owned, { readonly ready: PodView[]; hasOthers: boolean }>();
  for (const pod of snapshot.pods) {
    const owned = ownerOf(pod);
    if (!owned || !isService(owned.owner) || !isAlive(pod)) continue;
    const known = replicas.get(owned) ?? { ready: [], hasOthers: false };
    replicas.set(owned, known);
    if (serves(pod)) known.ready.push(pod);
    else known.hasOthers = true;
  }
  // One that has but a single replica is told by itself.
  const several = [...replicas].filter(([, { ready, hasOthers }]) => ready.length > (hasOthers ? 0 : 1));
  return new Map(several.map(([owned, { ready }]) => [owned, { names: [owned], ready, ...crewOf(ready) }]));
}

interface Down extends Taking {
  readonly owner: Owner;
}

function told(
  down: readonly Down[],
  tell: (workloads: string, names: string) => Omit<Finding, 'code' | 'severity'>,
): Finding[] {
  if (down.length === 0) return [];
  const names = down.map(({ owner, pods, node }) => `${podName(owner)} (${owner.kind}, ${pods} on ${node})`);
  return [{ code: 'REPLICAS_TOGETHER', severity: 'warn', ...tell(counted(down.length, 'workload'), listed(names)) }];
}

function sharing(workloads: string, names: string) {
  return {
    sentence:
      `${workloads} will be down while all ready replicas move at once, because these share a ` +
      `node and no budget keeps any: ${names}.`,
    remedy:
      'Spread them over nodes (`kubectl rollout restart` often does), or give them a PodDisruptionBudget: then they ' +
      'move one after the other.',
  };
}

function gathering(workloads: string, names: string) {
  return {
    sentence:
      `${workloads} may be down while all ready replicas move at once, because the drains before bring these together on ` +
      `one node, or leave the others Pending, and no budget keeps any: ${names}.`,
    remedy:
      'Give them a PodDisruptionBudget, and they move one after the other; or let another node take them, so that they ' +
      'need not share one.',
  };
}

function serves(pod: PodView): boolean {
  return pod.node !== undefined && pod.ready && isAlive(pod);
}
