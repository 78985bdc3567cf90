import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { V1DaemonSet } from '@kubernetes/client-node';
import { readyPods } from '../contract/world.ts';
import { ControlPlane } from '../controlplane/control-plane.ts';
import { ETCD_OF, type Minor, versionOf } from '../controlplane/modules.ts';
import { makeNodes, type PlayedNode } from '../controlplane/played-nodes.ts';
import { mirrorStaticPods, type StaticPods } from '../controlplane/static-pods.ts';
import { grantByChart } from './chart.ts';

export interface ClusterOptions {
  /** Of the control plane that runs. */
  readonly minor: Minor;
  /** Of every kubelet. */
  readonly kubelets: Minor;
  readonly workers: number;
  readonly nodeGraceSeconds?: number;
  readonly runtimeConfig?: string;
  readonly requestSeconds?: number;
}

/** A real control plane, presented as kubeadm would have made it: one control-plane node and some workers. */
export interface Cluster {
  readonly plane: ControlPlane;
  readonly workers: readonly string[];
  /** A file with what the chart grants the worker. */
  readonly workerKubeconfig: string;
}

export const CONTROL_PLANE_NODE = 'cp-0';
/** Programs are built beforehand; a loaded machine starts them slowly. */
const BOOT_MS = 150_000;
/** For the hook that waits for it. */
export const START_MS = BOOT_MS + 60_000;

export async function startCluster({ minor, kubelets, workers, ...more }: ClusterOptions): Promise<Cluster> {
  const signal = AbortSignal.timeout(BOOT_MS);
  const plane = await ControlPlane.start({ minor, signal, ...more });
  try {
    const version = versionOf(kubelets);
    const names = Array.from({ length: workers }, (_, index) => `worker-${index + 1}`);
    const nodes: PlayedNode[] = [
      { name: CONTROL_PLANE_NODE, role: 'control-plane', version },
      ...names.map(name => ({ name, role: 'worker', version }) as const),
    ];
    await makeNodes(plane.admin, nodes, plane.kubeletPort);
    await mirrorStaticPods(plane.admin, CONTROL_PLANE_NODE, staticPodsOf(minor));
    await plane.admin.apps.createNamespacedDaemonSet({ namespace: 'kube-system', body: kubeProxy(minor) });
    await readyPods(plane.admin, 'kube-system', 'kube-proxy', nodes.length);
    const workerKubeconfig = join(plane.folder, 'worker.conf');
    await writeFile(workerKubeconfig, await grantByChart(plane.admin, signal));
    return { plane, workers: names, workerKubeconfig };
  } catch (error) {
    await plane.stop();
    throw error;
  }
}

export function staticPodsOf(minor: Minor): StaticPods {
  const version = versionOf(minor);
  return {
    etcd: ETCD_OF[minor],
    'kube-apiserver': version,
    'kube-controller-manager': version,
    'kube-scheduler': version,
  };
}

export function kubeProxy(minor: Minor): V1DaemonSet {
  const labels = { 'k8s-app': 'kube-proxy', app: 'kube-proxy' };
  return {
    metadata: { name: 'kube-proxy', labels },
    spec: {
      selector: { matchLabels: labels },
      updateStrategy: { type: 'RollingUpdate', rollingUpdate: { maxUnavailable: '100%' } },
      template: {
        metadata: { labels },
        spec: {
          hostNetwork: true,
          priorityClassName: 'system-node-critical',
          tolerations: [{ operator: 'Exists' }],
          containers: [{ name: 'kube-proxy', image: `registry.k8s.io/kube-proxy:${versionOf(minor)}` }],
        },
      },
    },
  };
}
