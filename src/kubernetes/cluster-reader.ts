import { type ClusterReader, ClusterRefused } from '../app/ports.ts';
import type { Component, NodeView, PodView, Unreadable } from '../cluster/snapshot.ts';
import type { KubeClient } from './client.ts';
import { list } from './collection.ts';
import { BUDGETS, NODES, PODS } from './collections.ts';
import { clusterUid } from './namespace.ts';
import { type LeaseAddress, readRunLease } from './run-lease.ts';
import { budgetView } from './views/budget-view.ts';
import { componentView } from './views/component-view.ts';
import { nodeView } from './views/node-view.ts';
import { podView } from './views/pod-view.ts';
import type { WireNode, WirePod } from './views/wire.ts';

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
    async snapshot(signal) {
      return await together(signal, async either => {
        const unreadable: Unreadable[] = [];
        const orNothing = <T>(what: string, nothing: T, look: Promise<T>) =>
          look.catch((error: unknown) => {
            if (!(error instanceof ClusterRefused)) throw error;
            unreadable.push({ what, why: error.message.replace(/\.$/, '') });
            return nothing;
          });
        const takenAt = Date.now();
        const [uid, seenNodes, pods, budgets, held] = await Promise.all([
          orNothing('the identity of the cluster (namespace kube-system)', '', clusterUid(client, either)),
          nodes(either),
          orNothing('pods', NO_PODS, readPods(client, either)),
          orNothing(
            'pod disruption budgets',
            [],
            list(client, BUDGETS, budgetView, either).then(({ items }) => items),
          ),
          orNothing('the lease of a run', undefined, readRunLease(client, lease, either)),
        ]);
        return { uid, name, takenAt, nodes: seenNodes, ...pods, budgets, lease: held, unreadable };
      });
    },
  };
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
}

const NO_PODS: PodsRead = { pods: [], components: [] };

async function readPods(client: KubeClient, signal: AbortSignal): Promise<PodsRead> {
  const look = (pod: WirePod) => ({ pod: podView(pod), component: componentView(pod) });
  const { items } = await list(client, PODS, look, signal);
  return {
    pods: items.map(({ pod }) => pod),
    components: items.flatMap(({ component }) => component ?? []),
  };
}
