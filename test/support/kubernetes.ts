import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SINGLE_CONTROL_PLANE } from '../../src/demo/cluster/scenarios.ts';
import {
  type SimulatedCluster,
  type SimulatedClusterOptions,
  startSimulatedCluster,
} from '../../src/demo/cluster/simulated-cluster.ts';
import {
  type ConnectedKubernetes,
  connectKubernetes,
  type KubernetesOptions,
} from '../../src/kubernetes/kubernetes.ts';
import { MeddlingProxy } from './meddling-proxy.ts';

/** A simulated cluster, what stands before it, and the adapter that talks to it through that. */
export interface Stage {
  readonly cluster: SimulatedCluster;
  readonly proxy: MeddlingProxy;
  readonly kubernetes: ConnectedKubernetes;
  /** What the adapter warned about. */
  readonly warnings: string[];
  /** Another adapter on the same cluster; it is closed with the stage. */
  connect(more?: Partial<KubernetesOptions>): ConnectedKubernetes;
  /** A file with the cluster's kubeconfig, changed so. */
  kubeconfig(change: (text: string) => string): string;
  stop(): Promise<void>;
}

export const NEVER = new AbortController().signal;

export async function startStage(
  more: Partial<KubernetesOptions> = {},
  { scenario = SINGLE_CONTROL_PLANE, speed = 60 }: Partial<SimulatedClusterOptions> = {},
): Promise<Stage> {
  const cluster = await startSimulatedCluster({ scenario, speed });
  const proxy = await new MeddlingProxy(cluster.url).start();
  const folder = mkdtempSync(join(tmpdir(), 'capstan-kubernetes-'));
  let files = 0;
  const kubeconfig: Stage['kubeconfig'] = change => {
    files += 1;
    const file = join(folder, `kubeconfig-${files}`);
    writeFileSync(file, change(cluster.kubeconfig().replaceAll(cluster.url, proxy.url)));
    return file;
  };
  const usual = kubeconfig(text => text);
  const warnings: string[] = [];
  const opened: ConnectedKubernetes[] = [];
  const connect: Stage['connect'] = options => {
    const onWarning = (text: string) => warnings.push(text);
    const connected = connectKubernetes({ kubeconfig: usual, patienceMs: 20_000, onWarning, ...more, ...options });
    opened.push(connected);
    return connected;
  };
  return {
    cluster,
    proxy,
    kubernetes: connect(),
    warnings,
    connect,
    kubeconfig,
    async stop() {
      for (const each of opened) each.close();
      await proxy.stop();
      await cluster.stop();
      rmSync(folder, { recursive: true });
    },
  };
}
