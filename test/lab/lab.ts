import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { accessSync, constants, existsSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

type Environment = Readonly<Record<string, string | undefined>>;

const ROOT = fileURLToPath(new URL('../../', import.meta.url));

/** Versions that the hosts start with and are upgraded to; the lab builds both. */
export const FROM = 'v1.36.3';
export const TO = 'v1.37.2';
/** One control-plane host and two workers, as the lab names and addresses them. */
export const HOSTS = { n0: '10.99.0.10', n1: '10.99.0.11', n2: '10.99.0.12' } as const;

/**
 * The tool that boots real hosts on this machine and makes a kubeadm cluster of them: a folder with the commands `lab`
 * and `image.py`, and the cache that they build into.
 */
export interface Lab {
  readonly folder: string;
  readonly cache: string;
  readonly environment: Environment;
}

/** The lab, or every reason why it cannot be used here. */
export function findLab(environment: Environment): Lab | { readonly missing: readonly string[] } {
  const folder = environment.CAPSTAN_LAB_DIR ?? join(dirname(join(ROOT, '.')), 'shared', 'lab');
  const missing = [
    ...(process.platform === 'linux' && process.getuid?.() === 0 ? [] : ['root on Linux']),
    ...(existsSync(join(folder, 'lab')) ? [] : [`a lab: ${folder} holds none (CAPSTAN_LAB_DIR says where it is)`]),
    ...['go', 'python3', 'redis-server'].filter(tool => !onPath(tool, environment)).map(tool => `${tool} on the PATH`),
  ];
  if (missing.length > 0) return { missing };
  const cache = environment.CAPSTAN_LAB ?? join(environment.HOME ?? '/root', '.cache', 'capstan-lab');
  return { folder, cache, environment: { ...environment, LAB_VERSIONS: `${FROM.slice(1)} ${TO.slice(1)}` } };
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

/** Boots the hosts and waits until every node is Ready. Rejects with what the lab printed. */
export async function bootHosts(lab: Lab, signal: AbortSignal): Promise<void> {
  const child = spawn(join(lab.folder, 'lab'), ['up', '2', '1'], {
    env: lab.environment,
    stdio: ['ignore', 'inherit', 'inherit'],
    signal,
  });
  const code = await exitOf(child);
  if (code !== 0) throw new Error(`"lab up" ended with ${code}; what it printed stands above.`);
}

/** Stops every host and removes what they wrote. Safe to call where nothing runs. */
export async function removeHosts(lab: Lab): Promise<void> {
  await exitOf(spawn(join(lab.folder, 'lab'), ['down'], { env: lab.environment, stdio: 'inherit' }));
}

/** Makes a one-layer image of the machine's static busybox, and gives it to every host. */
export async function loadBusybox(lab: Lab, scratch: string, name: string, applets: readonly string[]): Promise<void> {
  const archive = join(scratch, `${name.replace(/\W/g, '-')}.tar`);
  const files = ['busybox', ...applets].map(applet => `/bin/busybox:/bin/${applet}`);
  await run('python3', [join(lab.folder, 'image.py'), archive, name, ...files]);
  await run(join(lab.folder, 'lab'), ['load', archive]);
}

/** Runs this very process's command again, inside the network in which the hosts can be reached. */
export function insideNetwork(lab: Lab, command: readonly string[], signal: AbortSignal): ChildProcess {
  return spawn(join(lab.folder, 'lab'), ['net', process.execPath, ...command], { stdio: 'inherit', signal });
}

export function exitOf(child: ChildProcess): Promise<number | string> {
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (code, signal) => resolve(signal ?? code ?? 0));
  });
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
