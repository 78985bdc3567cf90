import { readlinkSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { type Client, clientOf, raw } from '../contract/client.ts';
import { run } from '../support/command.ts';
import { type Eviction, evictionsIn, writeAuditPolicy } from './audit.ts';
import { writeCredentials } from './certificates.ts';
import { argumentsOf, COMPONENTS, type Component, etcdUrl, type Layout } from './components.ts';
import { Daemon } from './daemon.ts';
import { compactHistory } from './etcd.ts';
import { keepLogs } from './kept-logs.ts';
import { type Minor, versionOf } from './modules.ts';
import { freePorts } from './ports.ts';
import { type Programs, programsOf } from './programs.ts';

export interface ControlPlaneOptions {
  readonly minor: Minor;
  /** Shorter than a cluster's own where a test waits for it. */
  readonly nodeGraceSeconds?: number;
  /** API versions that are served beside those that always are. */
  readonly runtimeConfig?: string;
  /** Shorter than an API server's own where a test waits for it. */
  readonly requestSeconds?: number;
  readonly signal: AbortSignal;
}

const STAGES = fileURLToPath(new URL('./stages/', import.meta.url));
const NODE_GRACE_SECONDS = 40;
const READY_MS = 60_000;
const LOOK_MS = 50;
/** What every container of a played pod has printed. */
export const PRINTED = 'the last line that a container has printed';

/**
 * A real etcd, kube-apiserver, kube-controller-manager and kube-scheduler as processes on the loopback interface, with
 * certificates by kubeadm and RBAC. Nodes and their pods are played by kwok.
 */
export class ControlPlane {
  readonly admin: Client;
  readonly kubeconfig: string;
  readonly #layout: Layout;
  readonly #programs = new Map<Minor, Programs>();
  readonly #running = new Map<Component | 'kwok', Daemon>();
  readonly #signal: AbortSignal;

  private constructor(layout: Layout, kubeconfig: string, signal: AbortSignal) {
    this.#layout = layout;
    this.kubeconfig = kubeconfig;
    this.admin = clientOf(kubeconfig);
    this.#signal = signal;
  }

  /** Resolves once requests are answered, and controllers, scheduler and kwok have been started. */
  static async start(options: ControlPlaneOptions): Promise<ControlPlane> {
    const { minor, nodeGraceSeconds = NODE_GRACE_SECONDS, runtimeConfig, requestSeconds, signal } = options;
    const programs = await programsOf(minor, signal);
    const folder = await mkdtemp(join(tmpdir(), 'capstan-control-plane-'));
    let plane: ControlPlane | undefined;
    try {
      const given = { nodeGraceSeconds, runtimeConfig, requestSeconds };
      const layout = { ...(await layOut(programs.kubeadm, minor, folder)), ...given };
      plane = new ControlPlane(layout, await readFile(layout.kubeconfigs.admin, 'utf8'), signal);
      await plane.#begin(minor, programs);
      return plane;
    } catch (error) {
      await (plane?.stop() ?? rm(folder, { recursive: true, force: true }));
      throw error;
    }
  }

  /** Where the kubelet of every played node listens. */
  get kubeletPort(): number {
    return this.#layout.ports.kwok;
  }

  get folder(): string {
    return this.#layout.folder;
  }

  /** A file with the kubeconfig of the administrator. */
  get kubeconfigFile(): string {
    return this.#layout.kubeconfigs.admin;
  }

  /** Where its etcd answers, without credentials. */
  get etcdUrl(): string {
    return etcdUrl(this.#layout);
  }

  /** The kubectl of the newest minor that was started. */
  get kubectlFile(): string {
    return [...this.#programs.values()].at(-1)?.kubectl ?? 'kubectl';
  }

  async #begin(minor: Minor, programs: Programs): Promise<void> {
    this.#programs.set(minor, programs);
    this.#launch('etcd', programs);
    this.#launch('kube-apiserver', programs);
    await this.#untilReady();
    await this.#admitAdministrator();
    this.#launch('kube-controller-manager', programs);
    this.#launch('kube-scheduler', programs);
    await this.#playNodes(programs);
  }

  /** As the administrator. */
  kubectl(args: readonly string[], input = ''): Promise<string> {
    return run(this.kubectlFile, ['--kubeconfig', this.kubeconfigFile, ...args], { input });
  }

  /** As an upgrade does: the program of another minor takes the place of the one that runs, on the same data. */
  async replace(component: Component, minor: Minor): Promise<void> {
    const programs = this.#programs.get(minor) ?? (await programsOf(minor, this.#signal));
    this.#programs.set(minor, programs);
    await this.#running.get(component)?.stop();
    this.#launch(component, programs);
    if (component === 'etcd' || component === 'kube-apiserver') await this.#untilReady();
  }

  /** Every eviction that somebody asked for, in the order of the answers, as the API server itself wrote it down. */
  evictions(): Promise<readonly Eviction[]> {
    return evictionsIn(this.#layout.audit.log);
  }

  /** The API server's history is gone up to now: older versions can neither be listed nor watched from. */
  compact(): Promise<void> {
    return compactHistory(this.etcdUrl);
  }

  /** Ends every process and removes every file, but for logs that are kept. */
  async stop(): Promise<void> {
    // Clients first, so that nobody complains about what went away.
    for (const name of ['kwok', ...COMPONENTS.toReversed()] as const) await this.#running.get(name)?.stop();
    this.#running.clear();
    await keepLogs(this.folder);
    await rm(this.folder, { recursive: true, force: true });
  }

  /** The file of the program that a component's process is made of just now, as the kernel says. */
  programOf(component: Component): string {
    return readlinkSync(`/proc/${this.#running.get(component)?.pid}/exe`);
  }

  pids(): readonly number[] {
    return [...this.#running.values()].flatMap(({ pid }) => pid ?? []);
  }

  #launch(component: Component, programs: Programs): void {
    const log = join(this.folder, `${component}.log`);
    const args = argumentsOf(component, this.#layout);
    // Who leads and cannot say so any more ends on purpose: somebody else might lead by now.
    const keptAlive = component === 'kube-controller-manager';
    this.#running.set(component, new Daemon(component, { program: programs[component], args, log, keptAlive }));
  }

  async #untilReady(): Promise<void> {
    const until = Date.now() + READY_MS;
    for (;;) {
      this.#signal.throwIfAborted();
      for (const daemon of this.#running.values()) daemon.assertRunning();
      if (await isReady(this.admin)) return;
      if (Date.now() > until) throw new Error(`The API server was not ready within ${READY_MS / 1_000} s.`);
      await delay(LOOK_MS);
    }
  }

  /** kubeadm's administrator is nobody until this is written, by one whom no rule binds. */
  async #admitAdministrator(): Promise<void> {
    const superior = clientOf(await readFile(this.#layout.kubeconfigs['super-admin'], 'utf8'));
    await superior.rbac.createClusterRoleBinding({
      body: {
        metadata: { name: 'kubeadm:cluster-admins' },
        roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'cluster-admin' },
        subjects: [{ apiGroup: 'rbac.authorization.k8s.io', kind: 'Group', name: 'kubeadm:cluster-admins' }],
      },
    });
  }

  async #playNodes(programs: Programs): Promise<void> {
    const { folder, pki, ports, kubeconfigs } = this.#layout;
    const printed = join(folder, 'printed.log');
    await writeFile(printed, `${new Date().toISOString()} stdout F ${PRINTED}\n`);
    const logs = join(folder, 'kwok-logs.yaml');
    await writeFile(logs, clusterLogs(printed));
    const flags = {
      kubeconfig: kubeconfigs.admin,
      'manage-all-nodes': true,
      'node-lease-duration-seconds': 0,
      'node-ip': '127.0.0.1',
      'node-port': ports.kwok,
      'server-address': `127.0.0.1:${ports.kwok}`,
      'tls-cert-file': join(pki, 'apiserver.crt'),
      'tls-private-key-file': join(pki, 'apiserver.key'),
    };
    const configs = [join(STAGES, 'nodes.yaml'), join(STAGES, 'pods.yaml'), logs];
    const args = [
      ...Object.entries(flags).map(([name, value]) => `--${name}=${value}`),
      ...configs.flatMap(config => ['--config', config]),
    ];
    this.#running.set('kwok', new Daemon('kwok', { program: programs.kwok, args, log: join(folder, 'kwok.log') }));
  }
}

/** Credentials for ports that are free. */
async function layOut(kubeadm: string, minor: Minor, folder: string) {
  const [apiserver = 0, etcd = 0, peer = 0, manager = 0, scheduler = 0, kwok = 0] = await freePorts(6);
  const credentials = await writeCredentials(kubeadm, { folder, port: apiserver, version: versionOf(minor) });
  const audit = await writeAuditPolicy(folder);
  return {
    ...credentials,
    folder,
    audit,
    ports: { apiserver, etcd, peer, 'controller-manager': manager, scheduler, kwok },
  };
}

function clusterLogs(file: string): string {
  return JSON.stringify({
    apiVersion: 'kwok.x-k8s.io/v1alpha1',
    kind: 'ClusterLogs',
    metadata: { name: 'every-container' },
    spec: { logs: [{ logsFile: file }] },
  });
}

/** Nobody listens yet, nobody answers in time, or the answer is that something is missing. */
async function isReady(client: Client): Promise<boolean> {
  try {
    const { httpStatusCode } = await raw(client, '/readyz');
    return httpStatusCode === 200;
  } catch (error) {
    if (error instanceof TypeError) return false;
    throw error;
  }
}
