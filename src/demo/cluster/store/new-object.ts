import { randomBytes, randomUUID } from 'node:crypto';
import type { Kinds, KubeObject, OwnerReference, ResourceName } from './objects.ts';
import { apiVersionOf, resourceOf } from './resources.ts';

/** What a caller says of an object that is to be made; the rest is filled in. */
export interface ObjectSeed<R extends ResourceName> {
  readonly name: string;
  readonly namespace?: string;
  readonly labels?: Record<string, string>;
  readonly annotations?: Record<string, string>;
  readonly owner?: OwnerReference;
  readonly spec?: Kinds[R]['spec'];
  readonly status?: Kinds[R]['status'];
  readonly extra?: Record<string, unknown>;
}

/** A complete object as the API server would store it: defaults applied, UID and creation time set. */
export function newObject<R extends ResourceName>(name: R, seed: ObjectSeed<R>, now: string): Kinds[R] {
  const resource = resourceOf(name);
  const object: KubeObject & Record<string, unknown> = {
    apiVersion: apiVersionOf(resource),
    kind: resource.kind,
    metadata: {
      name: seed.name,
      ...(seed.namespace ? { namespace: seed.namespace } : {}),
      ...(seed.labels ? { labels: seed.labels } : {}),
      ...(seed.annotations ? { annotations: seed.annotations } : {}),
      ...(seed.owner ? { ownerReferences: [seed.owner] } : {}),
      uid: '',
      resourceVersion: '',
      creationTimestamp: '',
    },
    ...(seed.spec ? { spec: structuredClone(seed.spec) } : {}),
    ...seed.extra,
  };
  admit(name, object, now);
  if (seed.status) object.status = structuredClone(seed.status);
  return object as unknown as Kinds[R];
}

/** What every creation gets, whoever asks: identity, generation, defaults. */
export function admit(name: ResourceName, object: KubeObject, now: string): void {
  const resource = resourceOf(name);
  object.metadata.uid = randomUUID();
  object.metadata.creationTimestamp = now;
  if (resource.status && resource.name !== 'nodes') object.metadata.generation = 1;
  if (resource.status) object.status ??= {};
  resource.defaults?.(object);
}

export function controllerRef(owner: KubeObject): OwnerReference {
  return {
    apiVersion: owner.apiVersion,
    kind: owner.kind,
    name: owner.metadata.name,
    uid: owner.metadata.uid,
    controller: true,
    blockOwnerDeletion: true,
  };
}

export function controllerOf(object: KubeObject): OwnerReference | undefined {
  return object.metadata.ownerReferences?.find(each => each.controller);
}

const ALPHABET = 'bcdfghjklmnpqrstvwxz2456789';

/** The random tail of generated names: no vowels, as the API server makes it. */
export function randomSuffix(): string {
  return [...randomBytes(5)].map(byte => ALPHABET[byte % ALPHABET.length]).join('');
}
