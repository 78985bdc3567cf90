import { type ClusterReader, ClusterRefused } from '../app/ports.ts';
import { RightMissing } from '../app/right-missing.ts';
import { withoutStop } from '../app/sentence.ts';
import type { AddonView } from '../cluster/addons.ts';
import { LOOKS, type Look } from '../cluster/looks.ts';
import type { Component, NodeView, PodView, Unreadable, WorkloadView } from '../cluster/snapshot.ts';
import { nodesCarryingCapstan, OWN_PODS } from '../plan/order.ts';
import type { KubeClient } from './client.ts';
import { type Collection, list } from './collection.ts';
import { BUDGETS, DAEMON_SETS, DEPLOYMENTS, NODES, PODS, STATEFUL_SETS, VOLUMES } from './collections.ts';
import { readDeprecatedApis } from './deprecated-apis.ts';
import { clusterUid } from './namespace.ts';
import { type LeaseAddress, readRunLease } from './run-lease.ts';
import { readServerVersion } from './server-version.ts';
import { createAddonFinder } from './views/addon-finder.ts';
import { budgetView } from './views/budget-view.ts';
import { componentView } from './views/component-view.ts';
import { nodeView } from './views/node-view.ts';
import { podView } from './views/pod-view.ts';
import { createSharing } from './views/sharing.ts';
import { volumeView } from './views/volume-view.ts';
import type { WireNode, WirePod } from './views/wire.ts';
import { nameView, workloadView } from './views/workload-view.ts';
import { readWebhooks } from './webhooks.ts';

const OWN: Collection = { ...PODS, labelSelector: `${OWN_PODS.key}=${OWN_PODS.value}` };

export interface ReaderOptions {
  /** The cluster's short name. */
  readonly name: string;
  readonly lease: LeaseAddress;
}

/** Reads everything side by side. Without the nodes there is nothing to say; what else is refused is named. */
export function createClusterReader(client: KubeClient, { name, lease }: ReaderOptions): ClusterReader {
  const nodes = async (signal: AbortSignal) => (await list<WireNode, NodeView>(client, NODES, nodeView, signal)).items;
  return {
    nodes,
    ownNodes: async signal => nodesCarryingCapstan(await itemsOf(client, OWN, podView, signal)),
    async snapshot(signal) {
      return await together(signal, async either => {
        const unreadable: Unreadable[] = [];
        const orNothing: OrNothing = (what, nothing, look) =>
          look.catch((error: unknown) => {
            if (!(error instanceof ClusterRefused)) throw error;
            const lacks = error instanceof RightMissing ? { lacks: error.right } : {};
            unreadable.push({ what, why: withoutStop(error.message), ...lacks });
            return nothing;
          });
        const takenAt = Date.now();
        const [uid, seenNodes, pods, budgets, held, more, server] = await Promise.all([
          orNothing(LOOKS.identity, '', clusterUid(client, either)),
          nodes(either),
          orNothing(LOOKS.pods, NO_PODS, readPods(client, either)),
          orNothing(LOOKS.budgets, [], itemsOf(client, BUDGETS, budgetView, either)),
          orNothing(LOOKS.lease, undefined, readRunLease(client, lease, either)),
          readForChecks(client, orNothing, either),
          orNothing(LOOKS.version, undefined, readServerVersion(client, either)),
        ]);
        const servingCertificateEnds = client.servingCertificateEnds();
        const components = withServer(pods.components, server, seenNodes);
        const seen = { nodes: seenNodes, ...pods, components, budgets, ...more, servingCertificateEnds, lease: held };
        return { uid, name, takenAt, ...seen, unreadable };
      });
    },
  };
}

/** Where the control plane runs out of sight, the word of the API server itself is all there is. */
function withServer(
  components: readonly Component[],
  server: Component | undefined,
  nodes: readonly NodeView[],
): readonly Component[] {
  const inSight = nodes.some(({ role }) => role === 'control-plane');
  return inSight || !server ? components : [server, ...components];
}

/** What was looked at, or the other thing where the look is refused; then it is named. */
type OrNothing = <T>(what: Look, nothing: T, look: Promise<T>) => Promise<T>;

/** What single checks want to know. */
async function readForChecks(client: KubeClient, orNothing: OrNothing, signal: AbortSignal) {
  const [workloads, daemonSets, volumes, webhooks, deprecatedApis] = await Promise.all([
    orNothing<readonly WorkloadView[]>(LOOKS.workloads, [], readWorkloads(client, signal)),
    orNothing<readonly string[]>(LOOKS.daemonSets, [], itemsOf(client, DAEMON_SETS, nameView, signal)),
    orNothing(LOOKS.volumes, [], itemsOf(client, VOLUMES, volumeView, signal)),
    orNothing(LOOKS.webhooks, [], readWebhooks(client, signal)),
    orNothing(LOOKS.deprecatedApis, [], readDeprecatedApis(client, signal)),
  ]);
  const bound = volumes.filter(volume => volume !== undefined);
  return { workloads, daemonSets: new Set(daemonSets), volumes: bound, webhooks, deprecatedApis };
}

async function readWorkloads(client: KubeClient, signal: AbortSignal): Promise<WorkloadView[]> {
  const [deployments, statefulSets] = await Promise.all([
    itemsOf(client, DEPLOYMENTS, workloadView('Deployment'), signal),
    itemsOf(client, STATEFUL_SETS, workloadView('StatefulSet'), signal),
  ]);
  return [...deployments, ...statefulSets];
}

async function itemsOf<W, V>(
  client: KubeClient,
  collection: Collection,
  view: (object: W) => V,
  signal: AbortSignal,
): Promise<readonly V[]> {
  return (await list(client, collection, view, signal)).items;
}

/** Ends the other looks as soon as one fails. */
async function together<T>(signal: AbortSignal, look: (either: AbortSignal) => Promise<T>): Promise<T> {
  const stop = new AbortController();
  try {
    return await look(AbortSignal.any([signal, stop.signal]));
  } finally {
    stop.abort();
  }
}

interface PodsRead {
  readonly pods: readonly PodView[];
  readonly components: readonly Component[];
  readonly addons: readonly AddonView[];
}

const NO_PODS: PodsRead = { pods: [], components: [], addons: [] };

async function readPods(client: KubeClient, signal: AbortSignal): Promise<PodsRead> {
  const addons = createAddonFinder();
  const share = createSharing();
  // By the pod's UID: a list that begins anew shows pods again, or no more.
  const componentOf = new Map<string, Component>();
  const look = (pod: WirePod): PodView => {
    addons.look(pod);
    const component = componentView(pod);
    if (component) componentOf.set(pod.metadata?.uid ?? '', component);
    return podView(pod, share);
  };
  const { items: pods } = await list(client, PODS, look, signal);
  return { pods, components: pods.flatMap(({ uid }) => componentOf.get(uid) ?? []), addons: addons.found() };
}
