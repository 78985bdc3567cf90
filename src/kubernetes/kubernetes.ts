import type { ClusterReader, NodeControl, PodControl, RunLease, Surroundings } from '../app/ports.ts';
import type { VolumeControl, WorkloadControl } from '../app/workload-ports.ts';
import { type ClientOptions, createClient, type KubeClient } from './client.ts';
import { createClusterReader } from './cluster-reader.ts';
import { type KubeconfigChoice, loadConnection } from './connection.ts';
import { ensureNamespace } from './namespace.ts';
import { createNodeControl } from './node-control.ts';
import { createPodControl } from './pod-control.ts';
import { createRunLease } from './run-lease.ts';
import { createSurroundings } from './surroundings.ts';
import { createVolumeControl } from './volume-control.ts';
import { createWorkloadControl } from './workload-control.ts';

export interface KubernetesOptions extends KubeconfigChoice, ClientOptions {
  /** The cluster's short name; where absent, the one that the kubeconfig gives it. */
  readonly name?: string;
  /** Where Capstan keeps what is its own: the lease, and the Jobs. */
  readonly namespace?: string;
  readonly leaseName?: string;
}

export interface ConnectedKubernetes {
  readonly reader: ClusterReader;
  readonly nodes: NodeControl;
  readonly pods: PodControl;
  readonly workloads: WorkloadControl;
  readonly volumes: VolumeControl;
  readonly lease: RunLease;
  readonly surroundings: Surroundings;
  readonly client: KubeClient;
  /** Makes Capstan's own namespace where there is none. */
  ensureNamespace(signal: AbortSignal): Promise<void>;
  close(): void;
}

const NAMESPACE = 'capstan-system';
const LEASE_NAME = 'capstan-run';

/**
 * Opens no connection yet. Throws ClusterUnreachable where the kubeconfig does not say which cluster to talk to, with a
 * sentence that names the file or the context.
 */
export function connectKubernetes(options: KubernetesOptions): ConnectedKubernetes {
  const connection = loadConnection(options);
  const { name = connection.cluster.name, namespace = NAMESPACE, leaseName = LEASE_NAME } = options;
  const client = createClient(connection, options);
  const lease = { namespace, name: leaseName };
  return {
    reader: createClusterReader(client, { name, lease }),
    nodes: createNodeControl(client),
    pods: createPodControl(client),
    workloads: createWorkloadControl(client),
    volumes: createVolumeControl(client),
    lease: createRunLease(client, lease),
    surroundings: createSurroundings(client),
    client,
    ensureNamespace: signal => ensureNamespace(client, namespace, signal),
    close: () => client.close(),
  };
}
