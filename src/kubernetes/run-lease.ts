import { V1MicroTime } from '@kubernetes/client-node';
import { ClusterRefused, type RunLease } from '../app/ports.ts';
import type { RunLeaseView } from '../cluster/snapshot.ts';
import { ApiError, hasCode, orFailure } from './api-error.ts';
import type { KubeClient } from './client.ts';
import { type PatchOperation, pointer } from './json-patch.ts';
import { ensureNamespace } from './namespace.ts';
import type { WireLease } from './views/wire.ts';

export interface LeaseAddress {
  readonly namespace: string;
  readonly name: string;
}

/** Who carries the run out, for people. */
const OWNER_KEY = 'capstan.dev/owner';
const OWNER = pointer('metadata', 'annotations', OWNER_KEY);
/** Each time another worker wrote at the same moment. */
const TRIES = 8;

/**
 * One Lease object for the whole cluster. Its holder is a run; age never frees it, because while a control plane is
 * upgraded nobody can renew anything. The object is kept when it is given back.
 */
export function createRunLease(client: KubeClient, address: LeaseAddress): RunLease {
  return {
    async acquire(run, owner, signal) {
      for (let tries = 1; tries <= TRIES; tries += 1) {
        const lease = await readLease(client, address, signal);
        const holder = lease && holderOf(lease);
        if (holder === run) return { kind: 'held' };
        if (holder !== undefined) return { kind: 'taken', by: holder };
        // Whether it was written is seen by reading it again: the answer may have been lost.
        if (lease) await patch(client, address, taking(lease, run, owner), signal);
        else await create(client, address, { run, owner }, signal);
      }
      throw contended(client, address);
    },
    async release(run, signal) {
      for (let tries = 1; tries <= TRIES; tries += 1) {
        const lease = await readLease(client, address, signal);
        if (!lease || holderOf(lease) !== run) return;
        await patch(client, address, givingBack(lease, run), signal);
      }
      throw contended(client, address);
    },
  };
}

/** undefined where no run holds it. */
export async function readRunLease(
  client: KubeClient,
  address: LeaseAddress,
  signal: AbortSignal,
): Promise<RunLeaseView | undefined> {
  const lease = await readLease(client, address, signal);
  const run = lease && holderOf(lease);
  return run === undefined ? undefined : { run, owner: lease?.metadata?.annotations?.[OWNER_KEY] ?? '' };
}

function holderOf({ spec }: WireLease): string | undefined {
  return spec?.holderIdentity || undefined;
}

async function readLease(
  client: KubeClient,
  { namespace, name }: LeaseAddress,
  signal: AbortSignal,
): Promise<WireLease | undefined> {
  const answer = await orFailure(
    client.call(
      { verb: 'get', resource: 'leases', name: `${namespace}/${name}`, isAnswer: hasCode(404) },
      options => client.coordination.readNamespacedLease({ namespace, name }, options),
      signal,
    ),
  );
  return answer instanceof ApiError ? undefined : answer;
}

/** Makes the namespace too, where it is missing. */
async function create(
  client: KubeClient,
  { namespace, name }: LeaseAddress,
  { run, owner }: RunLeaseView,
  signal: AbortSignal,
): Promise<void> {
  const body = {
    metadata: { namespace, name, annotations: { [OWNER_KEY]: owner } },
    spec: { holderIdentity: run, acquireTime: new V1MicroTime() },
  };
  const answer = await orFailure(
    client.call(
      { verb: 'create', resource: 'leases', name: `${namespace}/${name}`, isAnswer: hasCode(404, 409) },
      options => client.coordination.createNamespacedLease({ namespace, body }, options),
      signal,
    ),
  );
  if (answer instanceof ApiError && answer.code === 404) await ensureNamespace(client, namespace, signal);
}

async function patch(
  client: KubeClient,
  { namespace, name }: LeaseAddress,
  body: readonly PatchOperation[],
  signal: AbortSignal,
): Promise<void> {
  await orFailure(
    client.call(
      { verb: 'patch', resource: 'leases', name: `${namespace}/${name}`, isAnswer: hasCode(404, 409, 422) },
      options => client.coordination.patchNamespacedLease({ namespace, name, body }, options),
      signal,
    ),
  );
}

function taking({ metadata = {} }: WireLease, run: string, owner: string): PatchOperation[] {
  const annotations = { ...metadata.annotations, [OWNER_KEY]: owner };
  return [
    { op: 'test', path: '/metadata/resourceVersion', value: metadata.resourceVersion },
    { op: 'add', path: '/metadata/annotations', value: annotations },
    { op: 'add', path: '/spec', value: { holderIdentity: run, acquireTime: new V1MicroTime().toISOString() } },
  ];
}

function givingBack({ metadata = {} }: WireLease, run: string): PatchOperation[] {
  const owned = metadata.annotations?.[OWNER_KEY] !== undefined;
  return [
    { op: 'test', path: '/spec/holderIdentity', value: run },
    { op: 'remove', path: '/spec/holderIdentity' },
    ...(owned ? [{ op: 'remove', path: OWNER } as const] : []),
  ];
}

function contended(client: KubeClient, { namespace, name }: LeaseAddress): ClusterRefused {
  return new ClusterRefused(
    `The API server at ${client.server} did not keep what was written to leases ${namespace}/${name} ${TRIES} times.`,
  );
}
