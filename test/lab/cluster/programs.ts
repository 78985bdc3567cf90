import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildModule } from '../../controlplane/build.ts';
import {
  buildEtcd,
  buildKubernetes,
  CONTROL_PLANE_COMMANDS,
  ETCD_OF,
  HOST_COMMANDS,
  type Minor,
  versionOf,
} from '../../controlplane/modules.ts';

/** What kubeadm of a minor names beside Kubernetes itself: see `kubeadm config images list`. */
export const COREDNS_OF: Readonly<Record<Minor, string>> = { '1.35': '1.13.1', '1.36': '1.14.2', '1.37': '1.14.6' };
const PAUSE_OF: Readonly<Record<Minor, string>> = { '1.35': '3.10.1', '1.36': '3.10.2', '1.37': '3.10.2' };

const GO = fileURLToPath(new URL('../go/', import.meta.url));
const CONTAINERD = 'github.com/containerd/containerd/v2/cmd';
const PLUGINS = 'github.com/containernetworking/plugins/plugins';

/** Folders of programs that every host has, whatever its minor. */
export interface HostPrograms {
  /** containerd, its shim and `ctr`. */
  readonly runtime: string;
  /** Network plugins. */
  readonly plugins: string;
  readonly pause: string;
}

/** One minor of Kubernetes, ready to be packed. Folders of programs, and the versions that kubeadm asks for. */
export interface Release {
  readonly minor: Minor;
  /** `v1.36.3` */
  readonly version: string;
  /** kubeadm, kubectl and the control plane's programs. */
  readonly controlPlane: string;
  /** kubelet and kube-proxy. */
  readonly host: string;
  readonly etcd: { readonly version: string; readonly folder: string };
  readonly coredns: { readonly version: string; readonly folder: string };
  readonly pause: { readonly version: string };
}

export async function buildHostPrograms(signal: AbortSignal): Promise<HostPrograms> {
  const module = join(GO, 'runtime');
  const runtime = {
    containerd: `${CONTAINERD}/containerd`,
    'containerd-shim-runc-v2': `${CONTAINERD}/containerd-shim-runc-v2`,
    ctr: `${CONTAINERD}/ctr`,
  };
  const plugins = {
    bridge: `${PLUGINS}/main/bridge`,
    loopback: `${PLUGINS}/main/loopback`,
    'host-local': `${PLUGINS}/ipam/host-local`,
    portmap: `${PLUGINS}/meta/portmap`,
  };
  return {
    runtime: await buildModule(module, runtime, {}, signal),
    plugins: await buildModule(module, plugins, {}, signal),
    pause: await buildPause(signal),
  };
}

/** A module with a source of its own: its hash is the version, and so another source makes another program. */
function buildPause(signal: AbortSignal): Promise<string> {
  const module = join(GO, 'pause');
  const source = createHash('sha256')
    .update(readFileSync(join(module, 'main.go')))
    .digest('hex')
    .slice(0, 12);
  return buildModule(module, { pause: '.' }, { ldflags: `-X main.version=${source}` }, signal);
}

export async function buildRelease(minor: Minor, signal: AbortSignal): Promise<Release> {
  const coredns = COREDNS_OF[minor];
  return {
    minor,
    version: versionOf(minor),
    controlPlane: await buildKubernetes(minor, CONTROL_PLANE_COMMANDS, signal),
    host: await buildKubernetes(minor, HOST_COMMANDS, signal),
    etcd: { version: ETCD_OF[minor], folder: await buildEtcd(minor, signal) },
    coredns: {
      version: coredns,
      folder: await buildModule(join(GO, `coredns-${coredns}`), { coredns: 'github.com/coredns/coredns' }, {}, signal),
    },
    pause: { version: PAUSE_OF[minor] },
  };
}

/** All minors that can be built, ascending. */
export const MINORS: readonly Minor[] = (Object.keys(ETCD_OF) as Minor[]).toSorted(
  (a, b) => Number(a.slice(2)) - Number(b.slice(2)),
);
