import { randomUUID } from 'node:crypto';
import { request as requestHttps } from 'node:https';
import { text } from 'node:stream/consumers';
import { selects } from '../pods/selector.ts';
import type { Simulation } from '../simulation.ts';
import type { Webhook } from '../store/looked-at-objects.ts';
import { ApiError } from './status.ts';

/** What a webhook is asked about. */
export interface Admitted {
  readonly operation: 'CREATE' | 'UPDATE';
  readonly group: string;
  readonly resource: string;
  readonly subResource: string;
  readonly namespace: string;
  readonly name: string;
  readonly dryRun: boolean;
  /** How long the client gives the whole request. */
  readonly seconds?: number | undefined;
}

/** What a webhook answers, as far as it matters here (admission.k8s.io/v1 AdmissionReview). */
interface Review {
  readonly response?: {
    readonly allowed?: boolean;
    readonly status?: { readonly code?: number; readonly reason?: string; readonly message?: string };
  };
}

/**
 * Asks the validating webhooks that want to know, as kube-apiserver does (admission/plugin/webhook). Those behind a Service
 * cannot be reached here, and are not asked. Throws the ApiError of the first that denies it, or that must be asked and does
 * not answer; undefined where there is none to ask.
 */
export function admit(sim: Simulation, admitted: Admitted): Promise<void> | undefined {
  const { labels } = sim.store.get('namespaces', undefined, admitted.namespace)?.metadata ?? {};
  const configurations = [...sim.store.all('validatingwebhookconfigurations')];
  const webhooks = configurations
    .flatMap(each => each.webhooks ?? [])
    .filter(each => each.clientConfig?.url !== undefined && wants(each, admitted))
    .filter(each => selects(each.namespaceSelector ?? {}, labels));
  return webhooks.length > 0 ? admitBy(webhooks, admitted) : undefined;
}

function wants({ rules = [] }: Webhook, { operation, group, resource, subResource }: Admitted): boolean {
  return rules.some(
    ({ apiGroups, operations, resources }) =>
      [group, '*'].some(each => apiGroups.includes(each)) &&
      [operation, '*'].some(each => operations.includes(each)) &&
      [`${resource}/${subResource}`, `${resource}/*`, `*/${subResource}`, '*/*'].some(each => resources.includes(each)),
  );
}

async function admitBy(webhooks: readonly Webhook[], admitted: Admitted): Promise<void> {
  for (const webhook of webhooks) {
    const { name = '', failurePolicy = 'Fail' } = webhook;
    const answer = await ask(webhook, admitted);
    if ('failure' in answer) {
      if (failurePolicy === 'Ignore') continue;
      const why = `failed calling webhook "${name}": failed to call webhook: ${answer.failure}`;
      throw new ApiError(500, 'InternalError', `Internal error occurred: ${why}`, {});
    }
    const { allowed, status = {} } = answer.review.response ?? {};
    if (allowed) continue;
    const words = status.message || status.reason;
    const denied = `admission webhook "${name}" denied the request${words ? `: ${words}` : ' without explanation'}`;
    throw new ApiError(Math.max(400, status.code ?? 0), status.reason, denied);
  }
}

async function ask(
  { clientConfig, timeoutSeconds = 10 }: Webhook,
  { seconds = Number.POSITIVE_INFINITY, group, ...admitted }: Admitted,
): Promise<{ readonly review: Review } | { readonly failure: string }> {
  const { resource, ...request } = admitted;
  const address = `${clientConfig?.url}?timeout=${timeoutSeconds}s`;
  const body = JSON.stringify({
    apiVersion: 'admission.k8s.io/v1',
    kind: 'AdmissionReview',
    request: { uid: randomUUID(), resource: { group, version: 'v1', resource }, ...request },
  });
  const late = AbortSignal.timeout(Math.min(timeoutSeconds, seconds) * 1_000);
  try {
    return { review: JSON.parse(await post(address, body, clientConfig?.caBundle, late)) as Review };
  } catch (error) {
    if (late.aborted && seconds < timeoutSeconds) {
      throw new ApiError(504, 'Timeout', 'Timeout: request did not complete within the allotted timeout', {});
    }
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
