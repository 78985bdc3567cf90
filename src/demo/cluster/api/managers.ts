import type { KubeObject, ManagedFields } from '../store/objects.ts';
import { apiVersionOf } from '../store/resources.ts';
import type { ApiRequest } from './api-request.ts';

/**
 * Who wrote an object and in which version of the API, with this request as the newest of its manager. Which fields they
 * wrote is not told apart (kubernetes.io: server-side-apply, "Field management").
 */
export function managersAfter(
  request: ApiRequest,
  before: readonly ManagedFields[] | undefined,
  time: string,
): ManagedFields[] {
  const entry: ManagedFields = {
    manager: request.manager,
    operation: 'Update',
    apiVersion: apiVersionOf(request.resource),
    time,
    fieldsType: 'FieldsV1',
    ...(request.subresource === undefined ? {} : { subresource: request.subresource }),
  };
  return [...(before ?? []).filter(each => !isSame(each, entry)), entry];
}

function isSame(a: ManagedFields, b: ManagedFields): boolean {
  return a.manager === b.manager && a.apiVersion === b.apiVersion && a.subresource === b.subresource;
}

/** As the API server names who does not say: by what stands before the slash of the user agent. */
export function managerOf(query: URLSearchParams, userAgent: string | undefined): string {
  return query.get('fieldManager') || userAgent?.split('/')[0] || 'unknown';
}

/** The object in the version of the API that was asked for. */
export function asAsked({ resource }: ApiRequest, object: KubeObject): KubeObject {
  const apiVersion = apiVersionOf(resource);
  return object.kind === resource.kind && object.apiVersion !== apiVersion ? { ...object, apiVersion } : object;
}
