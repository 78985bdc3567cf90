import type { Simulation } from '../simulation.ts';
import type { PodSpec } from '../store/objects.ts';

/** Why no pod of that spec may be made in the namespace; undefined where its service account is there. */
export function missingAccount({ store }: Simulation, namespace: string, spec: PodSpec): string | undefined {
  const name = spec.serviceAccountName || 'default';
  if (store.get('serviceaccounts', namespace, name)) return undefined;
  return `error looking up service account ${namespace}/${name}: serviceaccount "${name}" not found`;
}
