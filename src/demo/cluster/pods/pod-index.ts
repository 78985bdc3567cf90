import { add, NO_RESOURCES, type Resources, subtract } from '../../../cluster/resources.ts';
import { controllerOf } from '../store/new-object.ts';
import { keyOf, type ObjectStore, type StoreEvent } from '../store/object-store.ts';
import type { Pod } from '../store/objects.ts';
import { isFinished, requestsOf } from './pod-state.ts';

/** Pods by node, by owner and by namespace, and what each node has given away, kept up to date with every change. */
export class PodIndex {
  readonly #byNode = new Map<string, Map<string, Pod>>();
  readonly #byOwner = new Map<string, Map<string, Pod>>();
  readonly #byNamespace = new Map<string, Map<string, Pod>>();
  readonly #used = new Map<string, Resources>();

  constructor(store: ObjectStore) {
    store.subscribe('pods', event => this.#apply(event));
  }

  onNode(node: string): Iterable<Pod> {
    return [...(this.#byNode.get(node)?.values() ?? [])];
  }

  ownedBy(uid: string): readonly Pod[] {
    return [...(this.#byOwner.get(uid)?.values() ?? [])];
  }

  in(namespace: string): Iterable<Pod> {
    return this.#byNamespace.get(namespace)?.values() ?? [];
  }

  usedOn(node: string): Resources {
    return this.#used.get(node) ?? NO_RESOURCES;
  }

  #apply({ type, object, previous }: StoreEvent<'pods'>): void {
    if (previous) this.#forget(previous);
    if (type === 'DELETED') return;
    const key = keyOf(object);
    bucket(this.#byNamespace, object.metadata.namespace ?? '').set(key, object);
    const owner = controllerOf(object);
    if (owner) bucket(this.#byOwner, owner.uid).set(key, object);
    const { nodeName } = object.spec;
    if (!nodeName) return;
    bucket(this.#byNode, nodeName).set(key, object);
    if (!isFinished(object)) this.#used.set(nodeName, add(this.usedOn(nodeName), requestsOf(object)));
  }

  #forget(pod: Pod): void {
    const key = keyOf(pod);
    drop(this.#byNamespace, pod.metadata.namespace ?? '', key);
    const owner = controllerOf(pod);
    if (owner) drop(this.#byOwner, owner.uid, key);
    const { nodeName } = pod.spec;
    if (!nodeName) return;
    drop(this.#byNode, nodeName, key);
    if (!isFinished(pod)) this.#used.set(nodeName, subtract(this.usedOn(nodeName), requestsOf(pod)));
  }
}

function bucket(index: Map<string, Map<string, Pod>>, name: string): Map<string, Pod> {
  const known = index.get(name);
  if (known) return known;
  const made = new Map<string, Pod>();
  index.set(name, made);
  return made;
}

function drop(index: Map<string, Map<string, Pod>>, name: string, key: string): void {
  const known = index.get(name);
  known?.delete(key);
  if (known?.size === 0) index.delete(name);
}
