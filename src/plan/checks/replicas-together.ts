import { LOOKS } from '../../cluster/looks.ts';
import type { PodView } from '../../cluster/snapshot.ts';
import type { Finding } from '../finding.ts';
import type { Check, CheckContext } from './check.ts';
import { isAlive } from './drain-view.ts';
import { createOwners, isService, type Owner } from './owner.ts';
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
    const ownerOf = createOwners();
    const crews = crewsIn(context, ownerOf);
    const crewsOf = (pod: PodView) => {
      const key = serves(pod) ? ownerOf(pod)?.key : undefined;
      return key !== undefined && crews.has(key) ? [key] : NONE;
    };
    const down = [...takenAtOnce(crews, crewsOf, context.room)].flatMap(([key, taking]) => {
      const crew = crews.get(key);
      return crew ? [{ ...taking, owner: crew.owner }] : [];
    });
    const { true: onTheWay = [], false: today = [] } = Object.groupBy(down, ({ gathered }) => `${gathered}` as const);
    return [...told(today, sharing), ...told(onTheWay, gathering)];
  },
};

const NONE: readonly string[] = [];

interface Workload extends Crew {
  readonly owner: Owner;
}

/** The ready replicas of workloads that have several, ready or not, where no budget keeps any. */
function crewsIn({ snapshot, drains }: CheckContext, ownerOf: ReturnType<typeof createOwners>): Map<string, Workload> {
  const replicas = new Map<string, { readonly owner: Owner; readonly ready: PodView[]; hasOthers: boolean }>();
  for (const pod of snapshot.pods) {
    const { owner, key } = ownerOf(pod) ?? {};
    if (!owner || key === undefined || !isService(owner) || !isAlive(pod)) continue;
    const known = replicas.get(key) ?? { owner, ready: [], hasOthers: false };
    if (serves(pod)) known.ready.push(pod);
    else known.hasOthers = true;
    replicas.set(key, known);
  }
  // One that has but a single replica is told by itself.
  const several = [...replicas].filter(
    ([, { ready, hasOthers }]) => ready.length > (hasOthers ? 0 : 1) && !isKept(ready, drains),
  );
  return new Map(several.map(([key, { owner, ready }]) => [key, { owner, ...crewOf(ready) }]));
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
