import {
  PatchStrategy,
  type V1ObjectMeta,
  type V1Pod,
  type V1PodDisruptionBudget,
  type V1PodSpec,
} from '@kubernetes/client-node';
import { withDeadline } from '../../src/app/deadline.ts';
import { type DrainRules, drainNode } from '../../src/app/drain.ts';
import type { PodControl } from '../../src/app/ports.ts';
import type { EvictionOutcome } from '../../src/drain/eviction.ts';
import { type ConnectedKubernetes, connectKubernetes } from '../../src/kubernetes/kubernetes.ts';
import { NO_POLICY } from '../../src/policy/settings.ts';
import type { Blocker } from '../../src/run/blocker.ts';
import { as, type Client } from '../contract/client.ts';
import { until } from '../contract/watching.ts';
import { freshNamespace, nameOf, runningPod } from '../contract/world.ts';
import { NO_ORDERS } from '../support/no-orders.ts';
import { startCluster } from './cluster.ts';

type BudgetSpec = NonNullable<V1PodDisruptionBudget['spec']>;
type BudgetStatus = NonNullable<V1PodDisruptionBudget['status']>;

export interface DrainOptions {
  readonly rules?: Partial<DrainRules>;
  /** Called before each eviction is asked for. */
  readonly before?: (pod: string) => Promise<void>;
  /** Called whenever what keeps the pods is reported, which is from the beginning. */
  readonly onReport?: (blockers: readonly Blocker[]) => Promise<void>;
  /** The file of somebody else than the worker of the chart. */
  readonly kubeconfig?: string;
}

export interface Drained {
  readonly ms: number;
  /** What each eviction was answered with, in the order of the answers. */
  readonly answers: readonly (readonly [pod: string, outcome: EvictionOutcome])[];
}

/** A cluster with a node to be drained. */
export interface DrainPlace {
  readonly admin: Client;
  /** For files of a test. */
  readonly folder: string;
  /** A file with what the chart grants the worker. */
  readonly workerKubeconfig: string;
  /** The node that is drained. */
  readonly node: string;
  /** Another one. */
  readonly other: string;
  /** On every pod of a test: where others have pods on the node, a drain leaves all that are without. */
  readonly labels?: Readonly<Record<string, string>>;
  stop(): Promise<void>;
}

const DRAIN_SECONDS = 60;

/** A real cluster whose node is drained with what the chart grants the worker, and nothing more. */
export class DrainScene {
  readonly #place: DrainPlace;
  readonly #rules: DrainRules;
  readonly #kubernetes: ConnectedKubernetes;
  #over = new AbortController();

  constructor(place: DrainPlace) {
    this.#place = place;
    const { labels } = place;
    const podSelector = labels && { matchLabels: labels, matchExpressions: [] };
    // Pods without a controller are quickest to make.
    this.#rules = { ...NO_POLICY.drain, force: true, podSelector };
    this.#kubernetes = connect(place.workerKubeconfig);
  }

  /** On a control plane of its own. */
  static async start(more: { readonly requestSeconds?: number } = {}): Promise<DrainScene> {
    const options = { minor: '1.37', kubelets: '1.37', workers: 2, ...more } as const;
    const { plane, workers, workerKubeconfig } = await startCluster(options);
    const [node = '', other = ''] = workers;
    const { admin, folder } = plane;
    return new DrainScene({ admin, folder, workerKubeconfig, node, other, stop: () => plane.stop() });
  }

  get admin(): Client {
    return this.#place.admin;
  }

  get folder(): string {
    return this.#place.folder;
  }

  /** The node that is drained. */
  get node(): string {
    return this.#place.node;
  }

  get other(): string {
    return this.#place.other;
  }

  async stop(): Promise<void> {
    this.#kubernetes.close();
    await this.#place.stop();
  }

  /** Whatever is still being drained is let go, and the pods of the namespace are taken away. */
  async clear(namespace: string): Promise<void> {
    this.#over.abort();
    this.#over = new AbortController();
    await this.admin.core.deleteCollectionNamespacedPod({ namespace, gracePeriodSeconds: 0 });
  }

  namespace(): Promise<string> {
    return freshNamespace(this.admin);
  }

  /** A pod on the node that is drained, or on another one, once it is Ready. */
  pod(namespace: string, name: string, metadata: V1ObjectMeta = {}, spec: Partial<V1PodSpec> = {}): Promise<V1Pod> {
    const labels = { ...this.#place.labels, ...metadata.labels };
    return runningPod(this.admin, namespace, { name, ...metadata, labels }, { nodeName: this.node, ...spec });
  }

  async guard(namespace: string, name: string, spec: BudgetSpec): Promise<void> {
    await this.admin.policy.createNamespacedPodDisruptionBudget({ namespace, body: { metadata: { name }, spec } });
  }

  /** What `spec` does not say stays; null takes it away. */
  async changeBudget(namespace: string, name: string, spec: object): Promise<void> {
    const body = { spec };
    await this.admin.policy.patchNamespacedPodDisruptionBudget({ namespace, name, body }, as(PatchStrategy.MergePatch));
  }

  /** The budget once its controller has said something of it that `holds`. */
  async budgetWhere(namespace: string, name: string, holds: (status: BudgetStatus) => boolean): Promise<void> {
    const path = `/apis/policy/v1/namespaces/${namespace}/poddisruptionbudgets`;
    await until<V1PodDisruptionBudget, true>(
      this.admin,
      path,
      budgets => budgets.some(each => nameOf(each) === name && each.status && holds(each.status)) || undefined,
    );
  }

  /** Deletes a pod from the API at once, whatever its node does. */
  async remove(namespace: string, name: string): Promise<void> {
    await this.admin.core.deleteNamespacedPod({ namespace, name, gracePeriodSeconds: 0 });
  }

  async drain(options: DrainOptions = {}): Promise<Drained> {
    if (options.kubeconfig === undefined) return await this.#drainAs(this.#kubernetes, options);
    const kubernetes = connect(options.kubeconfig);
    try {
      return await this.#drainAs(kubernetes, options);
    } finally {
      kubernetes.close();
    }
  }

  async #drainAs({ pods }: ConnectedKubernetes, options: DrainOptions): Promise<Drained> {
    const { rules, before, onReport = async () => {} } = options;
    const clock = { now: () => Date.now() };
    const began = clock.now();
    const answers: [string, EvictionOutcome][] = [];
    // The last pod may be seen to leave before its eviction is answered, and then the drain hears no answer any more.
    const asked: Promise<unknown>[] = [];
    const evict: PodControl['evict'] = async (pod, how) => {
      await before?.(pod.name);
      const outcome = pods.evict(pod, how, this.#over.signal);
      // One that fails is the drain's to tell.
      asked.push(outcome.then(answer => answers.push([pod.name, answer])).catch(() => undefined));
      return await outcome;
    };
    const limits = { at: () => began + DRAIN_SECONDS * 1_000, seconds: DRAIN_SECONDS, clock };
    await withDeadline({ ...limits, signal: this.#over.signal }, deadline =>
      drainNode(
        {
          node: this.node,
          rules: { ...this.#rules, ...rules },
          deadline,
          orders: NO_ORDERS,
          onDeleted: async () => {},
          reportFrom: began,
          report: onReport,
          assertClaimed: async () => {},
        },
        { pods: { ...pods, evict }, clock },
      ),
    );
    const ms = clock.now() - began;
    await Promise.all(asked);
    return { ms, answers };
  }
}

function connect(kubeconfig: string): ConnectedKubernetes {
  return connectKubernetes({ kubeconfig, patienceMs: 20_000, onWarning: () => undefined });
}
