import { copyFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Parts } from './build.ts';
import { entering, inHost, makeHost, powerOn, untilBooted } from './hosts.ts';
import { initSettings } from './kubeadm.ts';
import { controlPlanesOf, endpointOf, type Host, type Lab, type Places, rootOf, workersOf } from './layout.ts';
import { allowWatches } from './machine.ts';
import { inNetwork, makeNetwork } from './network.ts';
import { packageVersion } from './packages.ts';
import { run, runLogged } from './process.ts';
import { balanceApi, servePackages } from './services.ts';
import { writeLab } from './state.ts';

const READY_SECONDS = 90;
const KUBERNETES = ['kubeadm', 'kubelet', 'kubectl'];
/** kubeadm would rather have control groups of version 2, which this machine may not have. */
const IGNORED = '--ignore-preflight-errors=SystemVerification';

/** Boots the hosts and makes a cluster of them, of the first of the minors. Resolves when every node is Ready. */
export async function bringUp(
  places: Places,
  hosts: readonly Host[],
  { root, images, repositories, releases }: Parts,
  tell: (what: string) => void,
  signal: AbortSignal,
): Promise<Lab> {
  const [first] = releases;
  const newest = releases.at(-1);
  const [leader, ...otherControlPlanes] = controlPlanesOf(hosts);
  if (!first || !newest || !leader) throw new Error('A lab needs a minor of Kubernetes and a control plane.');
  const minors = releases.map(({ minor }) => minor);
  const lab: Lab = { hosts, minors, endpoint: endpointOf(hosts), kubectl: join(newest.controlPlane, 'kubectl') };
  for (const folder of [places.logs, places.shared]) mkdirSync(folder, { recursive: true });
  writeLab(places, lab);

  tell(`${hosts.length} hosts`);
  allowWatches();
  await makeNetwork();
  servePackages(places, repositories);
  for (const host of hosts) {
    await makeHost(places, host, hosts, { root, images, minor: first.minor });
    powerOn(places, host.name);
  }
  if (otherControlPlanes.length > 0) await balanceApi(places, hosts);
  const ready = new Map(hosts.map(({ name }) => [name, install(places, name, packageVersion(first.version), signal)]));
  // Whoever is waited for later may fail earlier.
  for (const each of ready.values()) each.catch(() => undefined);

  await ready.get(leader.name);
  tell(`kubeadm init on ${leader.name}`);
  const tickets = await initCluster(places, leader, { endpoint: lab.endpoint, version: first.version }, signal);
  for (const { name } of otherControlPlanes) {
    await ready.get(name);
    tell(`kubeadm join on ${name}`);
    await kubeadm(places, name, [...tickets.worker, '--control-plane', '--certificate-key', tickets.key], signal);
  }
  const workers = workersOf(hosts);
  if (workers.length > 0) tell(`kubeadm join on ${workers.map(({ name }) => name).join(', ')}`);
  await Promise.all(
    workers.map(async ({ name }) => {
      await ready.get(name);
      await kubeadm(places, name, tickets.worker, signal);
    }),
  );
  tell('nodes to be Ready');
  await untilNodesReady(places, lab, signal);
  return lab;
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
