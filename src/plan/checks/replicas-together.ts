import { LOOKS } from '../../cluster/looks.ts';
import type { PodView } from '../../cluster/snapshot.ts';
import type { Finding } from '../finding.ts';
import type { Check, CheckContext } from './check.ts';
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
    const keyOf = (pod: PodView) => (serves(pod) ? ownerOf(pod)?.key : undefined);
    const crews = crewsIn(context, ownerOf);
    const crewsOf = (pod: PodView) => {
      const key = keyOf(pod);
      return key !== undefined && crews.has(key) ? [key] : NONE;
    };
    const down = [...takenAtOnce(crews, crewsOf, context.room)].flatMap(([key, taking]) => {
      const crew = crews.get(key);
      return crew ? [{ ...taking, owner: crew.owner }] : [];
    });
    return [
      ...told(
        down.filter(({ gathered }) => !gathered),
        sharing,
      ),
      ...told(
        down.filter(({ gathered }) => gathered),
        gathering,
      ),
    ];
  },
};

const NONE: readonly string[] = [];

interface Workload extends Crew {
  readonly owner: Owner;
}

/** Workloads of several ready replicas, none of which is kept by a budget. */
function crewsIn({ snapshot, drains }: CheckContext, ownerOf: ReturnType<typeof createOwners>): Map<string, Workload> {
  const ready = new Map<string, { readonly owner: Owner; readonly pods: PodView[] }>();
  for (const pod of snapshot.pods) {
    const { owner, key } = ownerOf(pod) ?? {};
    if (!owner || key === undefined || !isService(owner) || !serves(pod)) continue;
    const known = ready.get(key);
    if (known) known.pods.push(pod);
    else ready.set(key, { owner, pods: [pod] });
  }
  const several = [...ready].filter(([, { pods }]) => pods.length > 1 && !pods.some(pod => isKept(pod, drains)));
  return new Map(several.map(([key, { owner, pods }]) => [key, { owner, ...crewOf(pods) }]));
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

function serves({ node, ready, deletingSince }: PodView): boolean {
  return node !== undefined && ready && deletingSince === undefined;
}
