import { readFile } from 'node:fs/promises';
import { BudgetWatcher, ComponentWatcher, JobWatcher, LeaseWatcher, NodeWatcher } from './cluster-watchers.ts';
import type { Kubectl } from './kubectl.ts';
import { HOSTS } from './lab.ts';
import { ApiWatcher, ClientWatcher } from './network-watchers.ts';
import type { Timeline } from './timeline.ts';
import { ADDRESSES } from './workload.ts';

const API_SERVER = `https://${HOSTS.n0}:6443`;

/** Who is told when something is seen. */
interface Listener {
  cordoned(node: string): void;
  jobStarted(node: string): void;
  apiGone(): void;
}

/** Everything that is seen from outside while the cluster is being upgraded. */
export interface Observation {
  readonly begun: number;
  readonly budgets: BudgetWatcher;
  readonly nodes: NodeWatcher;
  readonly components: ComponentWatcher;
  readonly jobs: JobWatcher;
  readonly leases: LeaseWatcher;
  readonly client: ClientWatcher;
  readonly api: ApiWatcher;
  /** Resolves when the signal has ended every watcher, rejects where one could not go on. */
  readonly over: Promise<unknown>;
}

export async function observe(
  { kubectl, kubeconfig, timeline }: { kubectl: Kubectl; kubeconfig: string; timeline: Timeline },
  listener: Listener,
  signal: AbortSignal,
): Promise<Observation> {
  const ca = authorityOf(await readFile(kubeconfig, 'utf8'));
  const budgets = new BudgetWatcher();
  const nodes = new NodeWatcher(timeline, node => listener.cordoned(node));
  const components = new ComponentWatcher();
  const jobs = new JobWatcher();
  const leases = new LeaseWatcher();
  const client = new ClientWatcher();
  const api = new ApiWatcher();
  const over = Promise.all([
    budgets.watch(kubectl, timeline, signal),
    nodes.watch(kubectl, signal),
    components.watch(kubectl, timeline, signal),
    jobs.watch(kubectl, timeline, node => listener.jobStarted(node), signal),
    leases.watch(kubectl, timeline, signal),
    client.watch(ADDRESSES, timeline, signal),
    api.watch(API_SERVER, ca, timeline, () => listener.apiGone(), signal),
  ]);
  return { begun: Date.now(), budgets, nodes, components, jobs, leases, client, api, over };
}

function authorityOf(kubeconfig: string): string {
  const [, encoded] = /certificate-authority-data: (\S+)/.exec(kubeconfig) ?? [];
  if (encoded === undefined) throw new Error('The kubeconfig of the cluster names no certificate authority.');
  return Buffer.from(encoded, 'base64').toString();
}
