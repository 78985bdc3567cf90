import { ApiError, hasCode, orFailure } from './api-error.ts';
import type { KubeClient } from './client.ts';

/**
 * Pods that enter the host need the privileged level of Pod Security admission (kubernetes.io:
 * enforce-standards-namespace-labels).
 */
const LABELS = {
  'app.kubernetes.io/managed-by': 'capstan',
  'pod-security.kubernetes.io/enforce': 'privileged',
};

/** Makes Capstan's own namespace where there is none. One that stands is left as it is. */
export async function ensureNamespace(client: KubeClient, name: string, signal: AbortSignal): Promise<void> {
  const found = await orFailure(
    client.call(
      { verb: 'get', resource: 'namespaces', name, isAnswer: hasCode(404) },
      options => client.core.readNamespace({ name }, options),
      signal,
    ),
  );
  if (!(found instanceof ApiError)) return;
  // 409: another worker was quicker, or an earlier try of ours had its effect.
  await orFailure(
    client.call(
      { verb: 'create', resource: 'namespaces', name, isAnswer: hasCode(409) },
      options => client.core.createNamespace({ body: { metadata: { name, labels: LABELS } } }, options),
      signal,
    ),
  );
}

/** What identifies a cluster, whatever it is called: the UID of its kube-system namespace. */
export async function clusterUid(client: KubeClient, signal: AbortSignal): Promise<string> {
  const name = 'kube-system';
  const { metadata } = await client.call(
    { verb: 'get', resource: 'namespaces', name },
    options => client.core.readNamespace({ name }, options),
    signal,
  );
  return metadata?.uid ?? '';
}
