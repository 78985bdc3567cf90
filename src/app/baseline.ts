import type { PodView } from '../cluster/snapshot.ts';
import { createOwners, type Owner, ownerKey } from '../plan/checks/owner.ts';
import { firstOf } from './first-of.ts';
import { unreadyDaemons } from './gates/daemon-pods.ts';
import { placesOf } from './gates/workloads.ts';
import type { PodControl, Records } from './ports.ts';
import type { Baseline, WorkloadControl, WorkloadKind, WorkloadStanding } from './workload-ports.ts';

interface BaselinePorts {
  readonly pods: PodControl;
  readonly workloads: WorkloadControl;
  readonly baselines: Pick<Records<Baseline>, 'get' | 'create'>;
}

/**
 * The baseline of a node's work. Taken once, by the first worker of its first attempt, and remembered: later the pods that
 * tell whom it is about are gone. Costs one list, and one more for each kind and namespace of what they belong to.
 */
export async function baselineOf(
  work: string,
  node: string,
  { pods, workloads, baselines }: BaselinePorts,
  signal: AbortSignal,
): Promise<Baseline> {
  const known = await baselines.get(work);
  if (known) return known;
  const onNode = (await firstOf(pods.watchOn(node, signal))) ?? [];
  const owners = ownersOf(onNode);
  const lists = await Promise.all(
    placesOf(owners).map(
      async ({ kind, namespace }) => (await firstOf(workloads.watch(kind, namespace, signal))) ?? [],
    ),
  );
  const standing = new Map(lists.flat().map(each => [ownerKey(each), each]));
  const baseline: Baseline = {
    ailing: unreadyDaemons(onNode).map(({ daemonSet }) => daemonSet),
    workloads: owners.map(owner => ({ ...owner, ready: standing.get(ownerKey(owner))?.ready ?? 0 })),
  };
  await baselines.create(work, baseline);
  // Of two workers that come together one was first.
  return (await baselines.get(work)) ?? baseline;
}

type Workload = Pick<WorkloadStanding, 'kind' | 'namespace' | 'name'>;

/** Whatever else owns pods, such as a Job, has no number of ready ones to come back to. */
function ownersOf(pods: readonly PodView[]): Workload[] {
  const ownerOf = createOwners();
  const found = new Map<string, Workload>();
  for (const pod of pods) {
    const owner = pod.phase === 'Succeeded' || pod.phase === 'Failed' ? undefined : ownerOf(pod)?.owner;
    if (owner && isWorkload(owner)) found.set(ownerKey(owner), owner);
  }
  return [...found.values()];
}

function isWorkload(owner: Owner): owner is Owner & { readonly kind: WorkloadKind } {
  return owner.kind === 'Deployment' || owner.kind === 'StatefulSet' || owner.kind === 'ReplicaSet';
}
