import type { Clock } from './clock.ts';
import { isHealthy, isReady } from './pods/pod-state.ts';
import { selects } from './pods/selector.ts';
import type { Simulation } from './simulation.ts';
import { controllerOf } from './store/new-object.ts';
import { type Actor, keyOf, type StoreEvent } from './store/object-store.ts';
import type { Node, Pod, PodDisruptionBudget } from './store/objects.ts';

interface Dated {
  /** Epoch milliseconds. */
  readonly at: number;
}

/** A budget's healthy pods fell below what it wants. */
export interface BudgetViolation extends Dated {
  /** namespace/name */
  readonly budget: string;
  readonly healthy: number;
  readonly desired: number;
  /** The pod whose going did it, and who asked for that. */
  readonly pod: string;
  readonly actor: Actor;
}

export interface Cordon extends Dated {
  readonly node: string;
  readonly unschedulable: boolean;
}

export interface VersionChange extends Dated {
  readonly node: string;
  readonly component: string;
  readonly from: string;
  readonly to: string;
}

export interface Offence extends Dated {
  readonly sentence: string;
}

/** What happened in the cluster, as an outside observer would have noted it, from the moment it was settled. */
export class Ledger {
  readonly budgetViolations: BudgetViolation[] = [];
  readonly cordons: Cordon[] = [];
  readonly versionChanges: VersionChange[] = [];
  /** What a product must never do, though no API would refuse it. */
  readonly offences: Offence[] = [];
  /** How often an eviction was granted, by the UID of the pod. */
  readonly evictions = new Map<string, number>();
  /** The fewest Ready pods seen, by `namespace/Kind/name` of the workload. */
  readonly fewestReady = new Map<string, number>();
  readonly #sim: Simulation;
  readonly #clock: Clock;
  readonly #below = new Set<string>();
  readonly #ready = new Map<string, number>();
  readonly #staticImages = new Map<string, string>();

  constructor(sim: Simulation) {
    this.#sim = sim;
    this.#clock = sim.clock;
    for (const pod of sim.store.all('pods')) {
      this.#count(pod, 1);
      this.#noteStaticPod(pod);
    }
    for (const [workload, ready] of this.#ready) this.fewestReady.set(workload, ready);
    sim.store.subscribe('pods', event => this.#podChanged(event));
    sim.store.subscribe('nodes', event => this.#nodeChanged(event));
  }

  offence(sentence: string): void {
    this.offences.push({ at: this.#clock.now(), sentence });
  }

  evicted({ metadata: { uid } }: Pod): void {
    this.evictions.set(uid, (this.evictions.get(uid) ?? 0) + 1);
  }

  #podChanged({ type, object, previous, actor }: StoreEvent<'pods'>): void {
    if (previous) this.#count(previous, -1);
    if (type !== 'DELETED') {
      this.#count(object, 1);
      this.#noteStaticPod(object);
    }
    const workload = this.#workloadOf(object);
    if (workload) {
      const ready = this.#ready.get(workload) ?? 0;
      this.fewestReady.set(workload, Math.min(ready, this.fewestReady.get(workload) ?? ready));
    }
    const was = previous !== undefined && isHealthy(previous);
    const is = type !== 'DELETED' && isHealthy(object);
    if (was !== is) this.#reviewBudgets(object, actor);
  }

  /** One entry for each time a budget goes under. */
  #reviewBudgets(pod: Pod, actor: Actor): void {
    for (const budget of this.#sim.store.all('poddisruptionbudgets')) {
      if (budget.metadata.namespace !== pod.metadata.namespace) continue;
      if (!selects(budget.spec.selector, pod.metadata.labels)) continue;
      const healthy = healthyOf(this.#sim, budget);
      const desired = budget.status.desiredHealthy;
      const key = keyOf(budget);
      if (healthy >= desired) this.#below.delete(key);
      else if (!this.#below.has(key)) {
        this.#below.add(key);
        this.budgetViolations.push({ at: this.#clock.now(), budget: key, healthy, desired, pod: keyOf(pod), actor });
      }
    }
  }

  #nodeChanged({ type, object, previous }: StoreEvent<'nodes'>): void {
    if (type !== 'MODIFIED' || !previous) return;
    const unschedulable = isCordoned(object);
    const node = object.metadata.name;
    if (unschedulable !== isCordoned(previous)) this.cordons.push({ at: this.#clock.now(), node, unschedulable });
    const from = previous.status.nodeInfo.kubeletVersion ?? '';
    const to = object.status.nodeInfo.kubeletVersion ?? '';
    if (from !== to) this.versionChanges.push({ at: this.#clock.now(), node, component: 'kubelet', from, to });
  }

  #noteStaticPod({ metadata, spec }: Pod): void {
    const component = metadata.labels?.component;
    if (metadata.labels?.tier !== 'control-plane' || !component) return;
    const image = spec.containers[0]?.image ?? '';
    const to = image.slice(image.lastIndexOf(':') + 1);
    const from = this.#staticImages.get(metadata.name);
    this.#staticImages.set(metadata.name, to);
    if (from !== undefined && from !== to) {
      this.versionChanges.push({ at: this.#clock.now(), node: spec.nodeName ?? '', component, from, to });
    }
  }

  #count(pod: Pod, by: 1 | -1): void {
    const workload = this.#workloadOf(pod);
    if (workload && isReady(pod)) this.#ready.set(workload, (this.#ready.get(workload) ?? 0) + by);
  }

  /** A ReplicaSet is called by its Deployment's name. */
  #workloadOf(pod: Pod): string | undefined {
    const owner = controllerOf(pod);
    if (!owner || owner.kind === 'Job' || owner.kind === 'Node') return undefined;
    const { namespace } = pod.metadata;
    if (owner.kind !== 'ReplicaSet') return `${namespace}/${owner.kind}/${owner.name}`;
    const hash = pod.metadata.labels?.['pod-template-hash'];
    return hash
      ? `${namespace}/Deployment/${owner.name.slice(0, -hash.length - 1)}`
      : `${namespace}/ReplicaSet/${owner.name}`;
  }
}

function isCordoned({ spec }: Node): boolean {
  return spec.unschedulable ?? false;
}

function healthyOf({ pods }: Simulation, { metadata, spec }: PodDisruptionBudget): number {
  let count = 0;
  for (const pod of pods.in(metadata.namespace ?? '')) {
    if (isHealthy(pod) && selects(spec.selector, pod.metadata.labels)) count += 1;
  }
  return count;
}
