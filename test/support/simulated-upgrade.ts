import type { V1Job } from '@kubernetes/client-node';
import type { Scenario } from '../../src/demo/cluster/scenario/scenario.ts';
import { type SimulatedCluster, startSimulatedCluster } from '../../src/demo/cluster/simulated-cluster.ts';
import { type Client, clientOf, raw } from '../contract/client.ts';
import { startUpgradeJob, type Work } from '../contract/upgrade-job.ts';
import { throughAbsences, until } from '../contract/watching.ts';
import { isTrue } from '../contract/world.ts';

interface Verdict {
  readonly step: string;
  readonly rc: number;
  readonly reason: string;
}

/** A simulated cluster whose hosts are given work by upgrade Jobs, with no driver between. */
export class SimulatedUpgrade {
  readonly cluster: SimulatedCluster;
  readonly client: Client;

  private constructor(cluster: SimulatedCluster) {
    this.cluster = cluster;
    this.client = clientOf(cluster.kubeconfig());
  }

  static async start(scenario: Scenario, speed = 300): Promise<SimulatedUpgrade> {
    return new SimulatedUpgrade(await startSimulatedCluster({ scenario, speed }));
  }

  async start(work: Work, changed: Record<string, string> = {}): Promise<void> {
    await startUpgradeJob(this.client, work, changed);
  }

  /** The Job's end, and what its newest pod left as its termination message. */
  async perform(work: Work, changed: Record<string, string> = {}): Promise<Verdict> {
    await this.start(work, changed);
    return await this.verdictOf(work.id);
  }

  async verdictOf(id: string): Promise<Verdict> {
    await throughAbsences(() =>
      until<V1Job, true>(this.client, '/apis/batch/v1/namespaces/default/jobs', jobs =>
        jobs.some(
          ({ metadata, status }) =>
            metadata?.name === id && (isTrue(status?.conditions, 'Complete') || isTrue(status?.conditions, 'Failed')),
        )
          ? true
          : undefined,
      ),
    );
    const { items } = await this.client.core.listNamespacedPod({
      namespace: 'default',
      labelSelector: `job-name=${id}`,
    });
    const message = items.at(-1)?.status?.containerStatuses?.[0]?.state?.terminated?.message ?? '';
    return JSON.parse(message) as Verdict;
  }

  /** Image tags of a node's static pods. */
  staticPodsOf(node: string): Record<string, string | undefined> {
    return Object.fromEntries(
      this.cluster
        .pods()
        .filter(({ metadata, spec }) => metadata.labels?.tier === 'control-plane' && spec.nodeName === node)
        .map(({ metadata, spec }) => [metadata.labels?.component, spec.containers[0]?.image.split(':')[1]]),
    );
  }

  async kubeletOf(node: string): Promise<string | undefined> {
    return (await this.client.core.readNode({ name: node })).status?.nodeInfo?.kubeletVersion;
  }

  async servedVersion(): Promise<string> {
    const { body } = await raw(this.client, '/version');
    return (JSON.parse(await body.text()) as { gitVersion: string }).gitVersion;
  }
}

export const apply = (from: string, to: string, node = 'cp-1'): Work => ({
  id: `apply-${node}`,
  node,
  phase: 'control-plane',
  kubeadm: 'apply',
  from,
  to,
});
export const followApply = (node: string, from: string, to: string): Work => ({
  ...apply(from, to, node),
  id: `node-${node}`,
  kubeadm: 'node',
});
export const kubelet = (node: string, from: string, to: string): Work => ({
  id: `kubelet-${node}`,
  node,
  phase: 'kubelet',
  from,
  to,
});
