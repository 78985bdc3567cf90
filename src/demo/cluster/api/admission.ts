import { randomUUID } from 'node:crypto';
import { request as requestHttps } from 'node:https';
import { text } from 'node:stream/consumers';
import { selects } from '../pods/selector.ts';
import type { Simulation } from '../simulation.ts';
import type { Webhook } from '../store/looked-at-objects.ts';
import type { ApiRequest } from './api-request.ts';
import { ApiError } from './status.ts';
import { isDryRun } from './writes.ts';

/** What a webhook answers, as far as it matters here (admission.k8s.io/v1 AdmissionReview). */
interface Review {
  readonly response?: {
    readonly allowed?: boolean;
    readonly status?: { readonly code?: number; readonly reason?: string; readonly message?: string };
  };
}

/**
 * Asks the validating webhooks that want to know of evictions, as kube-apiserver does before it looks at the pod
 * (admission/plugin/webhook). Those behind a Service cannot be reached here, and are not asked. Throws the ApiError of the
 * first that denies it, or that must be asked and does not answer.
 */
export async function admitEviction(sim: Simulation, request: ApiRequest): Promise<void> {
  const labels = sim.store.get('namespaces', undefined, request.namespace ?? '')?.metadata.labels;
  const configurations = [...sim.store.all('validatingwebhookconfigurations')];
  for (const webhook of configurations.flatMap(({ webhooks = [] }) => webhooks)) {
    const url = webhook.clientConfig?.url;
    if (url === undefined || !wantsEvictions(webhook) || !selects(webhook.namespaceSelector ?? {}, labels)) continue;
    await admitBy(webhook, url, request);
  }
}

function wantsEvictions({ rules = [] }: Webhook): boolean {
  return rules.some(
    ({ operations, resources }) =>
      operations.some(each => each === 'CREATE' || each === '*') &&
      resources.some(each => ['pods/eviction', 'pods/*', '*/eviction', '*/*'].includes(each)),
  );
}

async function admitBy(webhook: Webhook, url: string, request: ApiRequest): Promise<void> {
  const { name = '', failurePolicy = 'Fail' } = webhook;
  const answer = await ask(webhook, url, request);
  if ('failure' in answer) {
    if (failurePolicy === 'Ignore') return;
    const why = `failed calling webhook "${name}": failed to call webhook: ${answer.failure}`;
    throw new ApiError(500, 'InternalError', `Internal error occurred: ${why}`, {
      causes: [{ reason: '', message: why }],
    });
  }
  const { allowed, status = {} } = answer.review.response ?? {};
  if (allowed) return;
  const words = status.message || status.reason;
  const denied = `admission webhook "${name}" denied the request${words ? `: ${words}` : ' without explanation'}`;
  throw new ApiError(Math.max(400, status.code ?? 0), status.reason, denied);
}

async function ask(
  { clientConfig, timeoutSeconds = 10 }: Webhook,
  url: string,
  request: ApiRequest,
): Promise<{ readonly review: Review } | { readonly failure: string }> {
  const address = `${url}?timeout=${timeoutSeconds}s`;
  const body = JSON.stringify({
    apiVersion: 'admission.k8s.io/v1',
    kind: 'AdmissionReview',
    request: {
      uid: randomUUID(),
      resource: { group: '', version: 'v1', resource: 'pods' },
      subResource: 'eviction',
      operation: 'CREATE',
      namespace: request.namespace,
      name: request.name,
      dryRun: isDryRun(request),
      object: request.body,
    },
  });
  const late = AbortSignal.timeout(timeoutSeconds * 1_000);
  try {
    return { review: JSON.parse(await post(address, body, clientConfig?.caBundle, late)) as Review };
  } catch (error) {
    const why = late.aborted ? 'context deadline exceeded' : (error as Error).message;
    return { failure: `Post "${address}": ${why}` };
  }
}

function post(url: string, body: string, caBundle: string | undefined, signal: AbortSignal): Promise<string> {
  const ca = caBundle === undefined ? undefined : Buffer.from(caBundle, 'base64');
  return new Promise((resolve, reject) => {
    const headers = { 'content-type': 'application/json' };
    const sent = requestHttps(url, { method: 'POST', headers, ca, signal, agent: false }, response => {
      text(response).then(resolve, reject);
    });
    sent.once('error', reject);
    sent.end(body);
  });
}
