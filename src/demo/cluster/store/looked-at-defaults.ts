import type { PersistentVolume, Service, WebhookConfiguration } from './looked-at-objects.ts';
import type { KubeObject } from './objects.ts';

/** What the API server adds to kinds that the simulator does not act on. */
export function webhookDefaults(object: KubeObject): void {
  for (const webhook of (object as WebhookConfiguration).webhooks ?? []) {
    webhook.failurePolicy ??= 'Fail';
    webhook.matchPolicy ??= 'Equivalent';
    webhook.namespaceSelector ??= {};
    webhook.objectSelector ??= {};
    webhook.timeoutSeconds ??= 10;
    for (const rule of webhook.rules ?? []) rule.scope ??= '*';
    if (webhook.clientConfig?.service) webhook.clientConfig.service.port ??= 443;
    if (object.kind === 'MutatingWebhookConfiguration') webhook.reinvocationPolicy ??= 'Never';
  }
}

export function serviceDefaults(object: KubeObject): void {
  const { spec } = object as Service;
  spec.type ??= 'ClusterIP';
  spec.sessionAffinity ??= 'None';
  for (const port of spec.ports ?? []) {
    port.protocol ??= 'TCP';
    port.targetPort ??= port.port;
  }
}

export function volumeDefaults(object: KubeObject): void {
  const { spec } = object as PersistentVolume;
  spec.persistentVolumeReclaimPolicy ??= 'Retain';
  spec.volumeMode ??= 'Filesystem';
}
