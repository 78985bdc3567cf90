import type { Surroundings } from '../app/ports.ts';
import type { Component, NodeView } from '../cluster/snapshot.ts';
import type { KubeClient } from './client.ts';
import { type Collection, list } from './collection.ts';
import { NODES } from './collections.ts';
import { readServerVersion } from './server-version.ts';
import { componentView } from './views/component-view.ts';
import { nodeView } from './views/node-view.ts';
import type { WireNode, WirePod } from './views/wire.ts';

/** As kubeadm labels them; a handful in the largest of clusters. */
const STATIC_PODS: Collection = {
  path: '/api/v1/namespaces/kube-system/pods',
  resource: 'pods',
  labelSelector: 'tier=control-plane',
};
const CONTROL_PLANE_NODES: Collection = { ...NODES, labelSelector: 'node-role.kubernetes.io/control-plane' };

/** Three looks that go before a work; each is as fresh as the API server is. */
export function createSurroundings(client: KubeClient): Surroundings {
  const nodesOf = async (collection: Collection, signal: AbortSignal) =>
    (await list<WireNode, NodeView>(client, collection, nodeView, signal)).items;
  return {
    async controlPlane(signal) {
      const { items } = await list<WirePod, Component | undefined>(client, STATIC_PODS, componentView, signal);
      const seen = items.flatMap(component => component ?? []);
      return seen.some(({ kind }) => kind === 'kube-apiserver') ? seen : [await readServerVersion(client, signal)];
    },
    controlPlaneNodes: signal => nodesOf(CONTROL_PLANE_NODES, signal),
    nodes: signal => nodesOf(NODES, signal),
  };
}
