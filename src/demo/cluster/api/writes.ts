import { missingAccount } from '../pods/accounts.ts';
import type { Simulation } from '../simulation.ts';
import { admit, randomSuffix } from '../store/new-object.ts';
import { storeKey } from '../store/object-store.ts';
import type { KubeObject, Pod } from '../store/objects.ts';
import { apiVersionOf, resourceOf } from '../store/resources.ts';
import { sameJson } from '../store/same-json.ts';
import { type ApiRequest, objectBody } from './api-request.ts';
import { managersAfter } from './managers.ts';
import { isRecord, type JsonObject } from './patch/json.ts';
import { applyJsonPatch } from './patch/json-patch.ts';
import { applyMergePatch } from './patch/merge-patch.ts';
import { applyStrategicMerge } from './patch/strategic-merge.ts';
import { ApiError, alreadyExists, badRequest, conflict, detailsOf, MODIFIED, notFound } from './status.ts';
import { invalidObject, invalidValue, required } from './validation/field-fault.ts';
import { mistyped, validateChange, validateNew } from './validation/validate.ts';

/** Creates, and answers the object as stored. */
export function createObject(sim: Simulation, request: ApiRequest): KubeObject {
  const { store, clock } = sim;
  const { resource, namespace } = request;
  const object = namedObject(request);
  const { name } = object.metadata;
  if (resource.namespaced) requireNamespace(store.get('namespaces', undefined, namespace ?? ''), request, name);
  delete object.status;
  const wrong = mistyped(object);
  if (wrong !== undefined) {
    throw badRequest(
      `${resource.kind} in version "${resource.version}" cannot be handled as a ${resource.kind}: ${wrong}`,
    );
  }
  validateNew(resource, object);
  requireAccount(sim, object);
  if (store.get(resource.name, namespace, name)) throw alreadyExists(resource, name);
  admit(resource.name, object, clock.timestamp());
  object.apiVersion = apiVersionOf(resourceOf(resource.name));
  object.metadata.managedFields = managersAfter(request, undefined, clock.timestamp());
  tidy(object);
  return isDryRun(request) ? object : store.create(resource.name, object as never);
}

function namedObject(request: ApiRequest): KubeObject {
  const { resource, namespace } = request;
  const body = structuredClone(objectBody(request.body)) as unknown as KubeObject;
  requireKind(request, body);
  const metadata = body.metadata ?? {};
  if (namespace !== undefined && (metadata.namespace ?? namespace) !== namespace) {
    throw badRequest('the namespace of the provided object does not match the namespace sent on the request');
  }
  if (!metadata.name && metadata.generateName) metadata.name = metadata.generateName + randomSuffix();
  if (!metadata.name) {
    throw invalidObject(resource, '', [required('metadata.name', 'name or generateName is required')]);
  }
  if (metadata.resourceVersion) throw badRequest('resourceVersion should not be set on objects to be created');
  return {
    ...body,
    apiVersion: apiVersionOf(resource),
    kind: resource.kind,
    metadata: { ...metadata, ...(namespace === undefined ? {} : { namespace }) },
  };
}

function requireKind({ resource }: ApiRequest, { kind, apiVersion }: KubeObject): void {
  const expected = apiVersionOf(resource);
  if ((kind ?? resource.kind) === resource.kind && (apiVersion ?? expected) === expected) return;
  throw badRequest(
    `${resource.kind} in version "${resource.version}" cannot be handled as a ${resource.kind}: the object is ${apiVersion}, Kind=${kind}`,
  );
}

function requireNamespace(found: KubeObject | undefined, { resource, namespace = '' }: ApiRequest, name: string): void {
  if (!found) throw notFound({ name: 'namespaces', group: '' }, namespace);
  if (!found.metadata.deletionTimestamp) return;
  const why = `because it is being terminated`;
  const title = resource.group === '' ? resource.name : `${resource.name}.${resource.group}`;
  throw new ApiError(
    403,
    'Forbidden',
    `${title} "${name}" is forbidden: unable to create new content in namespace ${namespace} ${why}`,
    {
      ...detailsOf(resource, name),
      causes: [
        {
          reason: 'NamespaceTerminating',
          message: `namespace ${namespace} is being terminated`,
          field: 'metadata.namespace',
        },
      ],
    },
  );
}

/** The admission of service accounts. */
function requireAccount(sim: Simulation, object: KubeObject): void {
  if (object.kind !== 'Pod') return;
  const { name, namespace = '' } = object.metadata;
  const refusal = missingAccount(sim, namespace, (object as Pod).spec);
  if (refusal === undefined) return;
  const details = { name, kind: 'pods' };
  throw new ApiError(403, 'Forbidden', `pods "${name}" is forbidden: ${refusal}`, details);
}

/** PUT. */
export function replaceObject(sim: Simulation, request: ApiRequest): KubeObject {
  const { resource } = request;
  const current = existing(sim, request);
  const body = structuredClone(objectBody(request.body)) as unknown as KubeObject;
  requireKind(request, body);
  requireName(body, current);
  const { uid, resourceVersion } = body.metadata;
  if (resource.versioned && !resourceVersion) throw unversioned(request, current);
  if (uid && uid !== current.metadata.uid) {
    const why = `Precondition failed: UID in precondition: ${uid}, UID in object meta: ${current.metadata.uid}`;
    throw conflict(resource, current.metadata.name, why);
  }
  const wrong = mistyped(body);
  if (wrong !== undefined) throw badRequest(wrong);
  return store(sim, request, current, body);
}

function unversioned({ resource: { name, group } }: ApiRequest, { metadata }: KubeObject): ApiError {
  const fault = invalidValue('metadata.resourceVersion', 0, 'must be specified for an update');
  // Here, and only here, the API server calls the object by its resource and not by its kind.
  return invalidObject({ kind: name, group }, metadata.name, [fault]);
}

/** PATCH, by the content type that names the kind of patch. */
export function patchObject(sim: Simulation, request: ApiRequest): KubeObject {
  const current = existing(sim, request);
  const document = structuredClone(current) as unknown as JsonObject;
  const wanted = patched(document, request) as unknown as KubeObject;
  requireName(wanted, current);
  const wrong = mistyped(wanted);
  if (wrong !== undefined) throw invalidObject({ kind: '', group: '' }, '', [invalidValue('patch', wanted, wrong)]);
  return store(sim, request, current, wanted);
}

function requireName({ metadata }: KubeObject, current: KubeObject): void {
  if (metadata?.name === current.metadata.name) return;
  throw badRequest(
    `the name of the object (${metadata?.name ?? ''}) does not match the name on the URL (${current.metadata.name})`,
  );
}

function patched(document: JsonObject, { contentType, body }: ApiRequest): JsonObject {
  switch (contentType) {
    case 'application/json-patch+json':
      return applyJsonPatch(document, body ?? null);
    case 'application/merge-patch+json':
      return applyMergePatch(document, objectBody(body));
    case 'application/strategic-merge-patch+json':
      return applyStrategicMerge(document, objectBody(body));
    default:
      throw new ApiError(415, 'UnsupportedMediaType', '415: Unsupported Media Type', {});
  }
}

export function existing({ store }: Simulation, { resource, namespace, name = '' }: ApiRequest): KubeObject {
  const object = store.at(resource.name, storeKey(namespace, name));
  if (!object) throw notFound(resource, name);
  return object;
}

/** Writes what a client made of `current`: status and the rest are kept apart, identity is kept. */
function store(sim: Simulation, request: ApiRequest, current: KubeObject, wanted: KubeObject): KubeObject {
  const { resource, subresource } = request;
  const { resourceVersion } = wanted.metadata;
  if (resourceVersion && resourceVersion !== current.metadata.resourceVersion) {
    throw conflict(resource, current.metadata.name, MODIFIED);
  }
  const { status } = subresource === 'status' ? wanted : resource.status ? current : wanted;
  const { status: _status, ...rest } = subresource === 'status' ? current : wanted;
  const next = structuredClone({ ...rest, ...(status ? { status } : {}) });
  validateChange(resource, { ...next, metadata: wanted.metadata }, current);
  next.apiVersion = current.apiVersion;
  next.kind = current.kind;
  next.metadata = keepIdentity(structuredClone(wanted.metadata), current.metadata);
  tidy(next);
  if (!sameJson(next, current)) {
    next.metadata.managedFields = managersAfter(request, current.metadata.managedFields, sim.clock.timestamp());
  }
  return isDryRun(request) ? next : sim.store.replace(resource.name, next as never);
}

/** Empty maps and lists, and false where false is the default, are left out of what is stored. */
function tidy({ metadata, spec }: KubeObject): void {
  for (const field of ['labels', 'annotations', 'ownerReferences', 'finalizers'] as const) {
    if (metadata[field] && Object.keys(metadata[field]).length === 0) delete metadata[field];
  }
  const node = spec as { unschedulable?: boolean | null; taints?: unknown[] } | undefined;
  if (node && !node.unschedulable) delete node.unschedulable;
  if (node?.taints?.length === 0) delete node.taints;
}

function keepIdentity(wanted: KubeObject['metadata'], current: KubeObject['metadata']): KubeObject['metadata'] {
  const { name, namespace, uid, resourceVersion, creationTimestamp } = current;
  const { generation, deletionTimestamp, deletionGracePeriodSeconds, managedFields } = current;
  const { managedFields: _managedFields, ...rest } = wanted;
  return {
    ...rest,
    name,
    ...(namespace === undefined ? {} : { namespace }),
    uid,
    resourceVersion,
    creationTimestamp,
    ...(managedFields === undefined ? {} : { managedFields }),
    ...(generation === undefined ? {} : { generation }),
    ...(deletionTimestamp === undefined ? {} : { deletionTimestamp }),
    ...(deletionGracePeriodSeconds === undefined ? {} : { deletionGracePeriodSeconds }),
  };
}

/** `dryRun=All` in the query, or in the options that a body carries. */
export function isDryRun({ query, body }: ApiRequest): boolean {
  if (query.get('dryRun') === 'All') return true;
  const options = isRecord(body) && isRecord(body.deleteOptions) ? body.deleteOptions : body;
  return isRecord(options) && Array.isArray(options.dryRun) && options.dryRun.includes('All');
}
