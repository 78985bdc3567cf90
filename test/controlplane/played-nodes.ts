import { PatchStrategy, type V1Node } from '@kubernetes/client-node';
import { as, type Client } from '../contract/client.ts';
import { nodeWhere } from '../contract/world.ts';

/** A node that kwok plays, as kubeadm and its kubelet would have registered it. */
export interface PlayedNode {
  readonly name: string;
  readonly role: 'control-plane' | 'worker';
  /** Its kubelet: `v1.36.3`. */
  readonly version: string;
}

const CONTROL_PLANE = 'node-role.kubernetes.io/control-plane';
const SILENT = 'kwok.capstan.test/silent';
const RESOURCES = { cpu: '16', memory: '64Gi', pods: '110', 'ephemeral-storage': '100Gi' };

/** Makes the nodes, and resolves once each of them is Ready and takes what its own taints let in. */
export async function makeNodes(client: Client, nodes: readonly PlayedNode[], kubeletPort: number): Promise<void> {
  await Promise.all(
    nodes.map(async (node, index) => {
      await client.core.createNode({ body: nodeOf(node, index, kubeletPort) });
      await nodeWhere(client, node.name, ({ spec, status }) => {
        const ready = status?.conditions?.some(({ type, status: is }) => type === 'Ready' && is === 'True') ?? false;
        return ready && !spec?.taints?.some(({ key }) => key.startsWith('node.kubernetes.io/'));
      });
    }),
  );
}

function nodeOf({ name, role, version }: PlayedNode, index: number, kubeletPort: number): V1Node {
  const isControlPlane = role === 'control-plane';
  return {
    metadata: {
      name,
      labels: {
        'kubernetes.io/arch': 'amd64',
        'kubernetes.io/hostname': name,
        'kubernetes.io/os': 'linux',
        ...(isControlPlane ? { [CONTROL_PLANE]: '' } : {}),
      },
    },
    spec: isControlPlane ? { taints: [{ key: CONTROL_PLANE, effect: 'NoSchedule' }] } : {},
    status: {
      capacity: RESOURCES,
      allocatable: RESOURCES,
      addresses: [
        { type: 'InternalIP', address: `10.0.0.${index + 11}` },
        { type: 'Hostname', address: name },
        // Where the API server finds the logs of its pods.
        { type: 'ExternalIP', address: '127.0.0.1' },
      ],
      daemonEndpoints: { kubeletEndpoint: { Port: kubeletPort } },
      nodeInfo: {
        architecture: 'amd64',
        bootID: `00000000-0000-4000-8000-${String(index).padStart(12, '0')}`,
        containerRuntimeVersion: 'containerd://2.2.1',
        kernelVersion: '6.12.0-amd64',
        kubeProxyVersion: '',
        kubeletVersion: version,
        machineID: String(index).padStart(32, '0'),
        operatingSystem: 'linux',
        osImage: 'Debian GNU/Linux 13 (trixie)',
        systemUUID: String(index).padStart(32, '0'),
      },
    },
  };
}

/** The kubelet of another version takes over, as after its package was upgraded. */
export async function replaceKubelet(client: Client, name: string, version: string): Promise<void> {
  await annotateNode(client, name, { 'kwok.capstan.test/kubelet': version });
}

/** The node stops answering: no heartbeat any more, and nothing happens to its pods. */
export async function silence(client: Client, name: string): Promise<void> {
  const { core } = client;
  await annotateNode(client, name, { [SILENT]: '' });
  const { items } = await core.listPodForAllNamespaces({ fieldSelector: `spec.nodeName=${name}` });
  await Promise.all(
    items.map(({ metadata }) => annotatePod(client, metadata?.namespace ?? '', metadata?.name ?? '', { [SILENT]: '' })),
  );
}

type Annotations = Readonly<Record<string, string | null>>;

export function annotateNode({ core }: Pick<Client, 'core'>, name: string, annotations: Annotations): Promise<V1Node> {
  return core.patchNode({ name, body: { metadata: { annotations } } }, as(PatchStrategy.MergePatch));
}

export async function annotatePod(
  { core }: Pick<Client, 'core'>,
  namespace: string,
  name: string,
  annotations: Annotations,
): Promise<void> {
  await core.patchNamespacedPod({ namespace, name, body: { metadata: { annotations } } }, as(PatchStrategy.MergePatch));
}
