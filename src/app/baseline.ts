import { placeIn } from '../cluster/room/placement.ts';
import { isTied } from '../cluster/room/scarcity.ts';
import type { PodView } from '../cluster/snapshot.ts';
import { createOwners, type Owner, ownerKey } from '../plan/checks/owner.ts';
import { firstOf } from './first-of.ts';
import { unreadyDaemons } from './gates/daemon-pods.ts';
import { placesOf } from './gates/workloads.ts';
import type { PodControl, Records, Surroundings } from './ports.ts';
import type { Baseline, VolumeControl, WorkloadControl, WorkloadKind, WorkloadStanding } from './workload-ports.ts';

interface Stand {
  readonly node: string;
  /** Somebody else had cordoned the node: it takes no pods when it is given back. */
  readonly staysCordoned: boolean;
}

interface BaselinePorts {
  readonly pods: PodControl;
  readonly workloads: WorkloadControl;
  readonly volumes: Pick<VolumeControl, 'local'>;
  readonly surroundings: Pick<Surroundings, 'nodes'>;
  readonly baselines: Pick<Records<Baseline>, 'get' | 'create'>;
}

/**
 * The baseline of a node's work. Taken once, by the first worker of its first attempt, and remembered: later the pods that
 * tell whom it is about are gone. Costs one list, and one more for each kind and namespace of what they belong to; where the
 * node stays cordoned, those of the nodes and of the volumes, too.
 */
export async function baselineOf(
  work: string,
  stand: Stand,
  ports: BaselinePorts,
  signal: AbortSignal,
): Promise<Baseline> {
  const { pods, workloads, baselines } = ports;
  const known = await baselines.get(work);
  if (known) return known;
  const onNode = (await firstOf(pods.watchOn(stand.node, signal))) ?? [];
  const owners = ownersOf(onNode);
  const lists = await Promise.all(
    placesOf(owners).map(
      async ({ kind, namespace }) => (await firstOf(workloads.watch(kind, namespace, signal))) ?? [],
    ),
  );
  const standing = new Map(lists.flat().map(each => [ownerKey(each), each]));
  const tied = stand.staysCordoned ? await tiedTo(stand.node, onNode, ports, signal) : [];
  const counted = (owner: Workload) => (standing.get(ownerKey(owner))?.ready ?? 0) - readyOf(owner, tied);
  const baseline: Baseline = {
    ailing: unreadyDaemons(onNode).map(({ daemonSet }) => daemonSet),
    workloads: owners.map(owner => ({ ...owner, ready: Math.max(0, counted(owner)) })),
    tied: tied.map(({ namespace, name }) => `${namespace}/${name}`),
  };
  await baselines.create(work, baseline);
  // Of two workers that come together one was first.
  return (await baselines.get(work)) ?? baseline;
}

/** Those that could run on no other node, however empty: because of their labels, volumes or taints, or of other cordons. */
async function tiedTo(
  node: string,
  onNode: readonly PodView[],
  { surroundings, volumes }: BaselinePorts,
  signal: AbortSignal,
): Promise<readonly PodView[]> {
  const moved = onNode.filter(pod => ownersOf([pod]).length > 0);
  if (moved.length === 0) return [];
  const [nodes, local] = await Promise.all([surroundings.nodes(signal), volumes.local(signal)]);
  const homeless = placeIn({ nodes, pods: moved, volumes: local }, () => 'moves').drain([node]);
  return homeless.flatMap(({ pod, scarce }) => (isTied(scarce) ? [pod] : []));
}

function readyOf(owner: Workload, pods: readonly PodView[]): number {
  const its = (pod: PodView) => ownersOf([pod]).some(each => ownerKey(each) === ownerKey(owner));
  return pods.filter(pod => pod.ready && its(pod)).length;
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
