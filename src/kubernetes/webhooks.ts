import type { WebhookService, WebhookView } from '../cluster/snapshot.ts';
import { ApiError, hasCode, orFailure } from './api-error.ts';
import type { KubeClient } from './client.ts';
import { type Collection, list } from './collection.ts';
import { MUTATING_WEBHOOKS, VALIDATING_WEBHOOKS } from './collections.ts';
import { type ClosedWebhook, closedWebhooks, webhookService } from './views/webhook-view.ts';
import type { WireObject, WireService, WireWebhookConfiguration } from './views/wire.ts';

/** Webhooks that fail closed, each with the Service that serves it: two requests for each Service, one for most clusters. */
export async function readWebhooks(client: KubeClient, signal: AbortSignal): Promise<WebhookView[]> {
  const read = async (collection: Collection, kind: WebhookView['kind']) => {
    const view = closedWebhooks(kind);
    return (await list<WireWebhookConfiguration, ClosedWebhook[]>(client, collection, view, signal)).items.flat();
  };
  const webhooks = [
    ...(await read(VALIDATING_WEBHOOKS, 'ValidatingWebhookConfiguration')),
    ...(await read(MUTATING_WEBHOOKS, 'MutatingWebhookConfiguration')),
  ];
  const services = new Map<string, WebhookService>();
  for (const { service } of webhooks) {
    const key = keyOf(service);
    if (!services.has(key)) services.set(key, await readService(client, service, signal));
  }
  return webhooks.flatMap(webhook => {
    const service = services.get(keyOf(webhook.service));
    return service ? [{ ...webhook, service }] : [];
  });
}

async function readService(
  client: KubeClient,
  address: ClosedWebhook['service'],
  signal: AbortSignal,
): Promise<WebhookService> {
  const { namespace, name } = address;
  const path = `/api/v1/namespaces/${encodeURIComponent(namespace)}`;
  const found = await lookUp<WireObject>(client, 'namespaces', namespace, path, signal);
  const service = found
    ? await lookUp<WireService>(client, 'services', name, `${path}/services/${encodeURIComponent(name)}`, signal)
    : undefined;
  return webhookService(address, service, found?.metadata?.labels ?? {});
}

/** undefined where there is no such thing. */
async function lookUp<W>(
  client: KubeClient,
  resource: string,
  name: string,
  path: string,
  signal: AbortSignal,
): Promise<W | undefined> {
  const found = await orFailure(
    client.call(
      { verb: 'get', resource, name, isAnswer: hasCode(404) },
      async options => (await client.getJson(path, {}, options.signal)) as W,
      signal,
    ),
  );
  return found instanceof ApiError ? undefined : found;
}

function keyOf({ namespace, name }: ClosedWebhook['service']): string {
  return `${namespace}/${name}`;
}
