import { LOOKS } from '../../cluster/looks.ts';
import { matchesSelector } from '../../cluster/selector.ts';
import type { PodView, WebhookService, WebhookView } from '../../cluster/snapshot.ts';
import type { Finding } from '../finding.ts';
import type { Check, CheckContext } from './check.ts';
import { crewOf, isKept, type Taking, takenAtOnce } from './taken-at-once.ts';
import { counted, listed, podName } from './wording.ts';

/**
 * Webhooks that fail closed and whose pods a drain takes away all at once (kubernetes.io: extensible-admission-controllers,
 * "Failure policy"). Those that must also let their own replacements in would never come back: a block.
 */
export const webhooks: Check = {
  code: 'WEBHOOK_UNSERVED',
  ok: 'Every admission webhook that fails closed is served all the while.',
  needs: [LOOKS.pods, LOOKS.budgets, LOOKS.volumes, LOOKS.webhooks],
  look: context => {
    const serversFor = serversOf(context);
    const served = context.snapshot.webhooks.map(webhook => ({ webhook, servers: serversFor(webhook.service) }));
    const takings = takingsOf(served, context);
    return served.flatMap(each => judge(each, takings.get(each.webhook)));
  },
};

interface Served {
  readonly webhook: WebhookView;
  readonly servers: readonly PodView[];
}

/** Drains that take all pods of a webhook at once. A budget keeps one there until another has come, which it lets in. */
function takingsOf(served: readonly Served[], { drains, room }: CheckContext): ReadonlyMap<WebhookView, Taking> {
  const exposed = served.filter(({ servers }) => servers.length > 0 && !isKept(servers, drains));
  const crews = new Map(exposed.map(({ webhook, servers }) => [webhook, crewOf(servers)]));
  const behind = new Map<PodView, WebhookView[]>();
  for (const { webhook, servers } of exposed)
    for (const pod of servers) behind.set(pod, [...(behind.get(pod) ?? []), webhook]);
  return takenAtOnce(crews, pod => behind.get(pod) ?? [], room);
}

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

function judge(served: Served, taking: Taking | undefined): Finding[] {
  const { webhook, servers } = served;
  const { service } = webhook;
  if (!service.exists) return [unserved(webhook, `Service ${podName(service)}, which does not exist`)];
  // Its endpoints are somebody's own business, perhaps outside of this cluster.
  if (service.selector === undefined) return [];
  if (servers.length === 0) return [unserved(webhook, `Service ${podName(service)}, behind which no pod is ready`)];
  if (!taking) return [];
  return [asksAboutItself(served) ? blocksItself(served, taking) : away(served, taking)];
}

function asksAboutItself({ webhook, servers }: Served): boolean {
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

function away(served: Served, taking: Taking): Finding {
  const pods = served.webhook.podRule === 'none' ? '' : ', new pods among it';
  return {
    code: 'WEBHOOK_UNSERVED',
    severity: 'warn',
    sentence: `${onlyFrom(served, taking)}: while that is drained, what it is asked about is refused${pods}.`,
    remedy: `${remedyFor(taking)}, or set its failurePolicy to Ignore for the time of the upgrade.`,
  };
}

/** Where its pods only come together on the way that depends on what else moves: nobody should be stopped by a guess. */
function blocksItself(served: Served, taking: Taking): Finding {
  return {
    code: 'WEBHOOK_BLOCKS_ITSELF',
    severity: taking.gathered ? 'warn' : 'block',
    sentence:
      `${onlyFrom(served, taking)} and is asked about its own pods too: once they are drained nobody lets their ` +
      'replacements in, nor any other pod.',
    remedy:
      `${remedyFor(taking)}, exclude its own namespace by its namespaceSelector, or set its failurePolicy to Ignore for ` +
      'the time of the upgrade.',
  };
}

function onlyFrom({ webhook, servers }: Served, { node, gathered }: Taking): string {
  const where = gathered ? `may be served only from ${node} once others were drained` : `is served only from ${node}`;
  return `${describe(webhook)} ${where} (${behind(webhook, servers)})`;
}

function remedyFor({ gathered }: Taking): string {
  return gathered
    ? 'Give its pods a PodDisruptionBudget that keeps one, or let another node take them'
    : 'Run two replicas on different nodes';
}

function describe({ kind, configuration, name }: WebhookView): string {
  return `Webhook ${name} of ${kind} ${configuration}`;
}

function behind({ service }: WebhookView, servers: readonly PodView[]): string {
  return `Service ${podName(service)}, ${counted(servers.length, 'pod')}: ${listed(servers.map(podName))}`;
}
