import { compareVersions, type KubernetesVersion } from '../../../version/kubernetes-version.ts';
import type { Hosts } from './host.ts';

/** The API servers behind the cluster's one address: requests go round those that serve. */
export class ApiServers {
  readonly #hosts: Hosts;
  readonly #restarting = new Set<string>();
  #turn = 0;

  constructor(hosts: Hosts) {
    this.#hosts = hosts;
  }

  get count(): number {
    return this.#all().length;
  }

  /** The oldest minor among them: what it serves is served. 0 where nobody sees them. */
  get oldestMinor(): number {
    const minors = this.#all().map(({ version }) => version.minor);
    return minors.length === 0 ? 0 : Math.min(...minors);
  }

  /** Takes one out of the round until it is put back. */
  restarting(node: string, value: boolean): void {
    if (value) this.#restarting.add(node);
    else this.#restarting.delete(node);
  }

  /** Who answers the next request. */
  next(): { node: string; version: KubernetesVersion } {
    const serving = this.#all().filter(({ node }) => !this.#restarting.has(node));
    this.#turn += 1;
    return serving[this.#turn % serving.length] ?? this.#all()[0] ?? this.#outOfSight();
  }

  /** Where no node carries one, somebody else runs it elsewhere: as new as the newest kubelet, which may not pass it. */
  #outOfSight(): { node: string; version: KubernetesVersion } {
    const [newest] = [...this.#hosts.values()]
      .map(({ kubelet }) => kubelet.version)
      .sort((a, b) => compareVersions(b, a));
    if (!newest) throw new Error('The simulated cluster has no node; give the scenario one.');
    return { node: 'out-of-sight', version: newest };
  }

  #all(): { node: string; version: KubernetesVersion }[] {
    return [...this.#hosts.values()].flatMap(({ name, manifests }) => {
      const version = manifests.get('kube-apiserver');
      return version ? [{ node: name, version }] : [];
    });
  }
}
