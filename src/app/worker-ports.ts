import type { PolicyNow, PrometheusPolicy } from '../policy/policy.ts';
import type { Deed } from './audit.ts';
import type { Driver } from './driver-ports.ts';
import type { MetricQueries } from './gates/prometheus.ts';
import type {
  Clock,
  ClusterReader,
  NodeControl,
  PodControl,
  Queues,
  ReleaseCalendar,
  RunLease,
  Store,
  Surroundings,
} from './ports.ts';
import type { VolumeControl, WorkloadControl } from './workload-ports.ts';

/** What the worker of one cluster works with. */
export interface WorkerPorts {
  readonly cluster: string;
  /** Who holds the lease, for people: host and process. */
  readonly owner: string;
  /** The pod that this worker is, by its UID, and the node it runs on, where it was told. */
  readonly self: { readonly pod: string | undefined; readonly node: string | undefined };
  readonly releases: ReleaseCalendar;
  /** This worker's own copy as it is now; whatever the bot believed does not count. */
  readonly policy: () => PolicyNow;
  readonly verifyKey: string;
  /** For how long a control plane of one node must have been well again before pods are moved elsewhere. */
  readonly settleSeconds: number;
  readonly store: Store;
  readonly queues: Queues;
  readonly clock: Clock;
  /** Answers within seconds, or says that the cluster cannot be reached: people wait for it. */
  readonly quick: {
    readonly reader: ClusterReader;
    readonly nodes: NodeControl;
    readonly lease: RunLease;
    readonly driver: Pick<Driver, 'atWork'>;
  };
  /** Waits through an absence of the API server, as long as the step that asks may take. */
  readonly patient: {
    readonly surroundings: Surroundings;
    readonly nodes: NodeControl;
    readonly pods: PodControl;
    readonly workloads: WorkloadControl;
    readonly volumes: VolumeControl;
    readonly lease: RunLease;
    readonly driver: Driver;
  };
  readonly prometheus: (from: PrometheusPolicy) => MetricQueries;
  /** For auditors. */
  readonly audit: (deed: Deed) => void;
  /** For operators: what was refused or dropped, or destroyed by order, in a sentence. */
  readonly report: (sentence: string) => void;
}
