import type { Client } from '../contract/client.ts';

const LIFETIME_SECONDS = 3 * 3600;

/** A kubeconfig of a service account, as a pod with its token would act. */
export async function kubeconfigFor({ core, config }: Client, namespace: string, name: string): Promise<string> {
  const { status } = await core.createNamespacedServiceAccountToken({
    namespace,
    name,
    body: { spec: { audiences: [], expirationSeconds: LIFETIME_SECONDS } },
  });
  const { server, caData } = config.getCurrentCluster() ?? {};
  return JSON.stringify({
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name: 'cluster', cluster: { server, 'certificate-authority-data': caData } }],
    users: [{ name, user: { token: status?.token } }],
    contexts: [{ name: 'context', context: { cluster: 'cluster', user: name } }],
    'current-context': 'context',
  });
}
