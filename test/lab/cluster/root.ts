import { chmodSync, copyFileSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { run } from '../../support/command.ts';
import { debianArchive, SUITE } from './debian.ts';
import { fileHere, kept } from './kept.ts';
import { runLogged } from './process.ts';
import type { HostPrograms } from './programs.ts';

/** What a host has before Kubernetes comes: an init, what a kubelet calls, and what people look with. */
const PACKAGES = [
  ...['systemd', 'systemd-sysv', 'dbus', 'util-linux', 'procps', 'kmod', 'ca-certificates', 'gpg'],
  ...['iproute2', 'iptables', 'nftables', 'conntrack', 'socat', 'ethtool', 'runc'],
];
/** The sandbox of every pod, which the kubelet's clean-up spares. */
const SANDBOX = 'registry.k8s.io/pause';

/** What is written into the root, by the name of the file beside this one. */
const FILES: Readonly<Record<string, { readonly to: string; readonly mode: number }>> = {
  'host/prepare.sh': { to: 'usr/local/sbin/lab-prepare', mode: 0o755 },
  'host/lab-prepare.service': { to: 'etc/systemd/system/lab-prepare.service', mode: 0o644 },
  'host/containerd.service': { to: 'etc/systemd/system/containerd.service', mode: 0o644 },
  'host/containerd.toml': { to: 'etc/containerd/config.toml', mode: 0o644 },
};

/** The root file system that every host begins with: Debian with systemd, containerd and the network plugins. */
export function makeRoot(
  cache: string,
  { runtime, plugins }: HostPrograms,
  pauseVersion: string,
  signal: AbortSignal,
): Promise<string> {
  const files = Object.keys(FILES).map(fileHere);
  const parts = [SUITE, ...PACKAGES, basename(runtime), basename(plugins), pauseVersion, ...files, fileHere('root.ts')];
  return kept(cache, 'root', parts, async root => {
    await debootstrap(root, join(cache, 'lab', 'debootstrap.log'), signal);
    addPrograms(runtime, join(root, 'usr/local/bin'));
    addPrograms(plugins, join(root, 'opt/cni/bin'));
    for (const folder of ['etc/cni/net.d', 'etc/containerd']) mkdirSync(join(root, folder), { recursive: true });
    for (const [name, { to, mode }] of Object.entries(FILES)) {
      const text = fileHere(name).replace('@SANDBOX@', `${SANDBOX}:${pauseVersion}`);
      writeFileSync(join(root, to), text);
      chmodSync(join(root, to), mode);
    }
    await run('chroot', [root, 'systemctl', '--quiet', 'enable', 'lab-prepare', 'containerd'], { signal });
    // The hosts reach no network but their own.
    rmSync(join(root, 'etc/apt/sources.list'));
  });
}

async function debootstrap(root: string, log: string, signal: AbortSignal): Promise<void> {
  const args = ['--variant=minbase', `--include=${PACKAGES.join(',')}`, SUITE, root, await debianArchive(signal)];
  // It says on its standard output what went wrong.
  await runLogged(log, 'debootstrap', args, signal);
}

function addPrograms(from: string, to: string): void {
  mkdirSync(to, { recursive: true });
  for (const name of readdirSync(from)) {
    copyFileSync(join(from, name), join(to, name));
    chmodSync(join(to, name), 0o755);
  }
}
