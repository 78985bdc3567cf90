import { formatMinor, type Minor, minorsBetween } from '../version/kubernetes-version.ts';
import type { RunningComponent } from '../version/skew.ts';

/** The skew policy holds it as close as the scheduler, but no plan moves it (kubernetes.io: running-cloud-controller). */
export function isCloudController({ kind }: Pick<RunningComponent, 'kind'>): boolean {
  return kind === 'cloud-controller-manager';
}

/** What to do where it stands apart from the kube-apiservers, or would by a plan; `present` is the minor that these have. */
export function curingCloudController({ version }: RunningComponent, present: Minor): string {
  const next = { major: present.major, minor: present.minor + 1 };
  const how =
    minorsBetween(version, present) === 0
      ? `Plan for ${formatMinor(next)} first, install its release for ${formatMinor(next)} after that, then plan the rest.`
      : `Install its release for ${formatMinor(present)}, then plan for ${formatMinor(next)} at most.`;
  return `kubeadm does not upgrade the cloud-controller-manager: do it yourself, by your cloud's add-on or manifest. ${how}`;
}
