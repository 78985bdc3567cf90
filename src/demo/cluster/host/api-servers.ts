import type { KubernetesVersion } from '../../../version/kubernetes-version.ts';
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

  /** Takes one out of the round until it is put back. */
  restarting(node: string, value: boolean): void {
    if (value) this.#restarting.add(node);
    else this.#restarting.delete(node);
  }

  /** Who answers the next request. */
  next(): { node: string; version: KubernetesVersion } {
    const serving = this.#all().filter(({ node }) => !this.#restarting.has(node));
    this.#turn += 1;
    const chosen = serving[this.#turn % serving.length] ?? this.#all()[0];
    if (!chosen)
      throw new Error('The simulated cluster has no kube-apiserver; give the scenario a control-plane node.');
    return chosen;
  }

  #all(): { node: string; version: KubernetesVersion }[] {
    return [...this.#hosts.values()].flatMap(({ name, manifests }) => {
      const version = manifests.get('kube-apiserver');
      return version ? [{ node: name, version }] : [];
    });
  }
}
