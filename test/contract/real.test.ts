import { readFileSync } from 'node:fs';
import { type Client, clientOf, failureOf } from './client.ts';
import { contract } from './suite.ts';
import { nodeWhere } from './world.ts';

/**
 * The suite on a real control plane, as a user who may do everything: CAPSTAN_CONTRACT_KUBECONFIG is its kubeconfig, and
 * CAPSTAN_CONTRACT_ETCD, where given, the client address of its etcd, so that history can be compacted. Nodes are played
 * by kwok, or there are at least two.
 */
const file = process.env.CAPSTAN_CONTRACT_KUBECONFIG;
const etcd = process.env.CAPSTAN_CONTRACT_ETCD;

if (file === undefined) {
  it.todo('the contract on a real control plane: set CAPSTAN_CONTRACT_KUBECONFIG');
} else {
  if (etcd === undefined) {
    it.todo('what happens when history is compacted under a list or a watch: set CAPSTAN_CONTRACT_ETCD');
  }
  contract('a real control plane', async () => {
    const kubeconfig = readFileSync(file, 'utf8');
    await makeNodes(clientOf(kubeconfig));
    return {
      name: 'a real control plane',
      kubeconfig,
      ...(etcd === undefined ? {} : { compact: () => compact(etcd) }),
      logs: false,
      stop: async () => undefined,
    };
  });
}

/** For kwok to play; on a cluster with nodes of its own there is nothing to do. */
async function makeNodes(client: Client): Promise<void> {
  const { items } = await client.core.listNode();
  if (items.length >= 2) return;
  const resources = { cpu: '16', memory: '64Gi', pods: '110' };
  for (const name of ['contract-1', 'contract-2']) {
    const metadata = { name, labels: { 'kubernetes.io/hostname': name } };
    const body = { metadata, status: { capacity: resources, allocatable: resources } };
    await client.core.createNode({ body }).catch(failureOf);
    await nodeWhere(client, name, ({ spec }) => !spec?.taints?.length);
  }
}

/** Through etcd's JSON gateway. */
async function compact(address: string): Promise<void> {
  const ask = async (path: string, body: object) => {
    const answer = await fetch(new URL(path, address), { method: 'POST', body: JSON.stringify(body) });
    if (!answer.ok) throw new Error(`etcd answered ${path} with ${answer.status}: ${await answer.text()}`);
    return (await answer.json()) as { header: { revision: string } };
  };
  const { header } = await ask('/v3/kv/range', { key: Buffer.from('/').toString('base64') });
  await ask('/v3/kv/compaction', { revision: header.revision, physical: true });
}
