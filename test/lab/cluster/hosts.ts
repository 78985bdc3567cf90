import { mkdirSync, readdirSync, readFileSync, readlinkSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { run } from '../../support/command.ts';
import { giveImageStore } from './image-store.ts';
import { pathHere } from './kept.ts';
import { GATEWAY, type Host, OURS, type Places, REPOSITORY_PORT, rootOf, systemNameOf } from './layout.ts';
import { connect, setPlugged } from './network.ts';
import { repositoryPath } from './packages.ts';
import { endNow, startDetached, until } from './process.ts';

const BOOT_MS = 90_000;
const END_MS = 20_000;

/** Nobody answers there, and says so at once: the hosts reach no other network, and a name must not cost a time-out. */
const NO_RESOLVER = `nameserver ${GATEWAY}\n`;

/** The disk and the network of a host, which is not booted yet. `minor`: whose packages apt knows first. */
export async function makeHost(
  places: Places,
  host: Host,
  all: readonly Host[],
  { root, images, minor }: { readonly root: string; readonly images: string; readonly minor: string },
): Promise<void> {
  const own = rootOf(places, host.name);
  mkdirSync(places.hosts, { recursive: true });
  await run('cp', ['--archive', '--reflink=auto', root, own]);
  await giveImageStore(images, own);
  const names = all.map(({ name, address }) => `${address} ${name}\n`).join('');
  const repository = `http://${GATEWAY}:${REPOSITORY_PORT}/${repositoryPath(minor)}/`;
  const files = {
    'etc/hostname': `${host.name}\n`,
    'etc/hosts': `127.0.0.1 localhost\n${names}`,
    'etc/resolv.conf': NO_RESOLVER,
    'etc/apt/sources.list.d/kubernetes.list': `deb [trusted=yes] ${repository} /\n`,
    'etc/cni/net.d/10-lab.conflist': JSON.stringify(podNetwork(host), null, 2),
  };
  rmSync(join(own, 'etc/resolv.conf'), { force: true });
  for (const [path, text] of Object.entries(files)) writeFileSync(join(own, path), text);
  await connect(host);
}

function podNetwork({ podSubnet }: Host): object {
  const bridge = {
    type: 'bridge',
    bridge: 'cni0',
    isGateway: true,
    hairpinMode: true,
    ipam: { type: 'host-local', ranges: [[{ subnet: podSubnet }]], routes: [{ dst: '0.0.0.0/0' }] },
  };
  const ports = { type: 'portmap', capabilities: { portMappings: true } };
  return { cniVersion: '1.0.0', name: 'lab', plugins: [bridge, ports] };
}

/** Gives the host power. It goes on when this process has ended. */
export function powerOn(places: Places, host: string): void {
  const command = [pathHere('host.sh'), host, rootOf(places, host), places.shared];
  startDetached(join(places.logs, `${host}.log`), pathHere('in-groups.sh'), [systemNameOf(host), ...command]);
}

export async function untilBooted(host: string, signal: AbortSignal): Promise<void> {
  await until(`The boot of ${host}`, BOOT_MS, () => isUp(host), signal);
}

async function isUp(host: string): Promise<boolean> {
  if (firstProcessOf(host) === undefined) return false;
  try {
    await inHost(host, ['systemctl', '--quiet', 'is-active', 'containerd']);
    return true;
  } catch {
    // The host has no namespaces yet, or its systemd does not answer, or containerd has not started.
    return false;
  }
}

/** What the command printed on the host. */
export const inHost = (host: string, command: readonly string[], input?: string, signal?: AbortSignal) =>
  run('nsenter', entering(host, command), { ...(input !== undefined && { input }), ...(signal && { signal }) });

export const entering = (host: string, command: readonly string[]) => [
  `--target=${requireFirstProcess(host)}`,
  '--all',
  '--',
  ...command,
];

/** Cuts the power: nothing on the host is told, and the network does not know it any more. */
export async function cutPower(host: string): Promise<void> {
  await setPlugged(host, false);
  await end(host);
}

/** Ends the host at once; one that will not be needed again has nothing to put in order. */
export async function end(host: string): Promise<void> {
  await until(`The end of ${host}`, END_MS, () => {
    // With every look: one that is about to boot has no first process yet.
    const first = firstProcessOf(host);
    if (first !== undefined) endNow(first);
    return processesOf(host).length === 0;
  });
}

function requireFirstProcess(host: string): number {
  const first = firstProcessOf(host);
  if (first === undefined) throw new Error(`${host} is not running: "npm run lab status" names the hosts that are.`);
  return first;
}

/** Process 1 of the host, by the number that this machine knows it by. */
export function firstProcessOf(host: string): number | undefined {
  return processesOf(host).find(pid => {
    // One level below ours: deeper ones are the first processes of pods.
    const numbers = /^NSpid:\s+(.+)$/m.exec(readProc(pid, 'status'))?.[1]?.split(/\s+/) ?? [];
    return numbers.length === 2 && numbers[1] === '1';
  });
}

/** Every process of the host and of what keeps it alive. */
export function processesOf(host: string): readonly number[] {
  return processesIn(new RegExp(`/${systemNameOf(host)}(?:/|$)`, 'm'));
}

/** Every process of any lab on this machine. */
export const processesOfLabs = () => processesIn(new RegExp(OURS.source, 'm'));

function processesIn(groups: RegExp): readonly number[] {
  return allProcesses().filter(pid => groups.test(readProc(pid, 'cgroup')));
}

/** Every process that lives in a network namespace, by the file of its name. */
export function processesWithin(namespace: string): readonly number[] {
  const own = `net:[${statSync(namespace).ino}]`;
  return allProcesses().filter(pid => networkOf(pid) === own);
}

const allProcesses = () =>
  readdirSync('/proc')
    .filter(name => /^\d+$/.test(name))
    .map(Number);

function networkOf(pid: number): string {
  try {
    return readlinkSync(`/proc/${pid}/ns/net`);
  } catch {
    // It ended between the two looks.
    return '';
  }
}

function readProc(pid: number, file: string): string {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'utf8');
  } catch {
    // It ended between the two looks.
    return '';
  }
}
