import { existsSync, readdirSync, readFileSync, rmdirSync } from 'node:fs';
import { join } from 'node:path';
import { run } from '../../support/command.ts';
import { end, processesOfLabs, processesWithin } from './hosts.ts';
import { NETWORK, type Places } from './layout.ts';
import { endNow, until } from './process.ts';

const END_MS = 20_000;
const NAMESPACES = '/run/netns';
const GROUPS = '/sys/fs/cgroup';
const ANY_GROUP = /^capstan-(?:cp\d+|w\d+|services)$/;

/** What there is of a lab on this machine. */
export interface Traces {
  /** Of the hosts, of what serves them, and of whoever else is in their network. */
  readonly processes: readonly number[];
  readonly namespaces: readonly string[];
  /** Folders. */
  readonly mounts: readonly string[];
  /** Folders. */
  readonly groups: readonly string[];
}

export function traces({ hosts }: Places): Traces {
  const namespaces = existsSync(NAMESPACES)
    ? readdirSync(NAMESPACES).filter(name => name === NETWORK || name.startsWith(`${NETWORK}-`))
    : [];
  const within = namespaces.flatMap(name => processesWithin(join(NAMESPACES, name)));
  return {
    processes: [...new Set([...processesOfLabs(), ...within])],
    namespaces,
    mounts: readFileSync('/proc/self/mounts', 'utf8')
      .split('\n')
      .flatMap(line => line.split(' ')[1] ?? [])
      .filter(folder => folder.startsWith(`${hosts}/`)),
    groups: groups(),
  };
}

/** In words. */
export function tracesText({ processes, namespaces, mounts, groups: left }: Traces): readonly string[] {
  return [
    ...processes.map(pid => `process ${pid}`),
    ...namespaces.map(name => `network namespace ${name}`),
    ...mounts.map(folder => `mount on ${folder}`),
    ...left.map(folder => `control group ${folder}`),
  ];
}

/** Stops every host and removes what it wrote. Safe to call where nothing runs, or where only remains are left. */
export async function takeDown(places: Places): Promise<void> {
  await Promise.all(hostsOf(places).map(end));
  // What served them, and whoever else is in their network, such as a test whose parent was killed: a namespace with
  // somebody in it outlives its name. Nothing of them has anything to put in order.
  await until('The end of what served the hosts', END_MS, () => {
    const left = traces(places).processes;
    for (const pid of left) endNow(pid);
    return left.length === 0;
  });
  const { namespaces, groups: left } = traces(places);
  for (const name of namespaces) await run('ip', ['netns', 'delete', name]);
  for (const folder of left) removeGroup(folder);
  await run('rm', ['-rf', places.folder]);
}

/** By their processes, so that the hosts of a lab whose folder is gone are found as well. */
function hostsOf({ hosts }: Places): readonly string[] {
  const known = existsSync(hosts) ? readdirSync(hosts) : [];
  const alive = groups().flatMap(folder => folder.split('/').at(-1)?.replace('capstan-', '') ?? []);
  return [...new Set([...known, ...alive])].filter(name => /^(?:cp|w)\d+$/.test(name));
}

/** Below each controller, wherever the lab was started from. */
function groups(): readonly string[] {
  const found: string[] = [];
  const look = (folder: string, depth: number) => {
    for (const entry of readdirSync(folder, { withFileTypes: true })) {
      if (!entry.isDirectory()) continue;
      const path = join(folder, entry.name);
      if (ANY_GROUP.test(entry.name)) found.push(path);
      else if (depth > 0) look(path, depth - 1);
    }
  };
  if (existsSync(GROUPS)) look(GROUPS, 4);
  return found;
}

/** A control group goes when it has no process and no child. */
function removeGroup(folder: string): void {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    if (entry.isDirectory()) removeGroup(join(folder, entry.name));
  }
  rmdirSync(folder);
}
