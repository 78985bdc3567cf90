import { copyFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { run } from '../../support/command.ts';
import type { Parts } from './build.ts';
import { entering, inHost, makeHost, powerOn, untilBooted } from './hosts.ts';
import { initSettings } from './kubeadm.ts';
import { controlPlanesOf, endpointOf, type Host, type Lab, type Places, rootOf, workersOf } from './layout.ts';
import { allowWatches } from './machine.ts';
import { inNetwork, makeNetwork } from './network.ts';
import { packageVersion } from './packages.ts';
import { runLogged } from './process.ts';
import { balanceApi, servePackages } from './services.ts';
import { writeLab } from './state.ts';

const READY_SECONDS = 90;
const KUBERNETES = ['kubeadm', 'kubelet', 'kubectl'];
/** kubeadm would rather have control groups of version 2, which this machine may not have. */
const IGNORED = '--ignore-preflight-errors=SystemVerification';

type Tell = (what: string) => void;

/** Boots the hosts and makes a cluster of them, of the first of the minors. Resolves when every node is Ready. */
export async function bringUp(
  places: Places,
  hosts: readonly Host[],
  parts: Parts,
  tell: Tell,
  signal: AbortSignal,
): Promise<Lab> {
  const [first] = parts.releases;
  const newest = parts.releases.at(-1);
  if (!first || !newest) throw new Error('A lab needs a minor of Kubernetes.');
  const minors = parts.releases.map(({ minor }) => minor);
  const lab: Lab = { hosts, minors, endpoint: endpointOf(hosts), kubectl: join(newest.controlPlane, 'kubectl') };
  for (const folder of [places.logs, places.shared]) mkdirSync(folder, { recursive: true });
  writeLab(places, lab);
  tell(`${hosts.length} hosts`);
  await boot(places, hosts, parts, first.minor);
  const installed = installAll(places, hosts, packageVersion(first.version), signal);
  await makeCluster({ places, lab, version: first.version, installed, tell }, signal);
  tell('nodes to be Ready');
  await untilNodesReady(places, lab, signal);
  return lab;
}

async function boot(places: Places, hosts: readonly Host[], parts: Parts, minor: string): Promise<void> {
  allowWatches();
  await makeNetwork();
  servePackages(places, parts.repositories);
  for (const host of hosts) {
    await makeHost(places, host, hosts, { root: parts.root, images: parts.images, minor });
    powerOn(places, host.name);
  }
  if (controlPlanesOf(hosts).length > 1) await balanceApi(places, hosts);
}

/** By name of the host: when it has booted and has the packages. */
type Installed = ReadonlyMap<string, Promise<void>>;

function installAll(places: Places, hosts: readonly Host[], version: string, signal: AbortSignal): Installed {
  const all = new Map(hosts.map(({ name }) => [name, install(places, name, version, signal)]));
  // Whoever is waited for later may fail earlier.
  for (const each of all.values()) each.catch(() => undefined);
  return all;
}

interface Making {
  readonly places: Places;
  readonly lab: Lab;
  /** `v1.36.3` */
  readonly version: string;
  readonly installed: Installed;
  readonly tell: Tell;
}

/** The first control plane, then the others one after another, for each becomes a member of etcd; then all workers. */
async function makeCluster({ places, lab, version, installed, tell }: Making, signal: AbortSignal): Promise<void> {
  const [leader, ...others] = controlPlanesOf(lab.hosts);
  if (!leader) throw new Error('A lab needs a control plane.');
  await installed.get(leader.name);
  tell(`kubeadm init on ${leader.name}`);
  const { worker, key } = await initCluster(places, leader, { endpoint: lab.endpoint, version }, signal);
  const enter = async ({ name }: Host, more: readonly string[]) => {
    await installed.get(name);
    await kubeadm(places, name, [...worker, ...more], signal);
  };
  for (const host of others) {
    tell(`kubeadm join on ${host.name}`);
    await enter(host, ['--control-plane', '--certificate-key', key]);
  }
  const workers = workersOf(lab.hosts);
  if (workers.length > 0) tell(`kubeadm join on ${workers.map(({ name }) => name).join(', ')}`);
  await Promise.all(workers.map(host => enter(host, [])));
}

/** The packages of the first minor, by apt, and held as kubeadm's documentation says. */
async function install(places: Places, host: string, version: string, signal: AbortSignal): Promise<void> {
  await untilBooted(host, signal);
  const wanted = KUBERNETES.map(name => `${name}=${version}`).join(' ');
  const steps = [
    'export DEBIAN_FRONTEND=noninteractive',
    'apt-get update',
    `apt-get install --yes --no-install-recommends ${wanted}`,
    `apt-mark hold ${KUBERNETES.join(' ')}`,
  ];
  const command = entering(host, ['sh', '-c', steps.join(' && ')]);
  await runLogged(join(places.logs, `${host}-packages.log`), 'nsenter', command, signal);
}

interface Join {
  readonly worker: readonly string[];
  readonly key: string;
}

async function initCluster(
  places: Places,
  { name, address }: Host,
  { endpoint, version }: { readonly endpoint: string; readonly version: string },
  signal: AbortSignal,
): Promise<Join> {
  const settings = initSettings({ node: name, address, endpoint, version });
  writeFileSync(join(rootOf(places, name), 'root/kubeadm.yaml'), settings);
  await kubeadm(places, name, ['init', '--config=/root/kubeadm.yaml', '--upload-certs'], signal);
  copyFileSync(join(rootOf(places, name), 'etc/kubernetes/admin.conf'), places.kubeconfig);
  const printed = await inHost(name, ['kubeadm', 'token', 'create', '--print-join-command'], undefined, signal);
  const uploaded = await inHost(
    name,
    ['kubeadm', 'init', 'phase', 'upload-certs', '--upload-certs'],
    undefined,
    signal,
  );
  return { worker: printed.trim().split(/\s+/).slice(1), key: uploaded.trim().split('\n').at(-1) ?? '' };
}

async function kubeadm(places: Places, host: string, args: readonly string[], signal: AbortSignal): Promise<void> {
  const command = entering(host, ['kubeadm', ...args, IGNORED]);
  await runLogged(join(places.logs, `${host}-kubeadm.log`), 'nsenter', command, signal);
}

async function untilNodesReady({ kubeconfig }: Places, { kubectl }: Lab, signal: AbortSignal): Promise<void> {
  const wait = ['wait', '--for=condition=Ready', 'nodes', '--all', `--timeout=${READY_SECONDS}s`];
  const [command = '', ...args] = inNetwork(kubectl, '--kubeconfig', kubeconfig, ...wait);
  await run(command, args, { signal });
}
