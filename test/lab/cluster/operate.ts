import { run } from '../../support/command.ts';
import { entering, firstProcessOf, inHost, powerOn, untilBooted } from './hosts.ts';
import type { Host, Lab, Places } from './layout.ts';
import { inNetwork, setPlugged } from './network.ts';
import { runFrom, until } from './process.ts';

/** What can be done to a lab that is up. */

const REBOOT_MS = 90_000;

export function hostNamed(lab: Lab, name: string): Host {
  const found = lab.hosts.find(host => host.name === name);
  if (found) return found;
  throw new Error(`There is no host "${name}"; there are ${lab.hosts.map(host => host.name).join(', ')}.`);
}

/** Gives image archives to every host that is running. */
export async function loadImages(lab: Lab, archives: readonly string[], signal: AbortSignal): Promise<void> {
  const running = lab.hosts.filter(({ name }) => firstProcessOf(name) !== undefined);
  for (const archive of archives) await Promise.all(running.map(({ name }) => importOn(name, archive, signal)));
}

async function importOn(host: string, archive: string, signal: AbortSignal): Promise<void> {
  const command = ['ctr', '--namespace', 'k8s.io', 'images', 'import', '-'];
  await runFrom(archive, 'nsenter', entering(host, command), signal);
}

export async function rebootHost(host: string, signal: AbortSignal): Promise<void> {
  const before = firstProcessOf(host);
  await inHost(host, ['systemctl', 'reboot']);
  await until(`The reboot of ${host}`, REBOOT_MS, () => ![undefined, before].includes(firstProcessOf(host)), signal);
  await untilBooted(host, signal);
}

export async function startHost(places: Places, host: string, signal: AbortSignal): Promise<void> {
  if (firstProcessOf(host) !== undefined) throw new Error(`${host} is running already.`);
  await setPlugged(host, true);
  powerOn(places, host);
  await untilBooted(host, signal);
}

/** A line a host, and what kubectl says of the nodes. */
export async function statusText(places: Places, lab: Lab): Promise<string> {
  const hosts = lab.hosts.map(({ name, role, address }) => {
    const state = firstProcessOf(name) === undefined ? 'stopped' : 'running';
    return `${name.padEnd(6)}${role.padEnd(15)}${address.padEnd(14)}${state}`;
  });
  const head = `${'HOST'.padEnd(6)}${'ROLE'.padEnd(15)}${'ADDRESS'.padEnd(14)}STATE`;
  return [head, ...hosts, '', await nodesText(places, lab)].join('\n');
}

async function nodesText({ kubeconfig }: Places, { kubectl, endpoint }: Lab): Promise<string> {
  const [command = '', ...args] = inNetwork(
    ...[kubectl, '--kubeconfig', kubeconfig, '--request-timeout=5s', 'get', 'nodes'],
  );
  try {
    return (await run(command, args)).trimEnd();
  } catch (error) {
    return `The API at ${endpoint} does not answer: ${error instanceof Error ? error.message : error}`;
  }
}
