import type { V1Node, V1Pod } from '@kubernetes/client-node';
import { isReady, nameOf } from '../contract/world.ts';
import type { ControlPlane } from '../controlplane/control-plane.ts';
import { follow } from './follow.ts';

/** What was seen from outside while the product worked, by the administrator's eyes. */
export class Observer {
  /** The fewest pods of each application that were Ready at any moment. */
  readonly fewestReady = new Map<string, number>();
  /** The most nodes that were cordoned at any moment. */
  mostCordoned = 0;
  /** Nodes in the order in which their kubelet changed, with what came: `worker-1 v1.37.2`. */
  readonly replaced: string[] = [];
  readonly #versions = new Map<string, string>();
  readonly #stop = new AbortController();
  readonly #following: Promise<unknown>;

  private constructor({ admin }: ControlPlane, namespace: string) {
    const pods = `/api/v1/namespaces/${namespace}/pods`;
    this.#following = Promise.all([
      follow<V1Pod>(admin, pods, seen => this.#lookAtPods(seen), this.#stop.signal),
      follow<V1Node>(admin, '/api/v1/nodes', seen => this.#lookAtNodes(seen), this.#stop.signal),
    ]);
  }

  /** What was seen while `act` was under way. */
  static async during(plane: ControlPlane, namespace: string, act: () => Promise<void>): Promise<Observer> {
    const observer = new Observer(plane, namespace);
    try {
      await act();
    } finally {
      await observer.#end();
    }
    return observer;
  }

  async #end(): Promise<void> {
    this.#stop.abort();
    await this.#following;
  }

  #lookAtPods(pods: readonly V1Pod[]): void {
    // Of an application that was seen before, no pod may be left.
    const ready = new Map([...this.fewestReady.keys()].map(app => [app, 0]));
    for (const pod of pods) {
      const app = pod.metadata?.labels?.app ?? '';
      ready.set(app, (ready.get(app) ?? 0) + (isReady(pod) ? 1 : 0));
    }
    for (const [app, count] of ready) {
      this.fewestReady.set(app, Math.min(this.fewestReady.get(app) ?? Number.POSITIVE_INFINITY, count));
    }
  }

  #lookAtNodes(nodes: readonly V1Node[]): void {
    this.mostCordoned = Math.max(this.mostCordoned, nodes.filter(({ spec }) => spec?.unschedulable).length);
    for (const node of nodes) {
      const version = node.status?.nodeInfo?.kubeletVersion ?? '';
      const before = this.#versions.get(nameOf(node));
      this.#versions.set(nameOf(node), version);
      if (before !== undefined && before !== version) this.replaced.push(`${nameOf(node)} ${version}`);
    }
  }
}
