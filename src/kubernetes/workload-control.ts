import type { WorkloadControl, WorkloadKind, WorkloadStanding } from '../app/workload-ports.ts';
import type { KubeClient } from './client.ts';
import type { Collection } from './collection.ts';
import { follow } from './follow.ts';
import type { WireReplicas } from './views/wire.ts';

const RESOURCES: Readonly<Record<WorkloadKind, string>> = {
  Deployment: 'deployments',
  StatefulSet: 'statefulsets',
  ReplicaSet: 'replicasets',
};

export function createWorkloadControl(client: KubeClient): WorkloadControl {
  return {
    watch: (kind, namespace, signal) =>
      follow<WireReplicas, WorkloadStanding>(
        client,
        collectionOf(kind, namespace),
        each => standingOf(kind, each),
        signal,
      ),
  };
}

function collectionOf(kind: WorkloadKind, namespace: string): Collection {
  const resource = RESOURCES[kind];
  return { path: `/apis/apps/v1/namespaces/${namespace}/${resource}`, resource };
}

/** The API server leaves counts of nothing out, and fills in one replica where nobody says how many. */
function standingOf(kind: WorkloadKind, { metadata = {}, spec = {}, status = {} }: WireReplicas): WorkloadStanding {
  const { namespace = '', name = '' } = metadata;
  return { kind, namespace, name, ready: status.readyReplicas ?? 0, wanted: spec.replicas ?? 1 };
}
