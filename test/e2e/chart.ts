import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildModule } from '../controlplane/build.ts';
import { run } from '../controlplane/command.ts';
import type { ControlPlane } from '../controlplane/control-plane.ts';
import { kubeconfigFor } from '../controlplane/service-account.ts';

const HELM = fileURLToPath(new URL('../lab/go/helm', import.meta.url));
const CHART = fileURLToPath(new URL('../../helm/capstan', import.meta.url));
const RELEASE = 'capstan';
export const CAPSTAN_NAMESPACE = 'capstan';
/** Where the worker's Jobs and its Lease are. */
export const JOB_NAMESPACE = 'capstan-system';

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
export async function render(values: object, signal: AbortSignal, release = RELEASE): Promise<string> {
  const helm = join(await buildHelm(signal), 'helm');
  const args = ['template', release, CHART, '--namespace', CAPSTAN_NAMESPACE, '--values', '-'];
  return await run(helm, args, JSON.stringify(values));
}

/**
 * Applies what the chart grants, as helm renders it, and answers a kubeconfig of the worker's service account: exactly
 * what a worker of an installation may do.
 */
export async function grantByChart(plane: ControlPlane, signal: AbortSignal): Promise<string> {
  const policy = { defaults: { approvers: ['S0APPROVERS'] }, clusters: { e2e: {} } };
  const rendered = await render({ worker: { cluster: 'e2e' }, policy }, signal);
  const grants = rendered.split(/^---$/m).filter(document => GRANTS.has(/^kind: (\w+)$/m.exec(document)?.[1] ?? ''));
  await plane.kubectl(['create', 'namespace', CAPSTAN_NAMESPACE]);
  await plane.kubectl(['apply', '-f', '-'], grants.join('---\n'));
  return await kubeconfigFor(plane.admin, CAPSTAN_NAMESPACE, `${RELEASE}-worker`);
}
