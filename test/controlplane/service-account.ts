import { type Client, strangerOf } from '../contract/client.ts';

const LIFETIME_SECONDS = 3 * 3600;

/** A kubeconfig of a service account, as a pod with its token would act. */
export async function kubeconfigFor(client: Client, namespace: string, name: string): Promise<string> {
  const { status } = await client.core.createNamespacedServiceAccountToken({
    namespace,
    name,
    body: { spec: { audiences: [], expirationSeconds: LIFETIME_SECONDS } },
  });
  return strangerOf(client, status?.token).config.exportConfig();
}
