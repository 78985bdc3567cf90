import { deletePod } from '../pods/delete-pod.ts';
import type { Simulation } from '../simulation.ts';
import { keyOf, storeKey } from '../store/object-store.ts';
import type { KubeObject, Pod } from '../store/objects.ts';
import { RESOURCES } from '../store/resources.ts';
import type { ApiRequest } from './api-request.ts';
import { isRecord, type Json, type JsonObject } from './patch/json.ts';
import { predicateOf } from './selectors.ts';
import { detailsOf, preconditionFailed, type Status, success } from './status.ts';
import { existing, isDryRun } from './writes.ts';

export interface DeleteOptions {
  readonly graceSeconds: number | undefined;
  readonly uid: string | undefined;
  readonly resourceVersion: string | undefined;
}

export function deleteOptionsOf(options: Json | undefined, query?: URLSearchParams): DeleteOptions {
  const given: JsonObject = isRecord(options) ? options : {};
  const preconditions: JsonObject = isRecord(given.preconditions) ? given.preconditions : {};
  const grace = given.gracePeriodSeconds ?? query?.get('gracePeriodSeconds');
  return {
    graceSeconds: grace === undefined || grace === null ? undefined : Number(grace),
    uid: typeof preconditions.uid === 'string' ? preconditions.uid : undefined,
    resourceVersion: typeof preconditions.resourceVersion === 'string' ? preconditions.resourceVersion : undefined,
  };
}

/** A pod is answered as it was last, every other object by a Status. */
export function deleteObject(sim: Simulation, request: ApiRequest): KubeObject | Status {
  const object = existing(sim, request);
  const options = deleteOptionsOf(request.body, request.query);
  requirePreconditions(request.resource.kind, object, options);
  if (isDryRun(request)) return request.resource.name === 'pods' ? object : gone(request, object);
  if (request.resource.name === 'pods') return deletePod(sim, object as Pod, options.graceSeconds);
  if (orphans(request)) orphanDependents(sim, object.metadata.uid);
  return removeOrMark(sim, request, object);
}

/** Jobs leave their pods behind unless the client says otherwise, for the sake of clients older than that choice. */
function orphans({ resource, query, body }: ApiRequest): boolean {
  const asked = isRecord(body) ? body.propagationPolicy : undefined;
  const policy = asked ?? query.get('propagationPolicy') ?? (resource.name === 'jobs' ? 'Orphan' : 'Background');
  return policy === 'Orphan';
}

function orphanDependents({ store }: Simulation, uid: string): void {
  for (const { name } of RESOURCES) {
    for (const { metadata } of [...store.all(name)]) {
      if (!metadata.ownerReferences?.some(each => each.uid === uid)) continue;
      store.update(name, storeKey(metadata.namespace, metadata.name), draft => {
        const others = (draft.metadata.ownerReferences ?? []).filter(each => each.uid !== uid);
        if (others.length > 0) draft.metadata.ownerReferences = others;
        else delete draft.metadata.ownerReferences;
      });
    }
  }
}

export function deleteCollection(sim: Simulation, request: ApiRequest): Status {
  const matches = predicateOf(request.query, request.resource);
  for (const object of [...sim.store.all(request.resource.name)]) {
    if (request.namespace !== undefined && object.metadata.namespace !== request.namespace) continue;
    if (matches && !matches(object)) continue;
    const { name, namespace } = object.metadata;
    deleteObject(sim, { ...request, name, namespace });
  }
  return success();
}

/** Finalizers hold an object back, and a namespace goes when it is empty. */
function removeOrMark({ store, clock }: Simulation, request: ApiRequest, object: KubeObject): KubeObject | Status {
  const { resource } = request;
  if (resource.name !== 'namespaces' && !object.metadata.finalizers?.length) {
    store.remove(resource.name, keyOf(object));
    return gone(request, object);
  }
  const marked = store.update(resource.name, keyOf(object), draft => {
    draft.metadata.deletionTimestamp ??= clock.timestamp();
    if (resource.name !== 'namespaces') draft.metadata.deletionGracePeriodSeconds = 0;
    else {
      // The namespace controller takes it away once it is empty; until then it is held.
      draft.metadata.deletionGracePeriodSeconds = 1;
      draft.status = { ...draft.status, phase: 'Terminating' };
    }
  });
  return marked ?? gone(request, object);
}

export function requirePreconditions(kind: string, { metadata }: KubeObject, options: DeleteOptions): void {
  const { uid, resourceVersion } = options;
  if (uid !== undefined && uid !== metadata.uid) {
    const why = `the UID in the precondition (${uid}) does not match the UID in record (${metadata.uid}). The object might have been deleted and then recreated`;
    throw preconditionFailed(kind, metadata.name, why);
  }
  if (resourceVersion !== undefined && resourceVersion !== metadata.resourceVersion) {
    const why = `the ResourceVersion in the precondition (${resourceVersion}) does not match the ResourceVersion in record (${metadata.resourceVersion}). The object might have been modified`;
    throw preconditionFailed(kind, metadata.name, why);
  }
}

function gone({ resource }: ApiRequest, { metadata }: KubeObject): Status {
  return success({ ...detailsOf(resource, metadata.name), uid: metadata.uid });
}
