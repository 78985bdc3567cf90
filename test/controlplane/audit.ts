import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** One request to evict a pod, dry runs left out. */
export interface Eviction {
  readonly pod: string;
  /** Of the precondition. */
  readonly uid: string | undefined;
  /** HTTP status of the answer: 201 where it was granted. */
  readonly code: number;
  readonly user: string;
}

/** Evictions with what they carried, and nothing else (audit.k8s.io/v1). */
const POLICY = {
  apiVersion: 'audit.k8s.io/v1',
  kind: 'Policy',
  omitStages: ['RequestReceived'],
  rules: [
    { level: 'Request', verbs: ['create'], resources: [{ group: '', resources: ['pods/eviction'] }] },
    { level: 'None' },
  ],
};

export async function writeAuditPolicy(folder: string): Promise<{ readonly policy: string; readonly log: string }> {
  const policy = join(folder, 'audit-policy.yaml');
  await writeFile(policy, JSON.stringify(POLICY));
  return { policy, log: join(folder, 'audit.log') };
}

interface AuditEvent {
  readonly user: { readonly username: string };
  readonly objectRef: { readonly namespace: string; readonly name: string };
  readonly responseStatus?: { readonly code?: number };
  readonly requestObject?: {
    readonly deleteOptions?: {
      readonly dryRun?: readonly string[];
      readonly preconditions?: { readonly uid?: string };
    };
  };
}

export async function evictionsIn(log: string): Promise<readonly Eviction[]> {
  const lines = (await readFile(log, 'utf8')).split('\n').filter(line => line !== '');
  return lines
    .map(line => JSON.parse(line) as AuditEvent)
    .filter(({ requestObject }) => !requestObject?.deleteOptions?.dryRun?.length)
    .map(({ user, objectRef, responseStatus, requestObject }) => ({
      pod: `${objectRef.namespace}/${objectRef.name}`,
      uid: requestObject?.deleteOptions?.preconditions?.uid,
      code: responseStatus?.code ?? 0,
      user: user.username,
    }));
}
