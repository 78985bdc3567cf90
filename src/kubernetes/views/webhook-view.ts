import type { LabelSelector } from '../../cluster/selector.ts';
import type { WebhookService, WebhookView } from '../../cluster/snapshot.ts';
import { selectorView } from './selectors.ts';
import type { WireRule, WireService, WireWebhook, WireWebhookConfiguration } from './wire.ts';

/** A webhook before its Service was looked at. */
export interface ClosedWebhook extends Omit<WebhookView, 'service'> {
  readonly service: { readonly namespace: string; readonly name: string };
}

/** Those that fail closed and are served from within the cluster; of others we know neither the way nor the place. */
export function closedWebhooks(kind: WebhookView['kind']): (object: WireWebhookConfiguration) => ClosedWebhook[] {
  return ({ metadata = {}, webhooks }) =>
    (webhooks ?? []).flatMap(webhook => {
      const { service } = webhook.clientConfig ?? {};
      // Fail is the default of admissionregistration.k8s.io/v1.
      if (!service || (webhook.failurePolicy ?? 'Fail') !== 'Fail') return [];
      return [
        {
          kind,
          configuration: metadata.name ?? '',
          name: webhook.name ?? '',
          service: { namespace: service.namespace ?? '', name: service.name ?? '' },
          podRule: podRule(webhook),
          namespaceSelector: selectorOrAll(webhook.namespaceSelector),
          objectSelector: selectorOrAll(webhook.objectSelector),
        },
      ];
    });
}

/** `undefined`: there is no such Service. */
export function webhookService(
  { namespace, name }: ClosedWebhook['service'],
  service: WireService | undefined,
  namespaceLabels: Readonly<Record<string, string>>,
): WebhookService {
  const { selector = {}, type } = service?.spec ?? {};
  const chooses = type !== 'ExternalName' && Object.keys(selector).length > 0;
  return {
    namespace,
    name,
    exists: service !== undefined,
    selector: chooses ? selector : undefined,
    namespaceLabels,
  };
}

/** Unlike elsewhere, a webhook without a selector is asked about everything (kubernetes.io: extensible-admission-controllers). */
function selectorOrAll(selector: WireWebhook['namespaceSelector']): LabelSelector {
  return selectorView(selector ?? {});
}

function podRule({ rules, matchConditions }: WireWebhook): WebhookView['podRule'] {
  if (!rules?.some(isAboutNewPods)) return 'none';
  return matchConditions && matchConditions.length > 0 ? 'under conditions' : 'always';
}

/** `*` stands for all resources but no subresources, `pods/*` for subresources only. */
function isAboutNewPods({ apiGroups = [], resources = [], operations = [], scope }: WireRule): boolean {
  const has = (list: readonly string[], ...wanted: readonly string[]) => wanted.some(each => list.includes(each));
  return (
    scope !== 'Cluster' &&
    has(apiGroups, '', '*') &&
    has(resources, 'pods', '*', '*/*') &&
    has(operations, 'CREATE', '*')
  );
}
