import type { V1Deployment, V1PodDisruptionBudget, V1StatefulSet } from '@kubernetes/client-node';
import type { Client } from '../contract/client.ts';
import { readyPods, template } from '../contract/world.ts';

/** Applications of a careful team: spread over the nodes, and each with a budget. */
export const NAMESPACE = 'shop';

const APPS = [
  { app: 'web', replicas: 6, budget: { minAvailable: 5 } },
  { app: 'api', replicas: 4, budget: { maxUnavailable: '25%' } },
] as const;

/** The fewest pods of each application that its budget lets be Ready. */
export const LEAST_READY: Readonly<Record<string, number>> = { web: 5, api: 3, db: 2 };

export async function openShop(client: Client): Promise<void> {
  await client.core.createNamespace({ body: { metadata: { name: NAMESPACE } } });
  for (const { app, replicas, budget } of APPS) {
    await client.apps.createNamespacedDeployment({ namespace: NAMESPACE, body: deployment(app, replicas) });
    await client.policy.createNamespacedPodDisruptionBudget({ namespace: NAMESPACE, body: budgetOf(app, budget) });
  }
  await client.apps.createNamespacedStatefulSet({ namespace: NAMESPACE, body: statefulSet('db', 3) });
  const db = budgetOf('db', { minAvailable: 2 });
  await client.policy.createNamespacedPodDisruptionBudget({ namespace: NAMESPACE, body: db });
  for (const { app, replicas } of [...APPS, { app: 'db', replicas: 3 }]) {
    await readyPods(client, NAMESPACE, app, replicas);
  }
}

function deployment(app: string, replicas: number): V1Deployment {
  return {
    metadata: { name: app },
    spec: { replicas, selector: { matchLabels: { app } }, template: spread(app) },
  };
}

function statefulSet(app: string, replicas: number): V1StatefulSet {
  return {
    metadata: { name: app },
    spec: { replicas, serviceName: app, selector: { matchLabels: { app } }, template: spread(app) },
  };
}

function spread(app: string) {
  const constraint = { maxSkew: 1, topologyKey: 'kubernetes.io/hostname', whenUnsatisfiable: 'ScheduleAnyway' };
  return template(app, {
    topologySpreadConstraints: [{ ...constraint, labelSelector: { matchLabels: { app } } }],
  });
}

export function budgetOf(app: string, spec: NonNullable<V1PodDisruptionBudget['spec']>): V1PodDisruptionBudget {
  return { metadata: { name: app }, spec: { ...spec, selector: { matchLabels: { app } } } };
}
