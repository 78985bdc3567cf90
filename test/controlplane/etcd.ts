import { PassThrough } from 'node:stream';
import { text } from 'node:stream/consumers';
import { Exec, type V1Status } from '@kubernetes/client-node';
import type { Client } from '../contract/client.ts';

/** Makes an etcd forget its history, as it does by itself after a while. Through its JSON gateway. */
export async function compactHistory(address: string): Promise<void> {
  const ask = async (path: string, body: object) => {
    const answer = await fetch(new URL(path, address), { method: 'POST', body: JSON.stringify(body) });
    if (!answer.ok) throw new Error(`etcd answered ${path} with ${answer.status}: ${await answer.text()}`);
    return (await answer.json()) as { header: { revision: string } };
  };
  const { header } = await ask('/v3/kv/range', { key: Buffer.from('/').toString('base64') });
  await ask('/v3/kv/compaction', { revision: header.revision, physical: true });
}

/** Where kubeadm puts what a client of etcd has to show; kind is made by kubeadm. */
const KUBEADM_PKI = '/etc/kubernetes/pki/etcd';
const ETCDCTL = [
  'etcdctl',
  '--endpoints=https://127.0.0.1:2379',
  `--cacert=${KUBEADM_PKI}/ca.crt`,
  `--cert=${KUBEADM_PKI}/healthcheck-client.crt`,
  `--key=${KUBEADM_PKI}/healthcheck-client.key`,
];

/** The same, of an etcd that runs as a static pod of kubeadm, by its own etcdctl. */
export async function compactWithin(client: Client, pod: string): Promise<void> {
  const status = await execute(client, pod, [...ETCDCTL, 'endpoint', 'status', '--write-out=json']);
  const [first] = JSON.parse(status) as { Status: { header: { revision: number } } }[];
  await execute(client, pod, [...ETCDCTL, 'compact', '--physical', String(first?.Status.header.revision)]);
}

/** What a command in the container of an etcd printed. */
async function execute({ config }: Client, pod: string, command: readonly string[]): Promise<string> {
  const [printed, complaint] = [new PassThrough(), new PassThrough()];
  const [said, complained] = [text(printed), text(complaint)];
  const status = await new Promise<V1Status>((resolve, reject) => {
    new Exec(config)
      .exec('kube-system', pod, 'etcd', [...command], printed, complaint, null, false, resolve)
      .catch(reject);
  });
  for (const stream of [printed, complaint]) stream.end();
  if (status.status === 'Success') return await said;
  throw new Error(`"${command.join(' ')}" in ${pod}: ${status.message}\n${await complained}`);
}
