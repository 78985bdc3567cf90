import { join } from 'node:path';
import type { Credentials } from './certificates.ts';

/** The programs of a control plane, in the order in which they are started and replaced. */
export const COMPONENTS = ['etcd', 'kube-apiserver', 'kube-controller-manager', 'kube-scheduler'] as const;
export type Component = (typeof COMPONENTS)[number];

/** What every component of one control plane has to know. */
export interface Layout extends Credentials {
  readonly folder: string;
  /** What the API server writes down, and where. */
  readonly audit: { readonly policy: string; readonly log: string };
  readonly ports: {
    readonly etcd: number;
    readonly peer: number;
    readonly apiserver: number;
    readonly 'controller-manager': number;
    readonly scheduler: number;
    readonly kwok: number;
  };
  /** After so long a silence the controller manager takes a node for lost. */
  readonly nodeGraceSeconds: number;
  /** API versions that are served beside those that always are: `networking.k8s.io/v1beta1=true`. */
  readonly runtimeConfig?: string | undefined;
  /** For how long the API server works on one request; its own default is a minute. */
  readonly requestSeconds?: number | undefined;
}

type Flags = Readonly<Record<string, string | number | boolean>>;

/** Everything listens on loopback. */
const BIND = { 'bind-address': '127.0.0.1' } as const;
/** Clients of a test are many and in a hurry. */
const UNTHROTTLED = { 'kube-api-qps': 500, 'kube-api-burst': 1000 } as const;

export function argumentsOf(component: Component, layout: Layout): readonly string[] {
  return Object.entries(flagsOf(component, layout)).map(([name, value]) => `--${name}=${value}`);
}

function flagsOf(component: Component, layout: Layout): Flags {
  switch (component) {
    case 'etcd':
      return etcd(layout);
    case 'kube-apiserver':
      return apiServer(layout);
    case 'kube-controller-manager':
      return controllerManager(layout);
    case 'kube-scheduler':
      return scheduler(layout);
  }
}

export const etcdUrl = ({ ports }: Pick<Layout, 'ports'>): string => `http://127.0.0.1:${ports.etcd}`;

function etcd(layout: Layout): Flags {
  const client = etcdUrl(layout);
  const peer = `http://127.0.0.1:${layout.ports.peer}`;
  return {
    'data-dir': join(layout.folder, 'etcd'),
    'listen-client-urls': client,
    'advertise-client-urls': client,
    'listen-peer-urls': peer,
    'initial-advertise-peer-urls': peer,
    'initial-cluster': `default=${peer}`,
    // What a power cut would take is thrown away anyhow.
    'unsafe-no-fsync': true,
  };
}

function apiServer(layout: Layout): Flags {
  const { pki, ports, audit } = layout;
  return {
    ...BIND,
    'secure-port': ports.apiserver,
    'advertise-address': '127.0.0.1',
    'allow-privileged': true,
    'enable-admission-plugins': 'NodeRestriction',
    // No pod could reach it: the Service "kubernetes" stays without an address.
    'endpoint-reconciler-type': 'none',
    'etcd-servers': etcdUrl(layout),
    'tls-cert-file': join(pki, 'apiserver.crt'),
    'tls-private-key-file': join(pki, 'apiserver.key'),
    'client-ca-file': join(pki, 'ca.crt'),
    'service-cluster-ip-range': '10.96.0.0/16',
    'service-account-issuer': 'https://kubernetes.default.svc',
    'service-account-key-file': join(pki, 'sa.pub'),
    'service-account-signing-key-file': join(pki, 'sa.key'),
    'authorization-mode': 'Node,RBAC',
    'audit-policy-file': audit.policy,
    'audit-log-path': audit.log,
    'requestheader-client-ca-file': join(pki, 'front-proxy-ca.crt'),
    'requestheader-allowed-names': 'front-proxy-client',
    'requestheader-username-headers': 'X-Remote-User',
    'requestheader-group-headers': 'X-Remote-Group',
    'requestheader-extra-headers-prefix': 'X-Remote-Extra-',
    'kubelet-client-certificate': join(pki, 'apiserver-kubelet-client.crt'),
    'kubelet-client-key': join(pki, 'apiserver-kubelet-client.key'),
    'kubelet-preferred-address-types': 'ExternalIP',
    ...(layout.runtimeConfig === undefined ? {} : { 'runtime-config': layout.runtimeConfig }),
    ...(layout.requestSeconds === undefined ? {} : { 'request-timeout': `${layout.requestSeconds}s` }),
  };
}

function controllerManager({ pki, ports, kubeconfigs, nodeGraceSeconds }: Layout): Flags {
  const kubeconfig = kubeconfigs['controller-manager'];
  return {
    ...BIND,
    ...UNTHROTTLED,
    'secure-port': ports['controller-manager'],
    kubeconfig,
    'authentication-kubeconfig': kubeconfig,
    'authorization-kubeconfig': kubeconfig,
    'service-account-private-key-file': join(pki, 'sa.key'),
    'root-ca-file': join(pki, 'ca.crt'),
    'use-service-account-credentials': true,
    'node-monitor-period': '1s',
    'node-monitor-grace-period': `${nodeGraceSeconds}s`,
    // Whoever takes over waits for the lease of the one before to run out.
    'leader-elect-lease-duration': '4s',
    'leader-elect-renew-deadline': '3s',
    'leader-elect-retry-period': '1s',
  };
}

function scheduler({ ports, kubeconfigs }: Layout): Flags {
  const kubeconfig = kubeconfigs.scheduler;
  return {
    ...BIND,
    ...UNTHROTTLED,
    'secure-port': ports.scheduler,
    kubeconfig,
    'authentication-kubeconfig': kubeconfig,
    'authorization-kubeconfig': kubeconfig,
    'leader-elect': false,
  };
}
