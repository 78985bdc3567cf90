import { LOOKS } from '../../cluster/looks.ts';
import type { PodView } from '../../cluster/snapshot.ts';
import type { Check } from './check.ts';
import { isService, type Owners, ownerKey } from './owner.ts';
import { counted, listed, podName } from './wording.ts';

/** Their one pod is stopped before its replacement starts. Jobs are not services and do not count. */
export const singleReplica: Check = {
  code: 'SINGLE_REPLICA',
  ok: 'Every drained workload has more than one replica.',
  needs: [LOOKS.pods, LOOKS.workloads],
  look: ({ snapshot, drains, ownerOf }) => {
    const wanted = new Map(snapshot.workloads.map(workload => [ownerKey(workload), workload.replicas]));
    const running = countPods(snapshot.pods, ownerOf);
    const alone = drains.leaving.flatMap(pod => {
      const { owner, key } = ownerOf(pod) ?? {};
      if (!owner || key === undefined || !isService(owner)) return [];
      // What is scaled by something that is not read here has as many replicas as pods.
      if ((wanted.get(key) ?? running.get(key)) !== 1) return [];
      const guards = drains.budgetsOf(pod).map(podName);
      return [`${podName(owner)} (${[owner.kind, ...guards.map(name => `budget ${name}`)].join(', ')})`];
    });
    if (alone.length === 0) return [];
    return [
      {
        code: 'SINGLE_REPLICA',
        severity: 'warn',
        sentence: `${counted(new Set(alone).size, 'workload')} with a single replica will be down while it moves: ${listed(alone)}.`,
        remedy: 'Scale to two replicas for the time of the upgrade where a short downtime is not acceptable.',
      },
    ];
  },
};

function countPods(pods: readonly PodView[], ownerOf: Owners): Map<string, number> {
  const running = new Map<string, number>();
  for (const pod of pods) {
    const runs = pod.phase === 'Running' || pod.phase === 'Pending' || pod.phase === 'Unknown';
    const key = runs ? ownerOf(pod)?.key : undefined;
    if (key !== undefined) running.set(key, (running.get(key) ?? 0) + 1);
  }
  return running;
}
