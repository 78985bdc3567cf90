import type { PodView } from '../../cluster/snapshot.ts';

/** What people scale, by the pod that belongs to it. */
export interface Owner {
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
}

/**
 * A Deployment names its ReplicaSets `<deployment>-<pod-template-hash>` and writes the hash on each pod, so that the
 * chain from a pod to its Deployment is known without reading a single ReplicaSet.
 */
function ownerOf({ namespace, controller, labels }: PodView): Owner | undefined {
  if (!controller) return undefined;
  const { kind, name } = controller;
  const suffix = `-${labels['pod-template-hash']}`;
  return kind === 'ReplicaSet' && name.endsWith(suffix)
    ? { kind: 'Deployment', namespace, name: name.slice(0, -suffix.length) }
    : { kind, namespace, name };
}

export function ownerKey({ kind, namespace, name }: Owner): string {
  return `${kind} ${namespace}/${name}`;
}

/** Jobs run to their end, and a DaemonSet has its pod on each node. */
export function isService({ kind }: Owner): boolean {
  return kind !== 'Job' && kind !== 'DaemonSet';
}

export interface Owned {
  readonly owner: Owner;
  readonly key: string;
}

/** Answers all pods of one owner with the same object, so that these can be counted by it. */
export type Owners = (pod: PodView) => Owned | undefined;

/** Finds owners. Pods of one controller share the object that names it, and are answered from memory. */
export function createOwners(): Owners {
  const known = new Map<object, Owned>();
  const byKey = new Map<string, Owned>();
  return pod => {
    const seen = pod.controller && known.get(pod.controller);
    if (seen?.owner.namespace === pod.namespace) return seen;
    const owner = ownerOf(pod);
    if (!owner || !pod.controller) return undefined;
    const key = ownerKey(owner);
    const found = byKey.get(key) ?? { owner, key };
    byKey.set(key, found);
    known.set(pod.controller, found);
    return found;
  };
}
