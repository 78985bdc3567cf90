import { packageVersion } from '../cluster/packages.ts';
import type { Evidence } from './evidence.ts';
import { none, type Verdict } from './verdict.ts';

const PROGRAMS = ['kubeadm', 'kubectl', 'kubelet'];

/** Every component of the cluster, and every package of the hosts, at the end. */
export function judgeVersions({ state, hosts, trial }: Evidence): Verdict[] {
  const { to, nodes, controlPlanes } = trial;
  const behind = state.nodes.filter(node => node.kubelet !== to.version || !node.ready).map(({ name }) => name);
  const wanted: Readonly<Record<string, { readonly tag: string; readonly count: number }>> = {
    'kube-apiserver': { tag: to.version, count: controlPlanes.length },
    'kube-controller-manager': { tag: to.version, count: controlPlanes.length },
    'kube-scheduler': { tag: to.version, count: controlPlanes.length },
    'kube-proxy': { tag: to.version, count: nodes.length },
    etcd: { tag: to.etcd, count: controlPlanes.length },
    coredns: { tag: to.coredns, count: 2 },
  };
  const wrong = Object.entries(wanted).flatMap(([name, { tag, count }]) => {
    const images = state.images.filter(image => image.startsWith(`${name}:`));
    const old = images.filter(image => image !== `${name}:${tag}`);
    return images.length === count ? old : [...old, `${images.length} of ${count} pods of ${name}`];
  });
  const packages = PROGRAMS.map(name => `${name} ${packageVersion(to.version)}`);
  const otherPackages = hosts.flatMap(({ host, packages: found }) =>
    packages.filter(each => !found.includes(each)).map(each => `${host} has no ${each}`),
  );
  return [
    none(behind, `all ${nodes.length} nodes are Ready and run ${to.version}`, state.nodes.length === nodes.length),
    none(wrong, `every pod of ${Object.keys(wanted).join(', ')} runs what kubeadm ${to.version} brings`),
    none(otherPackages, `every host has ${packages.join(', ')}`, hosts.length === nodes.length),
  ];
}
