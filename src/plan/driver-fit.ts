import type { NodeView } from '../cluster/snapshot.ts';
import { distributionOf } from '../version/distribution.ts';
import { type PackageManager, packageManagerOf } from '../version/operating-system.ts';
import type { DriverChoice } from './plan.ts';

/** What a driver relies on. A new kind of driver says it here, or does not compile. */
interface Needs {
  /** As `nodeInfo.operatingSystem` says it. */
  readonly os: string;
  /** Those by which its script installs. */
  readonly packages: readonly PackageManager[];
}

const NEEDS: Readonly<Record<DriverChoice['kind'], Needs>> = {
  kubeadm: { os: 'linux', packages: ['apt'] },
};

/** Whether a driver can upgrade a node. */
export type Fit =
  | { readonly kind: 'fits' }
  /** `what` such nodes are, to go behind "cannot upgrade"; `instead`, to go behind "upgrade them by". */
  | { readonly kind: 'unfit'; readonly what: string; readonly instead: string }
  /** Nothing that the API tells speaks against it, and not enough for it. */
  | { readonly kind: 'untold' };

/** Whoever else builds a node's kubelet upgrades it, too: no driver replaces what a distribution has put together. */
export function fitOf(driver: DriverChoice['kind'], node: NodeView): Fit {
  const needs = NEEDS[driver];
  const distribution = distributionOf(node);
  if (distribution) {
    return { kind: 'unfit', what: `nodes of ${distribution.name}`, instead: distribution.upgradedBy };
  }
  if (node.os === 'windows') return { kind: 'unfit', what: 'Windows nodes', instead: byHand('windows') };
  const packages = packageManagerOf(node.osImage);
  if (packages !== undefined && !needs.packages.includes(packages)) {
    return { kind: 'unfit', what: HOSTS[packages], instead: byHand('linux') };
  }
  const isPlain = node.kubelet !== undefined && node.kubelet.vendor === undefined;
  return node.os === needs.os && packages !== undefined && isPlain ? { kind: 'fits' } : { kind: 'untold' };
}

/** For people: `apt`. */
export function packagesOf(driver: DriverChoice['kind']): string {
  return NEEDS[driver].packages.join(' or ');
}

function byHand(os: 'linux' | 'windows'): string {
  return `kubeadm by hand (https://kubernetes.io/docs/tasks/administer-cluster/kubeadm/upgrading-${os}-nodes/)`;
}

const HOSTS: Readonly<Record<PackageManager, string>> = {
  apt: 'hosts with apt',
  dnf: 'hosts with dnf or yum',
  tdnf: 'hosts with tdnf',
  zypper: 'hosts with zypper',
  none: 'hosts that get no packages of Kubernetes',
};
