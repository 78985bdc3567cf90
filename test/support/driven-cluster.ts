import { setTimeout as pause } from 'node:timers/promises';
import type { V1Job, V1Pod } from '@kubernetes/client-node';
import type { Driver, HostWork } from '../../src/app/driver-ports.ts';
import type { Scenario } from '../../src/demo/cluster/scenario/scenario.ts';
import { jobName } from '../../src/kubernetes/driver/job-names.ts';
import { createKubeadmDriver, type KubeadmDriverOptions } from '../../src/kubernetes/driver/kubeadm-driver.ts';
import { NEVER, type Stage, startStage } from './kubernetes.ts';
import { versionOf } from './version.ts';

export const NAMESPACE = 'capstan-system';
export const NEW = versionOf('v1.37.2');
const OLD = versionOf('v1.36.3');
const LOOK_MS = 20;

export const CONTROL_PLANE: HostWork = {
  id: 'run-1-h0-0-cp-1-1',
  run: 'run-1',
  node: 'cp-1',
  phase: 'control-plane',
  kubeadm: 'apply',
  from: OLD,
  to: NEW,
  ignorePreflightErrors: [],
};
export const WORKER: HostWork = {
  ...CONTROL_PLANE,
  id: 'run-1-h0-2-worker-1-1',
  node: 'worker-1',
  phase: 'kubelet',
  kubeadm: 'node',
  // The kubelet may not be newer than the API server: works on a worker alone stay at its version.
  to: OLD,
};

/** A simulated cluster, and the driver that has work done on its hosts. */
export class DrivenCluster {
  readonly stage: Stage;
  readonly driver: Driver;

  private constructor(stage: Stage) {
    this.stage = stage;
    this.driver = this.driverWith({});
  }

  static async start(scenario?: Scenario): Promise<DrivenCluster> {
    return new DrivenCluster(await startStage({ watchSeconds: 5 }, scenario ? { scenario } : {}));
  }

  driverWith(more: Partial<KubeadmDriverOptions>): Driver {
    const { client } = this.stage.kubernetes;
    return createKubeadmDriver({ client, namespace: NAMESPACE, image: 'busybox:1.37', ...more });
  }

  async jobs(): Promise<readonly V1Job[]> {
    const { batch, call } = this.stage.kubernetes.client;
    const { items } = await call({ verb: 'list', resource: 'jobs' }, o => batch.listJobForAllNamespaces({}, o), NEVER);
    return items;
  }

  /** Those of Jobs. */
  async pods(): Promise<readonly V1Pod[]> {
    const { core, call } = this.stage.kubernetes.client;
    const labelSelector = 'app.kubernetes.io/managed-by=capstan';
    const { items } = await call(
      { verb: 'list', resource: 'pods' },
      o => core.listPodForAllNamespaces({ labelSelector }, o),
      NEVER,
    );
    return items;
  }

  async deleteJob(work: HostWork): Promise<void> {
    const { batch, call } = this.stage.kubernetes.client;
    const which = { namespace: NAMESPACE, name: jobName(work) };
    await call(
      { verb: 'delete', resource: 'jobs' },
      o => batch.deleteNamespacedJob({ ...which, propagationPolicy: 'Background' }, o),
      NEVER,
    );
  }

  /** At once, whatever its kubelet does. */
  async killPod({ metadata }: V1Pod): Promise<void> {
    const { core, call } = this.stage.kubernetes.client;
    const which = { namespace: NAMESPACE, name: metadata?.name ?? '', gracePeriodSeconds: 0 };
    await call({ verb: 'delete', resource: 'pods' }, o => core.deleteNamespacedPod(which, o), NEVER);
  }

  runningPod(): Promise<V1Pod> {
    return until(async () => (await this.pods()).find(({ status }) => status?.phase === 'Running'));
  }
}

/** Looks until it is so; the simulated cluster's minutes are our seconds. */
export async function until<T>(look: () => Promise<T | undefined>): Promise<T> {
  for (;;) {
    const found = await look();
    if (found !== undefined) return found;
    await pause(LOOK_MS);
  }
}
