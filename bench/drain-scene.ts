import { PatchStrategy, type V1Deployment, type V1Pod, type V1PodDisruptionBudget } from '@kubernetes/client-node';
import { as, type Client } from '../test/contract/client.ts';
import { until } from '../test/contract/watching.ts';
import { freshNamespace, nameOf, readyPods, template } from '../test/contract/world.ts';
import { ControlPlane } from '../test/controlplane/control-plane.ts';
import { NEWEST, versionOf } from '../test/controlplane/modules.ts';
import { makeNodes } from '../test/controlplane/played-nodes.ts';
import { type Programs, programsOf } from '../test/controlplane/programs.ts';

/** What stands on the cluster when a drain begins. */
export interface Load {
  readonly onNode: number;
  /** More pods of the same Deployment, on other nodes. */
  readonly elsewhere: number;
  /** Of a budget that covers all of them. */
  readonly minAvailable: string | undefined;
}

export const DRAINED = 'bench-1';
/** Each takes 110 pods. */
const OTHERS = ['bench-2', 'bench-3'];
const APP = 'web';
const STOPS_IN = '5s';

/** A real control plane with three played nodes, the first of which is drained again and again. */
export class DrainScene {
  readonly plane: ControlPlane;
  readonly programs: Programs;

  private constructor(plane: ControlPlane, programs: Programs) {
    this.plane = plane;
    this.programs = programs;
  }

  static async start(signal: AbortSignal): Promise<DrainScene> {
    const programs = await programsOf(NEWEST, signal);
    const plane = await ControlPlane.start({ minor: NEWEST, signal });
    try {
      const nodes = [DRAINED, ...OTHERS].map(name => ({ name, role: 'worker', version: versionOf(NEWEST) }) as const);
      await makeNodes(plane.admin, nodes, plane.kubeletPort);
      return new DrainScene(plane, programs);
    } catch (error) {
      await plane.stop();
      throw error;
    }
  }

  /** Carries out `act` on a namespace of its own with such a load, and takes the load away. */
  async with<T>(load: Load, act: () => Promise<T>): Promise<T> {
    const { admin } = this.plane;
    const namespace = await freshNamespace(admin);
    await this.#place(namespace, load);
    const result = await act();
    await admin.core.deleteNamespace({ name: namespace });
    await until<V1Pod, true>(admin, '/api/v1/pods', pods => pods.length === 0 || undefined);
    await this.#cordon({ [DRAINED]: false });
    return result;
  }

  stop(): Promise<void> {
    return this.plane.stop();
  }

  async #place(namespace: string, { onNode, elsewhere, minAvailable }: Load): Promise<void> {
    const { admin } = this.plane;
    await this.#cordon({ [DRAINED]: false, 'bench-2': true, 'bench-3': true });
    await admin.apps.createNamespacedDeployment({ namespace, body: deployment(onNode) });
    await readyPods(admin, namespace, APP, onNode);
    await this.#cordon({ [DRAINED]: true, 'bench-2': false, 'bench-3': false });
    const scale = { spec: { replicas: onNode + elsewhere } };
    await admin.apps.patchNamespacedDeployment({ namespace, name: APP, body: scale }, as(PatchStrategy.MergePatch));
    await readyPods(admin, namespace, APP, onNode + elsewhere);
    if (minAvailable !== undefined) await guard(admin, namespace, minAvailable);
    await this.#cordon({ [DRAINED]: false });
  }

  async #cordon(nodes: Readonly<Record<string, boolean>>): Promise<void> {
    for (const [name, unschedulable] of Object.entries(nodes)) {
      await this.plane.admin.core.patchNode({ name, body: { spec: { unschedulable } } }, as(PatchStrategy.MergePatch));
    }
  }
}

function deployment(replicas: number): V1Deployment {
  const { metadata, spec } = template(APP);
  const annotations = { 'kwok.capstan.test/stops-in': STOPS_IN };
  return {
    metadata: { name: APP },
    spec: {
      replicas,
      selector: { matchLabels: { app: APP } },
      template: { metadata: { ...metadata, annotations }, ...(spec ? { spec } : {}) },
    },
  };
}

/** Resolves once the controller has counted the pods. */
async function guard(client: Client, namespace: string, minAvailable: string): Promise<void> {
  const spec = { minAvailable, selector: { matchLabels: { app: APP } } };
  await client.policy.createNamespacedPodDisruptionBudget({ namespace, body: { metadata: { name: APP }, spec } });
  const path = `/apis/policy/v1/namespaces/${namespace}/poddisruptionbudgets`;
  await until<V1PodDisruptionBudget, true>(
    client,
    path,
    budgets => budgets.some(each => nameOf(each) === APP && (each.status?.disruptionsAllowed ?? 0) > 0) || undefined,
  );
}
