import type { PodView } from '../../cluster/snapshot.ts';
import type { Check } from './check.ts';
import { counted, listed } from './wording.ts';

/** Their one pod is stopped before its replacement starts. Jobs are not services and do not count. */
export const singleReplica: Check = {
  code: 'SINGLE_REPLICA',
  ok: 'Every drained workload has more than one replica.',
  look: ({ snapshot, drains }) => {
    const replicas = countReplicas(snapshot.pods);
    const alone = [...drains.evicted.values()]
      .flat()
      .flatMap(({ namespace, controller }) =>
        controller && isService(controller.kind) && replicas.get(controller.uid) === 1
          ? [`${namespace}/${controller.name} (${controller.kind})`]
          : [],
      );
    if (alone.length === 0) return [];
    return [
      {
        code: 'SINGLE_REPLICA',
        severity: 'warn',
        sentence: `${counted(alone.length, 'workload')} with a single replica will be down while it moves: ${listed(alone)}.`,
        remedy: 'Scale to two replicas for the time of the upgrade where a short downtime is not acceptable.',
      },
    ];
  },
};

function countReplicas(pods: readonly PodView[]): Map<string, number> {
  const replicas = new Map<string, number>();
  for (const { controller, phase } of pods) {
    const runs = phase === 'Running' || phase === 'Pending' || phase === 'Unknown';
    if (controller && runs) replicas.set(controller.uid, (replicas.get(controller.uid) ?? 0) + 1);
  }
  return replicas;
}

function isService(kind: string): boolean {
  return kind !== 'Job' && kind !== 'DaemonSet';
}
