import type { HostWork } from '../../app/driver-ports.ts';
import { ClusterRefused, ClusterUnreachable } from '../../app/ports.ts';
import { ApiError, hasCode, orFailure } from '../api-error.ts';
import type { KubeClient } from '../client.ts';
import { type Collection, list } from '../collection.ts';
import { ensureNamespace } from '../namespace.ts';
import { epoch } from '../views/time.ts';
import type { WireObject, WireTime } from '../views/wire.ts';
import { CONTAINER, type JobOptions, jobManifest } from './job-manifest.ts';
import { jobName, MANAGED, NODE_LABEL, nodeLabel } from './job-names.ts';

const LOG_LINES = 20;
/** A log is a help to people; the verdict does not wait for it. */
const LOG_PATIENCE_MS = 10_000;

/** All upgrade Jobs of a node, and their pods. */
export function collectionsOn(
  node: string,
  namespace: string,
): { readonly jobs: Collection; readonly pods: Collection } {
  const labelSelector = Object.entries({ ...MANAGED, [NODE_LABEL]: nodeLabel(node) })
    .map(([key, value]) => `${key}=${value}`)
    .join(',');
  return {
    jobs: { path: `/apis/batch/v1/namespaces/${namespace}/jobs`, resource: 'jobs', labelSelector },
    pods: { path: `/api/v1/namespaces/${namespace}/pods`, resource: 'pods', labelSelector },
  };
}

/** Does nothing where the Job stands already. Makes the namespace too, where it is missing. */
export async function createJob(
  client: KubeClient,
  work: HostWork,
  options: JobOptions,
  signal: AbortSignal,
): Promise<void> {
  const { namespace } = options;
  const body = jobManifest(work, options);
  const post = (...answers: readonly number[]) =>
    orFailure(
      client.call(
        { verb: 'create', resource: 'jobs', name: `${namespace}/${jobName(work)}`, isAnswer: hasCode(...answers) },
        callOptions => client.batch.createNamespacedJob({ namespace, body }, callOptions),
        signal,
      ),
    );
  const answer = await post(404, 409);
  if (!(answer instanceof ApiError) || answer.code === 409) return;
  await ensureNamespace(client, namespace, signal);
  await post(409);
}

/** Its pods go with it; a unit on the host does not. */
export async function deleteJob(
  client: KubeClient,
  work: HostWork,
  namespace: string,
  signal: AbortSignal,
): Promise<void> {
  const name = jobName(work);
  await orFailure(
    client.call(
      { verb: 'delete', resource: 'jobs', name: `${namespace}/${name}`, isAnswer: hasCode(404, 409) },
      options => client.batch.deleteNamespacedJob({ namespace, name, propagationPolicy: 'Background' }, options),
      signal,
    ),
  );
}

/** The last lines that the pod printed; none where they cannot be had soon. */
export async function lastLines(
  client: KubeClient,
  pod: string,
  namespace: string,
  signal: AbortSignal,
): Promise<readonly string[]> {
  const text = await optional(signal, LOG_PATIENCE_MS, soon =>
    client.call(
      { verb: 'get', resource: 'pods/log', name: `${namespace}/${pod}` },
      options =>
        client.core.readNamespacedPodLog({ name: pod, namespace, container: CONTAINER, tailLines: LOG_LINES }, options),
      soon,
    ),
  );
  return (text ?? '').split('\n').filter(line => line.trim() !== '');
}

interface WireEvent extends WireObject {
  readonly message?: string;
  readonly lastTimestamp?: WireTime;
}

/** Why the Job controller could make no pod, in its own words, if it has said so lately. */
export async function whyNoPod(
  client: KubeClient,
  work: HostWork,
  namespace: string,
  signal: AbortSignal,
): Promise<string | undefined> {
  const events: Collection = {
    path: `/api/v1/namespaces/${namespace}/events`,
    resource: 'events',
    fieldSelector: `involvedObject.kind=Job,involvedObject.name=${jobName(work)},reason=FailedCreate`,
  };
  const listed = await optional(signal, LOG_PATIENCE_MS, soon =>
    list(client, events, (event: WireEvent) => event, soon),
  );
  const newest = listed?.items.toSorted((a, b) => timeOf(b) - timeOf(a))[0];
  return newest?.message;
}

function timeOf({ lastTimestamp }: WireEvent): number {
  return epoch(lastTimestamp) ?? 0;
}

/** undefined where the answer is refused or does not come in time. */
async function optional<T>(
  signal: AbortSignal,
  ms: number,
  ask: (signal: AbortSignal) => Promise<T>,
): Promise<T | undefined> {
  const late = AbortSignal.timeout(ms);
  try {
    return await ask(AbortSignal.any([signal, late]));
  } catch (error) {
    if (signal.aborted || late.aborted || error instanceof ClusterRefused || error instanceof ClusterUnreachable)
      return undefined;
    throw error;
  }
}
