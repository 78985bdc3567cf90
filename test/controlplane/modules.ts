import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildModule, type Commands } from './build.ts';

/** A minor of Kubernetes that the Go modules beside this file build, and the etcd that its kubeadm asks for. */
export const ETCD_OF = { '1.35': '3.6.6', '1.36': '3.6.8', '1.37': '3.7.0' } as const;
export type Minor = keyof typeof ETCD_OF;
export const NEWEST: Minor = '1.37';

const GO = fileURLToPath(new URL('./go/', import.meta.url));
const KUBERNETES = 'k8s.io/kubernetes';
const ETCD: Commands = {
  etcd: 'go.etcd.io/etcd/server/v3',
  etcdctl: 'go.etcd.io/etcd/etcdctl/v3',
  etcdutl: 'go.etcd.io/etcd/etcdutl/v3',
};
/** What a control plane of processes needs; a host needs `kubelet` and `kube-proxy` as well. */
export const CONTROL_PLANE_COMMANDS = [
  'kubeadm',
  'kubectl',
  'kube-apiserver',
  'kube-controller-manager',
  'kube-scheduler',
] as const;
export const HOST_COMMANDS = ['kubelet', 'kube-proxy'] as const;

/** The exact version of a minor, as its module pins it: `v1.36.3`. */
export function versionOf(minor: Minor): string {
  const file = join(GO, `kubernetes-${minor}`, 'go.mod');
  const version = /^\tk8s\.io\/kubernetes (v\S+)/m.exec(readFileSync(file, 'utf8'))?.[1];
  if (version === undefined) throw new Error(`${file} requires no version of ${KUBERNETES}.`);
  return version;
}

/** The folder with these programs of Kubernetes, which tell their true version when asked. */
export function buildKubernetes(minor: Minor, commands: readonly string[], signal: AbortSignal): Promise<string> {
  const version = versionOf(minor);
  const [major, number] = minor.split('.');
  const variables = {
    'k8s.io/component-base/version.gitVersion': version,
    'k8s.io/component-base/version.gitMajor': major,
    'k8s.io/component-base/version.gitMinor': number,
    'k8s.io/client-go/pkg/version.gitVersion': version,
  };
  return buildModule(
    join(GO, `kubernetes-${minor}`),
    Object.fromEntries(commands.map(command => [command, `${KUBERNETES}/cmd/${command}`])),
    {
      ldflags: Object.entries(variables)
        .map(([name, value]) => `-X ${name}=${value}`)
        .join(' '),
    },
    signal,
  );
}

export function buildEtcd(minor: Minor, signal: AbortSignal): Promise<string> {
  return buildModule(join(GO, `etcd-${ETCD_OF[minor]}`), ETCD, {}, signal);
}

export function buildKwok(signal: AbortSignal): Promise<string> {
  return buildModule(join(GO, 'kwok'), { kwok: 'sigs.k8s.io/kwok/cmd/kwok' }, {}, signal);
}
