import { formatMinor, type KubernetesVersion, type Minor, minorsBetween } from '../version/kubernetes-version.ts';
import { findSkew } from '../version/skew.ts';

/** A kubelet that goes from one minor to another without having run those between. */
export interface Skip {
  readonly node: string;
  readonly from: Minor;
  readonly to: Minor;
  /** The minor of the control plane, where it was beyond a minor in between when the host's kubeadm went through that. */
  readonly ahead: Minor | undefined;
}

/**
 * Skips that were seen on real kubeadm hosts. kubeadm migrates a host only from the minor before (kubernetes#135807), so
 * its kubeadm went through every minor, undrained, each while the control plane had that minor; at each of them the old
 * kubelet was restarted on what kubeadm had written and stayed Ready; then the drained node got the new kubelet and became
 * Ready. What a kubeadm writes beside a control plane that is ahead of it was never given to an older kubelet.
 */
const PROVEN: readonly { readonly from: Minor; readonly to: Minor; readonly seen: string }[] = [
  { from: minor(35), to: minor(37), seen: 'v1.35.4 to v1.37.2, through kubeadm v1.36.3' },
];

export function isProven({ from, to, ahead }: Skip): boolean {
  if (ahead) return false;
  return PROVEN.some(proven => minorsBetween(proven.from, from) === 0 && minorsBetween(proven.to, to) === 0);
}

/** Every skip that was seen, for people. */
export function provenSkips(): string {
  return PROVEN.map(({ from, to, seen }) => `${formatMinor(from)} to ${formatMinor(to)} (${seen})`).join('; ');
}

/** Whether a kubelet may still run beside a control plane and a kube-proxy of `next` (version-skew-policy). */
export function mayStayBehind(kubelet: KubernetesVersion, next: KubernetesVersion): boolean {
  const node = 'worker';
  return (
    findSkew([
      { kind: 'kube-apiserver', node: undefined, version: next },
      { kind: 'kubelet', node, version: kubelet },
      { kind: 'kube-proxy', node, version: next },
    ]).length === 0
  );
}

function minor(number: number): Minor {
  return { major: 1, minor: number };
}
