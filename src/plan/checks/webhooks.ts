import { LOOKS } from '../../cluster/looks.ts';
import { matchesSelector } from '../../cluster/selector.ts';
import type { PodView, WebhookService, WebhookView } from '../../cluster/snapshot.ts';
import type { Finding } from '../finding.ts';
import type { Check, CheckContext } from './check.ts';
import { counted, listed, podName } from './wording.ts';

/**
 * Webhooks that fail closed and whose pods a drain takes away all at once (kubernetes.io: extensible-admission-controllers,
 * "Failure policy"). Those that must also let their own replacements in would never come back: a block.
 */
export const webhooks: Check = {
  code: 'WEBHOOK_UNSERVED',
  ok: 'Every admission webhook that fails closed is served all the while.',
  needs: [LOOKS.pods, LOOKS.webhooks],
  look: context => {
    const servers = serversOf(context);
    return context.snapshot.webhooks.flatMap(webhook => judge(webhook, servers(webhook.service), context));
  },
};

/** The ready pods behind a Service. Only pods of namespaces that serve webhooks are looked at. */
function serversOf({ snapshot }: CheckContext): (service: WebhookService) => readonly PodView[] {
  const namespaces = new Set(snapshot.webhooks.map(({ service }) => service.namespace));
  const ready = Map.groupBy(
    snapshot.pods.filter(pod => namespaces.has(pod.namespace) && pod.ready && pod.deletingSince === undefined),
    ({ namespace }) => namespace,
  );
  return ({ namespace, selector: matchLabels }) =>
    matchLabels === undefined
      ? []
      : (ready.get(namespace) ?? []).filter(({ labels }) =>
          matchesSelector({ matchLabels, matchExpressions: [] }, labels),
        );
}

function judge(webhook: WebhookView, servers: readonly PodView[], { drains }: CheckContext): Finding[] {
  const { service } = webhook;
  if (!service.exists) return [unserved(webhook, `Service ${podName(service)}, which does not exist`)];
  // Its endpoints are somebody's own business, perhaps outside of this cluster.
  if (service.selector === undefined) return [];
  if (servers.length === 0) return [unserved(webhook, `Service ${podName(service)}, behind which no pod is ready`)];
  const [first] = servers;
  const node = first?.node ?? '';
  const together = servers.every(pod => pod.node === node);
  const leaving = drains.evicted.get(node) ?? [];
  if (!together || !servers.every(pod => leaving.includes(pod))) return [];
  return [asksAboutItself(webhook, servers) ? blocksItself(webhook, servers, node) : away(webhook, servers, node)];
}

function asksAboutItself(webhook: WebhookView, servers: readonly PodView[]): boolean {
  const { podRule, namespaceSelector, objectSelector, service } = webhook;
  return (
    podRule === 'always' &&
    matchesSelector(namespaceSelector, service.namespaceLabels) &&
    servers.some(({ labels }) => matchesSelector(objectSelector, labels))
  );
}

function unserved(webhook: WebhookView, by: string): Finding {
  return {
    code: 'WEBHOOK_UNSERVED',
    severity: 'warn',
    sentence: `${describe(webhook)} is served by ${by}: what it is asked about is refused already.`,
    remedy: 'Bring back what serves it, or delete the webhook, before an upgrade meets its refusals.',
  };
}

function away(webhook: WebhookView, servers: readonly PodView[], node: string): Finding {
  const pods = webhook.podRule === 'none' ? '' : ', new pods among it';
  return {
    code: 'WEBHOOK_UNSERVED',
    severity: 'warn',
    sentence:
      `${describe(webhook)} is served only from ${node} (${behind(webhook, servers)}): while that is drained, what it is ` +
      `asked about is refused${pods}.`,
    remedy: 'Run two replicas on different nodes, or set its failurePolicy to Ignore for the time of the upgrade.',
  };
}

function blocksItself(webhook: WebhookView, servers: readonly PodView[], node: string): Finding {
  return {
    code: 'WEBHOOK_BLOCKS_ITSELF',
    severity: 'block',
    sentence:
      `${describe(webhook)} is served only from ${node} (${behind(webhook, servers)}) and is asked about its own pods ` +
      'too: once they are drained nobody lets their replacements in, nor any other pod.',
    remedy:
      'Run two replicas on different nodes, exclude its own namespace by its namespaceSelector, or set its failurePolicy ' +
      'to Ignore for the time of the upgrade.',
  };
}

function describe({ kind, configuration, name }: WebhookView): string {
  return `Webhook ${name} of ${kind} ${configuration}`;
}

function behind({ service }: WebhookView, servers: readonly PodView[]): string {
  return `Service ${podName(service)}, ${counted(servers.length, 'pod')}: ${listed(servers.map(podName))}`;
}
