import type {
  AttachmentView,
  Baseline,
  VolumeControl,
  WorkloadControl,
  WorkloadKind,
  WorkloadStanding,
} from '../../../src/app/workload-ports.ts';
import type { PodView } from '../../../src/cluster/snapshot.ts';
import type { createChanges } from './changes.ts';

/** What owns the pods at first; each wants as many as it had then, unless it is scaled. */
export function createWorkloads(pods: () => readonly PodView[], changes: ReturnType<typeof createChanges>) {
  const wanted = new Map<string, WorkloadStanding>();
  for (const { namespace, controller } of pods()) {
    if (!controller || !isKind(controller.kind)) continue;
    const { kind, name } = controller;
    const before = wanted.get(name)?.wanted ?? 0;
    wanted.set(name, { kind, namespace, name, ready: 0, wanted: before + 1 });
  }
  const standing = (workload: WorkloadStanding): WorkloadStanding => {
    const own = pods().filter(({ controller }) => controller?.name === workload.name);
    return {
      ...workload,
      ready: own.filter(({ ready, deletingSince }) => ready && deletingSince === undefined).length,
    };
  };
  const control: WorkloadControl = {
    watch: (kind, namespace, signal) =>
      changes.follow(
        () => [...wanted.values()].filter(each => each.kind === kind && each.namespace === namespace).map(standing),
        signal,
      ),
  };
  const baselines = new Map<string, Baseline>();
  return {
    control,
    baselines: {
      get: async (id: string) => baselines.get(id),
      create: async (id: string, baseline: Baseline) => {
        if (baselines.has(id)) return false;
        baselines.set(id, baseline);
        return true;
      },
    },
    scale(name: string, to: number | undefined) {
      const workload = wanted.get(name);
      if (workload && to !== undefined) wanted.set(name, { ...workload, wanted: to });
      else wanted.delete(name);
      changes.ring();
    },
  };
}

/** What is attached to nodes, until somebody says otherwise. */
export function createVolumes(changes: ReturnType<typeof createChanges>) {
  const attached = new Map<string, readonly AttachmentView[]>();
  const control: VolumeControl = {
    watchAttachments: (node, signal) => changes.follow(() => attached.get(node) ?? [], signal),
    claimOf: async volume => volume.replace('pv-', 'default/'),
    local: async () => [],
  };
  return {
    control,
    attach(node: string, ...volumes: readonly string[]) {
      attached.set(
        node,
        volumes.map(volume => ({ volume, driver: 'csi.example.com' })),
      );
      changes.ring();
    },
  };
}

function isKind(kind: string): kind is WorkloadKind {
  return kind === 'Deployment' || kind === 'StatefulSet' || kind === 'ReplicaSet';
}
