import { LOOKS } from '../../cluster/looks.ts';
import type { PodView } from '../../cluster/snapshot.ts';
import type { Check } from './check.ts';
import { createOwners, isService } from './owner.ts';
import { counted, listed, podName } from './wording.ts';

/**
 * A drain evicts all pods at once, so that a workload whose ready replicas share a node is down until their replacements
 * are up, unless a budget keeps some (kubernetes.io: disruptions). kubeadm's own CoreDNS often begins like that, on the
 * first node that was there.
 */
export const replicasTogether: Check = {
  code: 'REPLICAS_TOGETHER',
  ok: 'No drain takes all replicas of a workload at once.',
  needs: [LOOKS.pods, LOOKS.budgets],
  look: ({ snapshot, drains }) => {
    const ownerOf = createOwners();
    const together = new Map<string, Together>();
    for (const pod of snapshot.pods) {
      const { owner, key } = ownerOf(pod) ?? {};
      if (!owner || key === undefined || !isService(owner) || !serves(pod)) continue;
      const known = together.get(key) ?? { name: `${podName(owner)} (${owner.kind}`, pods: [], scattered: false };
      known.scattered ||= known.pods.length > 0 && known.pods[0]?.node !== pod.node;
      if (!known.scattered) known.pods.push(pod);
      together.set(key, known);
    }
    const isKept = (pod: PodView) => drains.budgetsOf(pod).some(({ desiredHealthy }) => desiredHealthy > 0);
    const down = [...together.values()].filter(
      ({ pods, scattered }) =>
        !scattered && pods.length > 1 && pods.every(pod => drains.fateOf(pod) !== 'stays' && !isKept(pod)),
    );
    if (down.length === 0) return [];
    const names = down.map(({ name, pods }) => `${name}, ${pods.length} on ${pods[0]?.node})`);
    return [
      {
        code: 'REPLICAS_TOGETHER',
        severity: 'warn',
        sentence:
          `${counted(down.length, 'workload')} will be down while all ready replicas move at once, because these share a ` +
          `node and no budget keeps any: ${listed(names)}.`,
        remedy:
          'Spread them over nodes (`kubectl rollout restart` often does), or give them a PodDisruptionBudget: then they ' +
          'move one after the other.',
      },
    ];
  },
};

/** The ready pods of one workload as long as they share a node. */
interface Together {
  readonly name: string;
  readonly pods: PodView[];
  scattered: boolean;
}

function serves({ node, ready, deletingSince }: PodView): boolean {
  return node !== undefined && ready && deletingSince === undefined;
}
