import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { run } from '../../support/command.ts';
import type { ImageContents } from './image-archive.ts';
import type { HostPrograms, Release } from './programs.ts';

const REGISTRY = 'registry.k8s.io';
const IPTABLES = '/usr/sbin/xtables-nft-multi';
const IPTABLES_NAMES = ['iptables', 'ip6tables'].flatMap(name => [name, `${name}-save`, `${name}-restore`]);
const EXTENSIONS = '/usr/lib/x86_64-linux-gnu/xtables';

/** Every image that kubeadm of a release names. `root`: a Debian, whose iptables kube-proxy calls. */
export async function imagesOf(
  release: Release,
  { pause }: HostPrograms,
  root: string,
  signal: AbortSignal,
): Promise<ImageContents[]> {
  const { version, etcd, coredns } = release;
  const components = ['kube-apiserver', 'kube-controller-manager', 'kube-scheduler'].map(name => ({
    name: `${REGISTRY}/${name}:${version}`,
    files: { [`usr/local/bin/${name}`]: join(release.controlPlane, name) },
  }));
  const etcdPrograms = ['etcd', 'etcdctl', 'etcdutl'].map(name => [`usr/local/bin/${name}`, join(etcd.folder, name)]);
  return [
    ...components,
    {
      name: `${REGISTRY}/kube-proxy:${version}`,
      files: {
        'usr/local/bin/kube-proxy': join(release.host, 'kube-proxy'),
        ...(await iptablesOf(root, signal)),
      },
    },
    { name: `${REGISTRY}/etcd:${etcd.version}-0`, files: Object.fromEntries(etcdPrograms) },
    {
      name: `${REGISTRY}/coredns/coredns:v${coredns.version}`,
      entrypoint: ['/coredns'],
      files: { coredns: join(coredns.folder, 'coredns') },
    },
    {
      name: `${REGISTRY}/pause:${release.pause.version}`,
      entrypoint: ['/pause'],
      files: { pause: join(pause, 'pause') },
    },
  ];
}

/**
 * iptables with its extensions, and every library that one of them asks for: the extension `statistic`, by which
 * kube-proxy spreads calls over the pods of a Service, needs more than the program itself.
 */
async function iptablesOf(root: string, signal: AbortSignal): Promise<Record<string, string>> {
  const extensions = readdirSync(join(root, EXTENSIONS)).map(name => `${EXTENSIONS}/${name}`);
  const needed = await run('chroot', [root, 'ldd', IPTABLES, ...extensions], { signal });
  const libraries = [...new Set(needed.match(/\/lib\S*\.so\S*(?= \()/g))];
  return Object.fromEntries([
    ...IPTABLES_NAMES.map(name => [`usr/sbin/${name}`, join(root, IPTABLES)]),
    ...extensions.map(path => [path.slice(1), join(root, path)]),
    // The root's folders of libraries are links themselves; an image of one layer has real ones.
    ...libraries.map(path => [path.slice(1), join(root, path)]),
  ]);
}
