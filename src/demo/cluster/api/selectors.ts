import { matchesSelector, type Requirement } from '../../../cluster/selector.ts';
import type { KubeObject } from '../store/objects.ts';
import type { Resource } from '../store/resources.ts';
import { type ApiError, badRequest } from './status.ts';

export type Predicate = (object: KubeObject) => boolean;

/** The `labelSelector` and `fieldSelector` of a query; undefined where neither is given. */
export function predicateOf(query: URLSearchParams, resource: Resource): Predicate | undefined {
  const labels = query.get('labelSelector');
  const fields = query.get('fieldSelector');
  if (!labels && !fields) return undefined;
  const selector = { matchLabels: {}, matchExpressions: parseLabels(labels ?? '') };
  const terms = parseFields(fields ?? '', resource);
  return object =>
    matchesSelector(selector, object.metadata.labels ?? {}) &&
    terms.every(({ field, value, equal }) => (fieldOf(object, resource, field) === value) === equal);
}

function fieldOf(object: KubeObject, resource: Resource, field: string): string | undefined {
  if (field === 'metadata.name') return object.metadata.name;
  if (field === 'metadata.namespace') return object.metadata.namespace ?? '';
  return resource.fields?.(object)[field];
}

function parseFields(text: string, resource: Resource): { field: string; value: string; equal: boolean }[] {
  return text
    .split(',')
    .filter(part => part !== '')
    .map(part => {
      const match = /^([^=!]+)(==|=|!=)(.*)$/.exec(part);
      if (!match) throw badRequest(`invalid selector: '${text}'; can't understand '${part}'`);
      const [, field = '', operator, value = ''] = match;
      if (!isSelectable(field, resource)) throw notSelectable(field, resource);
      return { field, value, equal: operator !== '!=' };
    });
}

function isSelectable(field: string, { fields, namespaced }: Resource): boolean {
  if (field === 'metadata.name') return true;
  if (field === 'metadata.namespace') return namespaced;
  if (!fields) return false;
  return field in fields({ apiVersion: '', kind: '', metadata: BLANK, spec: {}, status: {} });
}

/** Kinds with fields of their own word it differently. */
function notSelectable(field: string, { fields }: Resource): ApiError {
  if (fields) return badRequest(`field label not supported: ${field}`);
  return badRequest(`"${field}" is not a known field selector: only "metadata.name", "metadata.namespace"`);
}

const BLANK = { name: '', uid: '', resourceVersion: '', creationTimestamp: '' };

/** `a=b,c!=d,e in (f,g),h notin (i),j,!k` */
function parseLabels(text: string): Requirement[] {
  const parts = text.match(/[^,()]+(?:\([^)]*\))?/g) ?? [];
  return parts
    .map(part => part.trim())
    .filter(part => part !== '')
    .map(part => parseLabel(part, text));
}

function parseLabel(part: string, whole: string): Requirement {
  const set = /^(\S+)\s+(in|notin)\s*\(([^)]*)\)$/.exec(part);
  if (set) {
    const values = (set[3] ?? '').split(',').map(value => value.trim());
    return { key: set[1] ?? '', operator: set[2] === 'in' ? 'In' : 'NotIn', values };
  }
  const equality = /^([^=!\s]+)\s*(==|=|!=)\s*([^=!\s]*)$/.exec(part);
  if (equality) {
    return { key: equality[1] ?? '', operator: equality[2] === '!=' ? 'NotIn' : 'In', values: [equality[3] ?? ''] };
  }
  const existence = /^(!?)\s*([^=!\s]+)$/.exec(part);
  if (!existence) throw badRequest(`unable to parse requirement: found '${part}' in '${whole}'`);
  return { key: existence[2] ?? '', operator: existence[1] ? 'DoesNotExist' : 'Exists', values: [] };
}
