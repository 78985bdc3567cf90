import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type KubernetesObject, KubernetesObjectApi } from '@kubernetes/client-node';
import { parseAllDocuments } from 'yaml';
import type { Client } from '../contract/client.ts';
import { MARK } from '../contract/traces.ts';
import { buildModule } from '../controlplane/build.ts';
import { kubeconfigFor } from '../controlplane/service-account.ts';
import { run } from '../support/command.ts';

const HELM = fileURLToPath(new URL('../lab/go/helm', import.meta.url));
const CHART = fileURLToPath(new URL('../../helm/capstan', import.meta.url));
export const CAPSTAN_NAMESPACE = 'capstan';
/** Where the worker's Jobs and its Lease are. */
export const JOB_NAMESPACE = 'capstan-system';

/** Names of an installation. */
export interface Release {
  readonly name: string;
  readonly namespace: string;
  readonly jobNamespace: string;
}
export const RELEASE: Release = { name: 'capstan', namespace: CAPSTAN_NAMESPACE, jobNamespace: JOB_NAMESPACE };
/** In a cluster that may have Capstan installed. */
export const GUEST: Release = {
  name: 'contract',
  namespace: 'contract-capstan',
  jobNamespace: 'contract-capstan-jobs',
};

/** What a worker may do, and where: nothing else of the chart is of use to a worker that runs outside of the cluster. */
const GRANTS: ReadonlySet<string> = new Set([
  'Namespace',
  'ServiceAccount',
  'ClusterRole',
  'ClusterRoleBinding',
  'Role',
  'RoleBinding',
]);

export function buildHelm(signal: AbortSignal): Promise<string> {
  return buildModule(HELM, { helm: 'helm.sh/helm/v4/cmd/helm' }, {}, signal);
}

/** What helm would install. Rejects with what it complains of where it refuses the values. */
export async function render(
  values: object,
  signal: AbortSignal,
  { name, namespace }: Omit<Release, 'jobNamespace'> = RELEASE,
): Promise<string> {
  const helm = join(await buildHelm(signal), 'helm');
  const args = ['template', name, CHART, '--namespace', namespace, '--values', '-'];
  return await run(helm, args, { input: JSON.stringify(values), signal });
}

/**
 * Makes what the chart grants, as helm renders it, and answers a kubeconfig of the worker's service account: exactly
 * what a worker of an installation may do. All of it is marked, so that it can be taken away again.
 */
export async function grantByChart(client: Client, signal: AbortSignal, release = RELEASE): Promise<string> {
  const { name, namespace, jobNamespace } = release;
  const policy = { defaults: { approvers: ['S0APPROVERS'] }, clusters: { e2e: {} } };
  const values = { worker: { cluster: 'e2e' }, policy, jobs: { namespace: jobNamespace } };
  const rendered = parseAllDocuments(await render(values, signal, release)).map(each => each.toJS() as Rendered);
  const grants = rendered.filter(object => GRANTS.has(object?.kind ?? ''));
  const objects = KubernetesObjectApi.makeApiClient(client.config);
  for (const grant of [{ apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } }, ...grants]) {
    await objects.create({ ...grant, metadata: { ...grant?.metadata, annotations: MARK } });
  }
  return await kubeconfigFor(client, namespace, `${name}-worker`);
}

/** Null where everything of a document was left out by a condition. */
type Rendered = KubernetesObject | null;
