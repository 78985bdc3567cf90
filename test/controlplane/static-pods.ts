import type { V1Pod } from '@kubernetes/client-node';
import { type Client, failureOf } from '../contract/client.ts';
import { readyPod } from '../contract/world.ts';

/** The version of each static pod of a control-plane node, as its image's tag tells it. */
export type StaticPods = Readonly<
  Record<'etcd' | 'kube-apiserver' | 'kube-controller-manager' | 'kube-scheduler', string>
>;

const NAMESPACE = 'kube-system';

/** Makes the mirrors of a node's static pods, in the place of those that stand, and waits until they are Ready. */
export async function mirrorStaticPods(client: Client, node: string, pods: Partial<StaticPods>): Promise<void> {
  const { metadata } = await client.core.readNode({ name: node });
  await Promise.all(
    Object.entries(pods).map(async ([component, version]) => {
      const name = `${component}-${node}`;
      // The kubelet does the same: a mirror is never changed, it is deleted at once and made anew.
      await client.core
        .deleteNamespacedPod({ namespace: NAMESPACE, name, gracePeriodSeconds: 0 })
        .catch(error => failureOf(Promise.reject(error)));
      const body = mirrorOf(component, version, { name: node, uid: metadata?.uid ?? '' });
      await client.core.createNamespacedPod({ namespace: NAMESPACE, body });
      await readyPod(client, NAMESPACE, name);
    }),
  );
}

function mirrorOf(component: string, version: string, node: { readonly name: string; readonly uid: string }): V1Pod {
  const hash = Buffer.from(`${component}:${version}`).toString('hex');
  return {
    metadata: {
      name: `${component}-${node.name}`,
      labels: { component, tier: 'control-plane' },
      annotations: {
        'kubernetes.io/config.hash': hash,
        'kubernetes.io/config.mirror': hash,
        'kubernetes.io/config.source': 'file',
      },
      ownerReferences: [{ apiVersion: 'v1', kind: 'Node', name: node.name, uid: node.uid, controller: true }],
    },
    spec: {
      nodeName: node.name,
      hostNetwork: true,
      priorityClassName: 'system-node-critical',
      tolerations: [{ operator: 'Exists', effect: 'NoExecute' }],
      containers: [{ name: component, image: `registry.k8s.io/${component}:${version}` }],
    },
  };
}
