import type { Phase } from '../../../plan/plan.ts';
import { type KubernetesVersion, parseVersion } from '../../../version/kubernetes-version.ts';
import type { Pod } from '../store/objects.ts';

/** What an upgrade Job's container is told by its environment. */
export interface UpgradeWork {
  readonly id: string;
  readonly phase: Phase;
  /** Nothing is changed on the host. */
  readonly preflightOnly: boolean;
  readonly kubeadm: 'apply' | 'node' | undefined;
  readonly from: KubernetesVersion;
  readonly to: KubernetesVersion;
}

/** The work of a pod; undefined for every other pod; a sentence where the environment makes no sense. */
export function upgradeWorkOf(pod: Pod): UpgradeWork | string | undefined {
  const env = new Map(
    pod.spec.containers.flatMap(each => each.env ?? []).map(({ name, value }) => [name, value ?? '']),
  );
  const phase = env.get('CAPSTAN_PHASE');
  if (phase === undefined) return undefined;
  if (phase !== 'control-plane' && phase !== 'config' && phase !== 'kubelet')
    return `CAPSTAN_PHASE is ${phase}; it must be control-plane, config or kubelet.`;
  const id = env.get('CAPSTAN_WORK_ID');
  if (!id) return 'CAPSTAN_WORK_ID is missing: nobody could tell this work from another.';
  const node = env.get('CAPSTAN_NODE');
  if (node !== pod.spec.nodeName) return `CAPSTAN_NODE is ${node}, but the pod runs on ${pod.spec.nodeName}.`;
  const only = env.get('CAPSTAN_ONLY') ?? '';
  if (only !== 'preflight' && only !== '') return `CAPSTAN_ONLY is ${only}; it must be preflight or empty.`;
  const kubeadm = env.get('CAPSTAN_KUBEADM') ?? '';
  if (kubeadm !== 'apply' && kubeadm !== 'node' && kubeadm !== '')
    return `CAPSTAN_KUBEADM is ${kubeadm}; it must be apply, node or empty.`;
  const from = parseVersion(env.get('CAPSTAN_FROM') ?? '');
  const to = parseVersion(env.get('CAPSTAN_TO') ?? '');
  if (!from || !to) return 'CAPSTAN_FROM and CAPSTAN_TO must both be versions such as v1.37.2.';
  return { id, phase, preflightOnly: only !== '', kubeadm: kubeadm === '' ? undefined : kubeadm, from, to };
}
