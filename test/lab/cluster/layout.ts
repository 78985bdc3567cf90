import { join } from 'node:path';
import type { Minor } from '../../controlplane/modules.ts';

/** Names and addresses of the lab. Everything that the machine could see of it begins with `capstan`. */

export type Role = 'control-plane' | 'worker';

/** A host of the lab, and the node that it becomes. */
export interface Host {
  readonly name: string;
  readonly role: Role;
  readonly address: string;
  /** Of its pods; the other hosts route it there. */
  readonly podSubnet: string;
}

/** A lab that is up, or is being brought up. */
export interface Lab {
  readonly hosts: readonly Host[];
  /** Ascending: the cluster starts at the first, and packages and images of the others are at hand. */
  readonly minors: readonly Minor[];
  /** Host and port of the API, as nodes and clients know it. */
  readonly endpoint: string;
  /** The newest of those minors. */
  readonly kubectl: string;
}

/** The network in which the hosts can be reached, and their router's address in it. */
export const NETWORK = 'capstan';
export const GATEWAY = '10.99.0.1';
export const PREFIX_LENGTH = 24;
export const API_PORT = 6443;
export const REPOSITORY_PORT = 8080;
export const POD_NETWORK = '10.244.0.0/16';
/** Apart from the network of the hosts: kube-proxy drops what goes to an address of the range that no Service has. */
export const SERVICE_NETWORK = '10.96.0.0/16';
/** Where every host finds the folder that all of them share, as if it were storage in the network. */
export const SHARED_PATH = '/srv/lab-shared';

export const MOST_CONTROL_PLANES = 5;
export const MOST_WORKERS = 9;

const FIRST = { 'control-plane': 11, worker: 21 } as const;
const SHORT = { 'control-plane': 'cp', worker: 'w' } as const;

export function layOut(controlPlanes: number, workers: number): readonly Host[] {
  return [...hostsOf('control-plane', controlPlanes), ...hostsOf('worker', workers)];
}

function hostsOf(role: Role, count: number): Host[] {
  return Array.from({ length: count }, (_, index) => ({
    name: `${SHORT[role]}${index + 1}`,
    role,
    address: `10.99.0.${FIRST[role] + index}`,
    podSubnet: `10.244.${FIRST[role] + index}.0/24`,
  }));
}

export const controlPlanesOf = (hosts: readonly Host[]) => hosts.filter(({ role }) => role === 'control-plane');
export const workersOf = (hosts: readonly Host[]) => hosts.filter(({ role }) => role === 'worker');

/** A balancer stands before several API servers; a single one is asked directly. */
export function endpointOf(hosts: readonly Host[]): string {
  const [only, ...others] = controlPlanesOf(hosts);
  return `${only === undefined || others.length > 0 ? GATEWAY : only.address}:${API_PORT}`;
}

/** Of the network namespace and of the control groups. */
export const systemNameOf = (host: string) => `capstan-${host}`;
/** Control groups of what serves the hosts: package repository and balancer. */
export const SERVICES_GROUP = 'capstan-services';
export const OURS = /\/capstan-(?:cp\d+|w\d+|services)(?:\/|$)/;

/** Where a lab keeps what it writes while it is up. */
export interface Places {
  readonly folder: string;
  readonly state: string;
  readonly hosts: string;
  readonly shared: string;
  readonly logs: string;
  readonly kubeconfig: string;
}

export function placesIn(cache: string): Places {
  const folder = join(cache, 'lab', 'up');
  return {
    folder,
    state: join(folder, 'lab.json'),
    hosts: join(folder, 'hosts'),
    shared: join(folder, 'shared'),
    logs: join(folder, 'logs'),
    kubeconfig: join(folder, 'kubeconfig'),
  };
}

/** The root file system of a host, as this machine sees it. */
export const rootOf = (places: Places, host: string) => join(places.hosts, host);
