import { compareVersions, formatVersion, type KubernetesVersion } from '../version/kubernetes-version.ts';
import type { SkewFinding } from '../version/skew.ts';
import { curingCloudController, isCloudController } from './cloud-controller.ts';
import { bringingKubeProxyTo } from './kube-proxy.ts';

/**
 * What helps where a component breaks the version-skew policy, or would on the way, that another target does not help: a
 * plan takes nodes along, and these are no part of any. `apiservers`: their versions as they are now. undefined for others.
 */
export function cureOutsideOfPlans(
  { component, against }: Pick<SkewFinding, 'component' | 'against'>,
  apiservers: readonly KubernetesVersion[],
): string | undefined {
  const [present] = [...apiservers].sort(compareVersions);
  if (!present) return undefined;
  if (isCloudController(component)) return curingCloudController(component, present);
  const isBehind = component.kind === 'kube-proxy' && compareVersions(component.version, against.version) < 0;
  if (!isBehind) return undefined;
  return `Bring kube-proxy to ${formatVersion(present)} first, and plan again. ${bringingKubeProxyTo(present)}`;
}
