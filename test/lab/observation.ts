import type { Kubectl } from './kubectl.ts';
import type { Timeline } from './timeline.ts';
import type { Trial } from './trial.ts';
import { ApiWatcher } from './watchers/api.ts';
import { BudgetWatcher } from './watchers/budgets.ts';
import { ClientWatcher } from './watchers/client.ts';
import { ComponentWatcher } from './watchers/components.ts';
import { EndpointsWatcher } from './watchers/endpoints.ts';
import { EtcdWatcher } from './watchers/etcd.ts';
import { JobWatcher } from './watchers/jobs.ts';
import { LeaseWatcher } from './watchers/leases.ts';
import { NodeWatcher } from './watchers/nodes.ts';
import { OwnPodsWatcher } from './watchers/own-pods.ts';
import { addressesOf } from './workload.ts';

/** Who is told when something is seen. */
interface Listener {
  cordoned(node: string): void;
  jobStarted(node: string): void;
  apiGone(): void;
}

/**
 * Everything that is seen from outside while the cluster is being upgraded: through kubectl, plain HTTP and etcd's own
 * health question. Nothing of it shares code with the product.
 */
export interface Observation {
  readonly begun: number;
  readonly budgets: BudgetWatcher;
  readonly nodes: NodeWatcher;
  readonly components: ComponentWatcher;
  readonly jobs: JobWatcher;
  readonly leases: LeaseWatcher;
  readonly ownPods: OwnPodsWatcher;
  readonly client: ClientWatcher;
  readonly api: ApiWatcher;
  readonly etcd: EtcdWatcher;
  /** Resolves when the signal has ended every watcher, rejects where one could not go on. */
  readonly over: Promise<unknown>;
}

export function observe(
  { trial, kubectl, timeline }: { readonly trial: Trial; readonly kubectl: Kubectl; readonly timeline: Timeline },
  listener: Listener,
  signal: AbortSignal,
): Observation {
  const ownPods = new OwnPodsWatcher();
  const nodes = new NodeWatcher(timeline, node => {
    ownPods.cordoned(node);
    listener.cordoned(node);
  });
  const watchers = {
    budgets: new BudgetWatcher(),
    components: new ComponentWatcher(),
    jobs: new JobWatcher(),
    leases: new LeaseWatcher(),
    client: new ClientWatcher(),
    api: new ApiWatcher(),
    etcd: new EtcdWatcher(),
  };
  const over = Promise.all([
    nodes.watch(kubectl, signal),
    ownPods.watch(kubectl, signal),
    watchers.budgets.watch(kubectl, timeline, signal),
    watchers.components.watch(kubectl, timeline, signal),
    watchers.jobs.watch(kubectl, timeline, node => listener.jobStarted(node), signal),
    watchers.leases.watch(kubectl, timeline, signal),
    new EndpointsWatcher().watch(kubectl, timeline, signal),
    watchers.client.watch(addressesOf(trial.hosts), timeline, signal),
    watchers.api.watch(trial, timeline, () => listener.apiGone(), signal),
    watchers.etcd.watch(trial, timeline, signal),
  ]);
  return { begun: Date.now(), nodes, ownPods, ...watchers, over };
}
