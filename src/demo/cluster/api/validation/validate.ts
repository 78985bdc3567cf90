import type { KubeObject } from '../../store/objects.ts';
import type { Resource } from '../../store/resources.ts';
import { invalidObject, invalidValue } from './field-fault.ts';
import { RULES, UPDATE_RULES } from './kinds.ts';
import { metadataFaults } from './metadata.ts';

/** Throws a 422 that names every field at fault. */
export function validateNew(resource: Resource, object: KubeObject): void {
  const faults = [...metadataFaults(object, resource), ...(RULES[resource.name]?.(object) ?? [])];
  if (faults.length > 0) throw invalidObject(resource, object.metadata.name, faults);
}

export function validateChange(resource: Resource, object: KubeObject, previous: KubeObject): void {
  const { uid } = object.metadata;
  const faults = [
    ...(uid && uid !== previous.metadata.uid ? [invalidValue('metadata.uid', uid, 'field is immutable')] : []),
    ...metadataFaults(object, resource),
    ...(RULES[resource.name]?.(object) ?? []),
    ...(UPDATE_RULES[resource.name]?.(object, previous) ?? []),
  ];
  if (faults.length > 0) throw invalidObject(resource, object.metadata.name, faults);
}

/** The first map of strings that holds something else, as the decoder of the API server would find it. */
export function mistyped(object: KubeObject): string | undefined {
  const { labels, annotations } = object.metadata ?? {};
  const { data } = object as { data?: Record<string, string> };
  for (const [path, map] of Object.entries({ 'metadata.labels': labels, 'metadata.annotations': annotations, data })) {
    const wrong = Object.values(map ?? {}).find(value => typeof value !== 'string');
    if (wrong !== undefined)
      return `json: cannot unmarshal ${typeof wrong} into Go struct field ${path} of type string`;
  }
  return undefined;
}
