import type { Simulation } from '../simulation.ts';
import { admit, randomSuffix } from '../store/new-object.ts';
import { storeKey } from '../store/object-store.ts';
import type { KubeObject } from '../store/objects.ts';
import { apiVersionOf } from '../store/resources.ts';
import { type ApiRequest, objectBody } from './api-request.ts';
import { isRecord, type Json, type JsonObject } from './patch/json.ts';
import { applyJsonPatch } from './patch/json-patch.ts';
import { applyMergePatch } from './patch/merge-patch.ts';
import { applyStrategicMerge } from './patch/strategic-merge.ts';
import { ApiError, alreadyExists, badRequest, conflict, detailsOf, MODIFIED, notFound } from './status.ts';

/** Creates, and answers the object as stored. */
export function createObject({ store, clock }: Simulation, request: ApiRequest): KubeObject {
  const { resource, namespace } = request;
  const object = namedObject(request);
  const { name } = object.metadata;
  if (resource.namespaced) requireNamespace(store.get('namespaces', undefined, namespace ?? ''), request, name);
  if (store.get(resource.name, namespace, name)) throw alreadyExists(resource, name);
  delete object.status;
  admit(resource.name, object, clock.timestamp());
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
    throw new ApiError(
      422,
      'Invalid',
      `${resource.kind} "" is invalid: metadata.name: Required value: name or generateName is required`,
      {
        kind: resource.kind,
        ...(resource.group ? { group: resource.group } : {}),
        causes: [
          {
            reason: 'FieldValueRequired',
            message: 'Required value: name or generateName is required',
            field: 'metadata.name',
          },
        ],
      },
    );
  }
  if (metadata.resourceVersion) throw badRequest('resourceVersion should not be set on objects to be created');
  return { ...body, metadata: { ...metadata, ...(namespace === undefined ? {} : { namespace }) } };
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

/** PUT. */
export function replaceObject(sim: Simulation, request: ApiRequest): KubeObject {
  const current = existing(sim, request);
  const body = structuredClone(objectBody(request.body)) as unknown as KubeObject;
  requireKind(request, body);
  if (body.metadata?.name !== current.metadata.name) {
    throw badRequest(
      `the name of the object (${body.metadata?.name ?? ''}) does not match the name on the URL (${current.metadata.name})`,
    );
  }
  return store(sim, request, current, body);
}

/** PATCH, by the content type that names the kind of patch. */
export function patchObject(sim: Simulation, request: ApiRequest): KubeObject {
  const current = existing(sim, request);
  const document = structuredClone(current) as unknown as JsonObject;
  return store(sim, request, current, patched(document, request) as unknown as KubeObject);
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
      throw new ApiError(
        415,
        'UnsupportedMediaType',
        `the body of the request was in an unknown format - accepted media types include: application/json-patch+json, application/merge-patch+json, application/strategic-merge-patch+json`,
        {},
      );
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
  const { metadata } = current;
  requireSame(request, 'uid', wanted.metadata.uid, metadata.uid);
  requireSame(request, 'resourceVersion', wanted.metadata.resourceVersion, metadata.resourceVersion);
  if (wanted.metadata.name !== metadata.name) throw badRequest('the name of the object may not be changed');
  const next: KubeObject =
    subresource === 'status'
      ? { ...current, ...(wanted.status ? { status: wanted.status } : {}) }
      : resource.status
        ? { ...wanted, ...(current.status ? { status: current.status } : {}) }
        : wanted;
  const merged = structuredClone({
    ...next,
    apiVersion: current.apiVersion,
    kind: current.kind,
    metadata: keepIdentity(wanted.metadata, metadata),
  });
  if (isDryRun(request)) return merged;
  return sim.store.replace(resource.name, merged as never);
}

function keepIdentity(wanted: KubeObject['metadata'], current: KubeObject['metadata']): KubeObject['metadata'] {
  const { uid, resourceVersion, creationTimestamp, generation, deletionTimestamp, deletionGracePeriodSeconds } =
    current;
  return {
    ...wanted,
    uid,
    resourceVersion,
    creationTimestamp,
    ...(generation === undefined ? {} : { generation }),
    ...(deletionTimestamp === undefined ? {} : { deletionTimestamp }),
    ...(deletionGracePeriodSeconds === undefined ? {} : { deletionGracePeriodSeconds }),
  };
}

function requireSame(
  { resource, name = '' }: ApiRequest,
  field: string,
  wanted: Json | undefined,
  current: string,
): void {
  if (!wanted || wanted === current) return;
  const why =
    field === 'uid'
      ? `Precondition failed: UID in precondition: ${String(wanted)}, UID in object meta: ${current}`
      : MODIFIED;
  throw conflict(resource, name, why);
}

/** `dryRun=All` in the query, or in the options that a body carries. */
export function isDryRun({ query, body }: ApiRequest): boolean {
  if (query.get('dryRun') === 'All') return true;
  const options = isRecord(body) && isRecord(body.deleteOptions) ? body.deleteOptions : body;
  return isRecord(options) && Array.isArray(options.dryRun) && options.dryRun.includes('All');
}
