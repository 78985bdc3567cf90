import { execFile, spawn } from 'node:child_process';
import { accessSync, constants, existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

type Environment = Readonly<Record<string, string | undefined>>;

const ROOT = dirname(fileURLToPath(new URL('../../package.json', import.meta.url)));

/** Versions that the hosts start with and are upgraded to; the lab builds both. */
export const FROM = 'v1.36.3';
export const TO = 'v1.37.2';
/** One control-plane host and two workers, as the lab names and addresses them. */
export const CONTROL_PLANE = 'n0';
export const HOSTS = { n0: '10.99.0.10', n1: '10.99.0.11', n2: '10.99.0.12' } as const;

/** Nobody answers there, and says so at once: the hosts reach no other network, and a name must not cost a time-out. */
const NO_RESOLVER = 'nameserver 10.99.0.1\n';

/** How long a command that was told to end may take, before it and all that it started are ended the hard way. */
const GRACE_MS = 30_000;
const LOOK_MS = 100;
const REMOVE_MS = 120_000;

/**
 * The tool that boots real hosts on this machine and makes a kubeadm cluster of them: a folder with the commands
 * `build.sh`, `lab` and `image.py`, and the cache that they build into.
 */
export interface Lab {
  readonly folder: string;
  readonly cache: string;
  readonly environment: Environment;
}

/** What the lab's commands call, by the Debian package that brings it. */
const TOOLS: Readonly<Record<string, string>> = {
  go: 'Go 1.26',
  python3: 'package python3',
  'redis-server': 'package redis-server',
  'systemd-nspawn': 'package systemd-container',
  debootstrap: 'package debootstrap',
  'dpkg-scanpackages': 'package dpkg-dev',
  busybox: 'package busybox-static',
  gcc: 'packages gcc and libc6-dev',
  ip: 'package iproute2',
  iptables: 'package iptables',
};

/** The lab, or every reason why it cannot be used here. */
export function findLab(environment: Environment): Lab | { readonly missing: readonly string[] } {
  const folder = environment.CAPSTAN_LAB_DIR ?? join(dirname(ROOT), 'shared', 'lab');
  const missing = [
    ...(process.platform === 'linux' && process.arch === 'x64' ? [] : ['Linux on amd64']),
    ...(process.getuid?.() === 0 ? [] : ['root']),
    ...(existsSync(join(folder, 'lab')) ? [] : [`a lab: ${folder} holds none (CAPSTAN_LAB_DIR says where it is)`]),
    ...Object.entries(TOOLS)
      .filter(([tool]) => !onPath(tool, environment))
      .map(([tool, origin]) => `${tool} on the PATH (${origin})`),
  ];
  if (missing.length > 0) return { missing };
  const cache = environment.CAPSTAN_LAB ?? join(homedir(), '.cache', 'capstan-lab');
  const versions = `${FROM.slice(1)} ${TO.slice(1)}`;
  return { folder, cache, environment: { ...environment, CAPSTAN_LAB: cache, LAB_VERSIONS: versions } };
}

function onPath(name: string, environment: Environment): boolean {
  return (environment.PATH ?? '').split(delimiter).some(folder => {
    try {
      accessSync(join(folder, name), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

export const kubeconfigOf = (lab: Lab): string => join(lab.cache, 'kubeconfig');
export const kubectlOf = (lab: Lab): string => join(lab.cache, 'bin', `kubernetes-${TO.slice(1)}`, 'kubectl');
/** The root file system of a host, as this machine sees it. */
export const rootOf = (lab: Lab, host: string): string => join(lab.cache, 'hosts', host);

/** Builds every program, package and image of the cluster: tens of minutes the first time, seconds from then on. */
export async function buildEverything(lab: Lab, signal: AbortSignal): Promise<void> {
  for (const script of ['build.sh', 'root.sh']) await runGroup(join(lab.folder, script), [], lab.environment, signal);
}

/** Boots the hosts and waits until every node is Ready. Rejects where the lab could not. */
export async function bootHosts(lab: Lab, signal: AbortSignal): Promise<void> {
  const environment = { ...lab.environment, LAB_SKIP_BUILD: 'yes' };
  await runGroup(join(lab.folder, 'lab'), ['up', '2', '1'], environment, signal);
  for (const host of Object.keys(HOSTS)) writeFileSync(join(rootOf(lab, host), 'etc/resolv.conf'), NO_RESOLVER);
}

/** Stops every host and removes what they wrote. Safe to call where nothing runs. */
export async function removeHosts(lab: Lab): Promise<void> {
  await runGroup(join(lab.folder, 'lab'), ['down'], lab.environment, AbortSignal.timeout(REMOVE_MS));
}

/** Makes a one-layer image of the machine's static busybox, and gives it to every host. */
export async function loadBusybox(lab: Lab, scratch: string, name: string, applets: readonly string[]): Promise<void> {
  const archive = join(scratch, `${name.replace(/\W/g, '-')}.tar`);
  const files = ['busybox', ...applets].map(applet => `/bin/busybox:/bin/${applet}`);
  await run('python3', [join(lab.folder, 'image.py'), archive, name, ...files]);
  await run(join(lab.folder, 'lab'), ['load', archive]);
}

/** Runs a script of these sources inside the network in which the hosts can be reached. */
export async function runInNetwork(lab: Lab, script: readonly string[], signal: AbortSignal): Promise<void> {
  await runGroup(join(lab.folder, 'lab'), ['net', process.execPath, ...script], lab.environment, signal);
}

/** What there is of a lab on this machine: processes in its cgroups, its network namespaces, mounts beneath its cache. */
export function traces(lab: Lab): { readonly processes: readonly string[]; readonly others: readonly string[] } {
  const namespaces = existsSync('/run/netns') ? readdirSync('/run/netns').filter(name => /^lab(-|$)/.test(name)) : [];
  const mounts = readFileSync('/proc/self/mounts', 'utf8')
    .split('\n')
    .filter(line => line.includes(`${lab.cache}/hosts`));
  const processes = readdirSync('/proc').filter(pid => /^\d+$/.test(pid) && /\/lab-n\d/.test(cgroupOf(pid)));
  return {
    processes: processes.map(pid => `process ${pid}`),
    others: [...namespaces.map(name => `network namespace ${name}`), ...mounts.map(line => `mount ${line}`)],
  };
}

function cgroupOf(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/cgroup`, 'utf8');
  } catch {
    // It ended between the two looks.
    return '';
  }
}

/**
 * Runs a command in a process group of its own, and leaves nothing of that group behind. What the lab detaches on
 * purpose, its hosts, is not part of the group. Rejects where the command did not end with 0, or the signal ended it.
 */
async function runGroup(
  command: string,
  args: readonly string[],
  environment: Environment,
  signal: AbortSignal,
): Promise<void> {
  signal.throwIfAborted();
  const child = spawn(command, [...args], {
    env: environment,
    stdio: ['ignore', 'inherit', 'inherit'],
    detached: true,
  });
  let hard: NodeJS.Timeout | undefined;
  const end = () => {
    signalGroup(child.pid, 'SIGTERM');
    hard = setTimeout(() => signalGroup(child.pid, 'SIGKILL'), GRACE_MS);
  };
  signal.addEventListener('abort', end, { once: true });
  try {
    const code = await new Promise<number | string>((resolve, reject) => {
      child.once('error', reject);
      child.once('exit', (exitCode, name) => resolve(name ?? exitCode ?? 0));
    });
    if (signal.aborted) await groupEnds(child.pid);
    signal.throwIfAborted();
    if (code !== 0) throw new Error(`"${[command, ...args].join(' ')}" ended with ${code}.`);
  } finally {
    signal.removeEventListener('abort', end);
    clearTimeout(hard);
    signalGroup(child.pid, 'SIGKILL');
  }
}

/** The group's first process may end long before those that it started. */
async function groupEnds(pid: number | undefined): Promise<void> {
  const until = Date.now() + GRACE_MS;
  while (signalGroup(pid, 0) && Date.now() < until) await delay(LOOK_MS);
}

/** False where nobody is left in the group. 0 only asks. */
function signalGroup(pid: number | undefined, signal: NodeJS.Signals | 0): boolean {
  if (pid === undefined) return false;
  try {
    return process.kill(-pid, signal);
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ESRCH') return false;
    throw error;
  }
}

/** What a command printed. Rejects with its error output. */
export function run(command: string, args: readonly string[], input?: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = execFile(command, [...args], { maxBuffer: 64 * 1024 * 1024 }, (error, stdout, stderr) => {
      if (error) reject(new Error(`${command} ${args.join(' ')}: ${stderr.trim() || error.message}`));
      else resolve(stdout);
    });
    child.stdin?.end(input ?? '');
  });
}
