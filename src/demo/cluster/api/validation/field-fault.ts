import type { KubeObject } from '../../store/objects.ts';
import type { Resource } from '../../store/resources.ts';
import { ApiError } from '../status.ts';

/** What is wrong with one field of an object. */
export interface FieldFault {
  readonly field: string;
  readonly reason: 'FieldValueInvalid' | 'FieldValueRequired' | 'FieldValueNotSupported' | 'FieldValueForbidden';
  readonly message: string;
}

export function required(field: string, hint?: string): FieldFault {
  return { field, reason: 'FieldValueRequired', message: `Required value${hint === undefined ? '' : `: ${hint}`}` };
}

export function invalidValue(field: string, value: unknown, why: string): FieldFault {
  return { field, reason: 'FieldValueInvalid', message: `Invalid value: ${JSON.stringify(value) ?? 'null'}: ${why}` };
}

export function unsupported(field: string, value: unknown, supported: readonly string[]): FieldFault {
  const list = supported.map(each => `"${each}"`).join(', ');
  const message = `Unsupported value: ${JSON.stringify(value)}: supported values: ${list}`;
  return { field, reason: 'FieldValueNotSupported', message };
}

export function forbiddenField(field: string, why: string): FieldFault {
  return { field, reason: 'FieldValueForbidden', message: `Forbidden: ${why}` };
}

/** 422 with one cause for each fault. */
export function invalidObject(
  { kind, group }: Pick<Resource, 'kind' | 'group'>,
  name: string,
  faults: readonly FieldFault[],
): ApiError {
  const sentences = faults.map(({ field, message }) => `${field}: ${message}`);
  const what = sentences.length === 1 ? sentences[0] : `[${sentences.join(', ')}]`;
  return new ApiError(422, 'Invalid', `${kind}${group ? `.${group}` : ''} "${name}" is invalid: ${what}`, {
    ...(name ? { name } : {}),
    ...(group ? { group } : {}),
    ...(kind ? { kind } : {}),
    causes: faults.map(({ reason, message, field }) => ({ reason, message, field })),
  });
}

export type Rule = (object: KubeObject) => readonly FieldFault[];
export type UpdateRule = (object: KubeObject, previous: KubeObject) => readonly FieldFault[];
