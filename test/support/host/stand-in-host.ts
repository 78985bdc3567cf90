import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { appendFile, copyFile, mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const COMMANDS = [
  'apt-get',
  'apt-mark',
  'apt-cache',
  'dpkg-query',
  'dpkg',
  'systemctl',
  'systemd-run',
  'kubeadm',
  'kubelet',
  'kubectl',
  'df',
  'nsenter',
  'sleep',
] as const;

const DRIVER = new URL('../../../src/kubernetes/driver/host/', import.meta.url);

export const UPGRADE_SH = fileURLToPath(new URL('upgrade.sh', DRIVER));
const LAUNCH_SH = fileURLToPath(new URL('launch.sh', DRIVER));

/** What the Job's environment says, without the prefix `CAPSTAN_`. */
export type Settings = Readonly<Record<string, string>>;

export const FIRST_CONTROL_PLANE: Settings = {
  WORK_ID: 'run-1-h0-0-cp-1-1',
  WORK_KEY: 'first',
  NODE: 'cp-1',
  PHASE: 'control-plane',
  KUBEADM: 'apply',
  ONLY: '',
  FROM: 'v1.36.3',
  TO: 'v1.37.2',
  CGROUP: '2',
  IGNORE_PREFLIGHT: '',
};

export const WORKER_KUBELET: Settings = {
  ...FIRST_CONTROL_PLANE,
  WORK_ID: 'run-1-h0-2-worker-1-1',
  WORK_KEY: 'worker',
  NODE: 'worker-1',
  PHASE: 'kubelet',
  KUBEADM: 'node',
};

export interface Ended {
  readonly code: number | null;
  readonly output: string;
}

/** A folder that upgrade.sh takes for a host: its root, and stand-ins for the commands that would change a real one. */
export class StandInHost {
  readonly world: string;
  readonly root: string;
  readonly #running = new Set<ChildProcess>();

  private constructor(world: string) {
    this.world = world;
    this.root = join(world, 'root');
  }

  /** With kubeadm, kubelet and kubectl 1.36.3 installed and held, and 1.37.2 on offer. */
  static async create(role: 'control-plane' | 'worker'): Promise<StandInHost> {
    const host = new StandInHost(await mkdtemp(join(tmpdir(), 'capstan-host-')));
    for (const folder of ['bin', 'hooks', 'packages', 'units']) await mkdir(join(host.world, folder));
    const standIn = join(host.world, 'stand-in.sh');
    await copyFile(fileURLToPath(new URL('stand-in.sh', import.meta.url)), standIn);
    for (const name of COMMANDS) await symlink(standIn, join(host.world, 'bin', name));
    for (const name of PACKAGES) await writeFile(join(host.world, 'packages', name), 'installed 1.36.3-1.1\n');
    await writeFile(join(host.world, 'held'), PACKAGES.map(name => `${name}\n`).join(''));
    await writeFile(join(host.world, 'offers'), PACKAGES.flatMap(name => offers(name)).join(''));
    await host.put('etc/apt/sources.list.d/kubernetes.list', LIST);
    await host.put('sys/fs/cgroup/cgroup.controllers', 'cpu memory\n');
    await host.put('var/lib/dpkg/updates/.keep', '');
    await rm(join(host.root, 'var/lib/dpkg/updates/.keep'));
    if (role === 'control-plane') await host.#becomeControlPlane();
    return host;
  }

  async #becomeControlPlane(): Promise<void> {
    for (const name of ['kube-apiserver', 'kube-controller-manager', 'kube-scheduler']) {
      await this.put(`etc/kubernetes/manifests/${name}.yaml`, `    image: registry.k8s.io/${name}:v1.36.3\n`);
    }
    await this.put('etc/kubernetes/manifests/etcd.yaml', ETCD);
    await this.put('etc/kubernetes/admin.conf', 'kind: Config\n');
    await this.put('etc/kubernetes/tmp/kubeadm-backup-etcd-1/db', 'large');
    await this.put('var/lib/etcd/member/wal', '');
  }

  async put(path: string, text: string): Promise<void> {
    await mkdir(dirname(join(this.root, path)), { recursive: true });
    await writeFile(join(this.root, path), text);
  }

  read(path: string): Promise<string> {
    return readFile(join(this.root, path), 'utf8');
  }

  async remove(path: string): Promise<void> {
    await rm(join(this.root, path));
  }

  has(path: string): boolean {
    return existsSync(join(this.root, path));
  }

  /** What a command does before all else: shell text that sees its arguments; `exit` there is the whole of it. */
  async hook(command: (typeof COMMANDS)[number], text: string): Promise<void> {
    await writeFile(join(this.world, 'hooks', command), text);
  }

  /** A named pipe: whoever opens it waits until its other end is opened as well. */
  async pipe(name: string): Promise<string> {
    const path = join(this.world, name);
    execFileSync('mkfifo', [path]);
    return path;
  }

  async install(name: string, state: string | undefined): Promise<void> {
    const file = join(this.world, 'packages', name);
    await (state === undefined ? rm(file) : writeFile(file, `${state}\n`));
  }

  async offer(name: string, version: string): Promise<void> {
    await appendFile(join(this.world, 'offers'), `${name} ${version}\n`);
  }

  async held(): Promise<readonly string[]> {
    return (await readFile(join(this.world, 'held'), 'utf8')).split('\n').filter(Boolean).sort();
  }

  /** Every call of a stand-in so far, without those that only wait, look or follow. */
  async calls(): Promise<readonly string[]> {
    const text = await readFile(join(this.world, 'calls'), 'utf8').catch(() => '');
    return text.split('\n').filter(line => line && !QUIET.test(line));
  }

  /** What the Job's container does: attach, and the verdict as the termination message. */
  async launch(settings: Settings): Promise<Ended & { readonly message: string }> {
    const scripts = [LAUNCH_SH, UPGRADE_SH].map(file => readFile(file, 'utf8'));
    const [launch = '', upgrade = ''] = await Promise.all(scripts);
    return await this.runContainer(['/bin/sh', '-c', launch, 'launch.sh', upgrade], settings);
  }

  /** A container's command, which finds this host instead of the machine that the test runs on. */
  async runContainer(command: readonly string[], settings: Settings): Promise<Ended & { readonly message: string }> {
    const message = join(this.world, 'termination-log');
    const [shell, option, launch = '', ...rest] = command;
    if (shell !== '/bin/sh' || option !== '-c') throw new Error(`the container runs ${shell} ${option}`);
    const here = launch.replaceAll('/dev/termination-log', message).replaceAll('/var/lib', join(this.root, 'var/lib'));
    const ended = await this.#run(['-c', here, ...rest], settings);
    return { ...ended, message: await readFile(message, 'utf8') };
  }

  async attach(settings: Settings, onOutput?: (soFar: string) => void): Promise<Ended> {
    return await this.#run([UPGRADE_SH, 'attach', await readFile(UPGRADE_SH, 'utf8')], settings, onOutput);
  }

  /** One step alone, which keeps its files in the host's root. */
  async step(name: string, settings: Settings): Promise<Ended> {
    return await this.#run([UPGRADE_SH, 'step', name], { ...settings, DIR: this.root });
  }

  async verdict(key: string): Promise<unknown> {
    return JSON.parse(await this.read(`var/lib/capstan/work/${key}/verdict`));
  }

  /** The steps that were begun, in order. */
  async begun(key: string): Promise<readonly string[]> {
    const journal = await this.read(`var/lib/capstan/work/${key}/journal`);
    return [...journal.matchAll(/^\d+ begin (\S+)$/gm)].map(match => match[1] ?? '');
  }

  async #run(args: readonly string[], settings: Settings, onOutput?: (soFar: string) => void): Promise<Ended> {
    const child = spawn('/bin/sh', args, {
      env: {
        PATH: `${join(this.world, 'bin')}:/usr/bin:/bin`,
        CAPSTAN_ROOT: this.root,
        ...Object.fromEntries(Object.entries(settings).map(([name, value]) => [`CAPSTAN_${name}`, value])),
      },
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: true,
    });
    this.#running.add(child);
    let output = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', text => {
        output += text;
        onOutput?.(output);
      });
    }
    const [code] = (await once(child, 'close')) as [number | null];
    this.#running.delete(child);
    return { code, output };
  }

  /** Ends what still runs, and forgets the host. */
  async destroy(): Promise<void> {
    const units = await readdir(join(this.world, 'units'));
    const pids = await Promise.all(units.map(unit => readFile(join(this.world, 'units', unit), 'utf8')));
    await endSessions(new Set([...pids.map(Number), ...[...this.#running].map(({ pid }) => pid ?? 0)]));
    await rm(this.world, { recursive: true, force: true, maxRetries: 5 });
  }
}

const PACKAGES = ['kubeadm', 'kubectl', 'kubelet'];
const QUIET =
  /^(sleep|df|kubeadm certs|kubeadm upgrade diff|kubectl .*endpoint health|nsenter|systemctl show|systemctl is-system-running|apt-cache|dpkg-query|dpkg --compare)/;

const LIST =
  'deb [signed-by=/etc/apt/keyrings/kubernetes.gpg] https://packages.example.com/core:/stable:/v1.36/deb/ /\n';

const ETCD = `    - --data-dir=/var/lib/etcd
    - --listen-client-urls=https://127.0.0.1:2379,https://10.0.0.10:2379
    - --trusted-ca-file=/etc/kubernetes/pki/etcd/ca.crt
`;

function offers(name: string): string[] {
  return ['1.37.2-1.1', '1.37.1-1.1', '1.36.3-1.1'].map(version => `${name} ${version}\n`);
}

/** Units and attached pods are sessions of their own, whatever groups their children form. */
async function endSessions(leaders: ReadonlySet<number>): Promise<void> {
  for (const entry of await readdir('/proc')) {
    if (!/^\d+$/.test(entry)) continue;
    const stat = await readFile(`/proc/${entry}/stat`, 'utf8').catch(() => '');
    // proc(5): after the name in brackets come state, parent, group and session.
    const session = Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[3]);
    if (leaders.has(session)) kill(Number(entry));
  }
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}
