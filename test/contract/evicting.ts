import type { V1Deployment, V1Pod, V1PodDisruptionBudget } from '@kubernetes/client-node';
import type { Place } from './suite.ts';
import { until } from './watching.ts';
import { freshNamespace, nameOf, readyPods, template } from './world.ts';

export type BudgetSpec = NonNullable<V1PodDisruptionBudget['spec']>;
type BudgetStatus = NonNullable<V1PodDisruptionBudget['status']>;

export const GRANTED = { kind: 'Status', code: 201 };
export const OTHER_UID = '00000000-0000-4000-8000-000000000000';

/** A namespace in which pods are evicted and budgets made. */
export class Evicting {
  readonly namespace: string;
  readonly #at: () => Place;

  private constructor(namespace: string, at: () => Place) {
    this.namespace = namespace;
    this.#at = at;
  }

  static async start(at: () => Place): Promise<Evicting> {
    return new Evicting(await freshNamespace(at().client), at);
  }

  /** The client's answer is typed as an Eviction; what comes is a Status. */
  async evict(name: string, deleteOptions: object = {}, dryRun?: string) {
    const { namespace } = this;
    const { data, httpStatusCode } = await this.#at().client.core.createNamespacedPodEvictionWithHttpInfo({
      namespace,
      name,
      body: { metadata: { name, namespace }, deleteOptions },
      ...(dryRun === undefined ? {} : { dryRun }),
    });
    return { kind: data.kind, code: httpStatusCode };
  }

  budget(name: string, spec: BudgetSpec) {
    const { namespace } = this;
    return this.#at().client.policy.createNamespacedPodDisruptionBudget({
      namespace,
      body: { metadata: { name }, spec },
    });
  }

  get budgetsPath(): string {
    return `/apis/policy/v1/namespaces/${this.namespace}/poddisruptionbudgets`;
  }

  /** The budget once the controller has seen it and `holds` is true of its status. */
  settledBudget(name: string, holds: (status: BudgetStatus) => boolean = () => true) {
    return until<V1PodDisruptionBudget, V1PodDisruptionBudget>(this.#at().client, this.budgetsPath, budgets =>
      budgets.find(
        each =>
          nameOf(each) === name &&
          each.status?.observedGeneration === each.metadata?.generation &&
          each.status !== undefined &&
          holds(each.status),
      ),
    );
  }

  async deployment(app: string, replicas: number): Promise<V1Pod[]> {
    const { namespace } = this;
    const body: V1Deployment = {
      metadata: { name: app },
      spec: { replicas, selector: { matchLabels: { app } }, template: template(app) },
    };
    await this.#at().client.apps.createNamespacedDeployment({ namespace, body });
    return readyPods(this.#at().client, namespace, app, replicas);
  }
}
