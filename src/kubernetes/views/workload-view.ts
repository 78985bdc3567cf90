import type { WorkloadView } from '../../cluster/snapshot.ts';
import type { WireObject, WireWorkload } from './wire.ts';

export function workloadView(kind: WorkloadView['kind']): (object: WireWorkload) => WorkloadView {
  return ({ metadata = {}, spec = {} }) => ({
    kind,
    namespace: metadata.namespace ?? '',
    name: metadata.name ?? '',
    // The API server writes the default, 1, into every workload.
    replicas: spec.replicas ?? 1,
  });
}

/** `namespace/name`, or the name alone of what is in no namespace. */
export function nameView({ metadata = {} }: WireObject): string {
  const { namespace, name = '' } = metadata;
  return namespace ? `${namespace}/${name}` : name;
}
