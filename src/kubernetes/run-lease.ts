import { V1MicroTime } from '@kubernetes/client-node';
import { ClusterRefused, type RunLease } from '../app/ports.ts';
import type { RunLeaseView } from '../cluster/snapshot.ts';
import { ApiError, hasCode, orFailure } from './api-error.ts';
import type { KubeClient } from './client.ts';
import type { PatchOperation } from './json-patch.ts';
import { ensureNamespace } from './namespace.ts';
import type { WireLease } from './views/wire.ts';

export interface LeaseAddress {
  readonly namespace: string;
  readonly name: string;
}

const ANNOTATIONS = '/metadata/annotations';
/** Who carries the run out, for people. */
const OWNER = 'capstan.dev/owner';
/** The runs that are over, the newest first, with spaces between. */
const OVER = 'capstan.dev/over';
/** Some thousand runs: more than anybody approves in the time for which an approval counts. An object holds 256 KiB. */
const OVER_LENGTH = 65_536;
/** Each time another worker wrote at the same moment. */
const TRIES = 8;

/**
 * One Lease object for the whole cluster. Its holder is a run; age never frees it, because while a control plane is
 * upgraded nobody can renew anything. The object is kept when it is given back, and what it remembers with it.
 */
export function createRunLease(client: KubeClient, address: LeaseAddress): RunLease {
  return {
    async acquire(run, owner, signal) {
      for (let tries = 1; tries <= TRIES; tries += 1) {
        const lease = await readLease(client, address, signal);
        const holder = lease && holderOf(lease);
        if (holder === run) return { kind: tries > 1 && ownerOf(lease) === owner ? 'taken' : 'held' };
        if (holder !== undefined) return { kind: 'occupied', by: holder };
        if (lease && runsOver(lease).includes(run)) return { kind: 'over' };
        // Whether it was written is seen by reading it again: the answer may have been lost.
        if (lease) await patch(client, address, taking(lease, run, owner), signal);
        else await create(client, address, { annotations: { [OWNER]: owner }, holder: run }, signal);
      }
      throw contended(client, address);
    },
    async holder(signal) {
      const lease = await readLease(client, address, signal);
      return lease && holderOf(lease);
    },
    async end(run, signal) {
      for (let tries = 1; tries <= TRIES; tries += 1) {
        const lease = await readLease(client, address, signal);
        if (lease && holderOf(lease) !== run && runsOver(lease).includes(run)) return;
        if (lease) await patch(client, address, ending(lease, run), signal);
        else await create(client, address, { annotations: { [OVER]: run } }, signal);
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
  return run === undefined ? undefined : { run, owner: ownerOf(lease) ?? '' };
}

function holderOf({ spec }: WireLease): string | undefined {
  return spec?.holderIdentity || undefined;
}

function ownerOf(lease: WireLease | undefined): string | undefined {
  return lease?.metadata?.annotations?.[OWNER];
}

function runsOver({ metadata }: WireLease): readonly string[] {
  return metadata?.annotations?.[OVER]?.split(' ') ?? [];
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
  { annotations, holder }: { readonly annotations: Readonly<Record<string, string>>; readonly holder?: string },
  signal: AbortSignal,
): Promise<void> {
  const body = {
    metadata: { namespace, name, annotations: { ...annotations } },
    spec: holder === undefined ? {} : { holderIdentity: holder, acquireTime: new V1MicroTime() },
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
  return [
    { op: 'test', path: '/metadata/resourceVersion', value: metadata.resourceVersion },
    { op: 'add', path: ANNOTATIONS, value: { ...metadata.annotations, [OWNER]: owner } },
    { op: 'add', path: '/spec', value: { holderIdentity: run, acquireTime: new V1MicroTime().toISOString() } },
  ];
}

/** One patch, so that no run is over and still holds the lease, or gives it back and is forgotten. */
function ending(lease: WireLease, run: string): PatchOperation[] {
  const { metadata = {} } = lease;
  const { [OWNER]: owner, ...others } = metadata.annotations ?? {};
  const isHolder = holderOf(lease) === run;
  const kept = isHolder || owner === undefined ? others : { ...others, [OWNER]: owner };
  return [
    { op: 'test', path: '/metadata/resourceVersion', value: metadata.resourceVersion },
    { op: 'add', path: ANNOTATIONS, value: { ...kept, [OVER]: withRun(runsOver(lease), run) } },
    ...(isHolder ? [{ op: 'remove', path: '/spec/holderIdentity' } as const] : []),
  ];
}

function withRun(over: readonly string[], run: string): string {
  const runs = [run, ...over.filter(each => each !== run)];
  while (runs.length > 1 && runs.join(' ').length > OVER_LENGTH) runs.pop();
  return runs.join(' ');
}

function contended(client: KubeClient, { namespace, name }: LeaseAddress): ClusterRefused {
  return new ClusterRefused(
    `The API server at ${client.server} did not keep what was written to leases ${namespace}/${name} ${TRIES} times.`,
  );
}
