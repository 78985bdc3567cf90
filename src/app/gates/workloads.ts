import type { WorkloadBaseline, WorkloadControl, WorkloadStanding } from '../workload-ports.ts';
import { some } from './daemon-pods.ts';
import type { Gate, Verdict } from './gate.ts';

/**
 * Whatever lost pods to the drain has as many ready again as before it, or as its spec asks for now, if that is less. One
 * that is gone asks for none.
 */
export function workloadsGate(before: readonly WorkloadBaseline[], workloads: WorkloadControl): Gate {
  const places = placesOf(before);
  const seen = new Map<string, ReadonlyMap<string, WorkloadStanding>>();
  return {
    name: 'workloads',
    remedy: 'Look at why their pods do not become ready (kubectl describe pod, kubectl get events), then retry.',
    watch: (changed, signal) =>
      Promise.all(
        places.map(async place => {
          for await (const each of workloads.watch(place.kind, place.namespace, signal)) {
            seen.set(keyOf(place), new Map(each.map(standing => [standing.name, standing])));
            changed();
          }
        }),
      ),
    verdict() {
      if (places.some(place => !seen.has(keyOf(place))))
        return { kind: 'closed', why: 'its workloads could not be seen' };
      return workloadsVerdict(before, workload => seen.get(keyOf(workload))?.get(workload.name));
    },
  };
}

type Place = Pick<WorkloadBaseline, 'kind' | 'namespace'>;

/** Where workloads of one kind are listed and watched together. */
export function placesOf(workloads: readonly Place[]): Place[] {
  return [
    ...new Map(workloads.map(({ kind, namespace }) => [keyOf({ kind, namespace }), { kind, namespace }])).values(),
  ];
}

function keyOf({ kind, namespace }: Place): string {
  return `${kind} ${namespace}`;
}

function workloadsVerdict(
  before: readonly WorkloadBaseline[],
  now: (workload: WorkloadBaseline) => WorkloadStanding | undefined,
): Verdict {
  const behind = before.flatMap(workload => {
    const standing = now(workload);
    const least = Math.min(workload.ready, standing?.wanted ?? 0);
    if (!standing || standing.ready >= least) return [];
    return [`${workload.kind} ${workload.namespace}/${workload.name} (${standing.ready} of ${least} ready)`];
  });
  if (behind.length === 0) return { kind: 'open' };
  return { kind: 'closed', why: `not back at what they had before the drain: ${some(behind)}` };
}
