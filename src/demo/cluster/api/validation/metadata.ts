import type { KubeObject } from '../../store/objects.ts';
import type { Resource } from '../../store/resources.ts';
import { type FieldFault, invalidValue } from './field-fault.ts';

const LABEL = '[a-z0-9]([-a-z0-9]*[a-z0-9])?';
const SUBDOMAIN = new RegExp(`^${LABEL}(\\.${LABEL})*$`);
const DNS_LABEL = new RegExp(`^${LABEL}$`);
const QUALIFIED = /^([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]$/;
const LABEL_VALUE = /^(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?$/;

const NAME_RULE =
  "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and " +
  'end with an alphanumeric character';
const LABEL_RULE =
  "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and " +
  'end with an alphanumeric character';
const KEY_RULE =
  "name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric " +
  'character';

/** Names, labels and annotations, by the rules that all kinds share. */
export function metadataFaults({ metadata }: KubeObject, { name }: Resource): FieldFault[] {
  const short = name === 'namespaces';
  const faults: FieldFault[] = [];
  if (!(short ? DNS_LABEL : SUBDOMAIN).test(metadata.name) || metadata.name.length > (short ? 63 : 253)) {
    faults.push(invalidValue('metadata.name', metadata.name, NAME_RULE));
  }
  return [...faults, ...labelFaults(metadata.labels, 'metadata.labels'), ...annotationFaults(metadata.annotations)];
}

export function labelFaults(labels: Record<string, string> | undefined, field: string): FieldFault[] {
  return Object.entries(labels ?? {}).flatMap(([key, value]) => [
    ...(isQualifiedName(key) ? [] : [invalidValue(field, key, KEY_RULE)]),
    ...(LABEL_VALUE.test(value) && value.length <= 63 ? [] : [invalidValue(field, value, LABEL_RULE)]),
  ]);
}

function annotationFaults(annotations: Record<string, string> | undefined): FieldFault[] {
  return Object.keys(annotations ?? {})
    .filter(key => !isQualifiedName(key.toLowerCase()))
    .map(key => invalidValue('metadata.annotations', key, KEY_RULE));
}

/** `name` or `prefix/name`. */
function isQualifiedName(key: string): boolean {
  const parts = key.split('/');
  const [prefix, name] = parts.length === 1 ? [undefined, parts[0] ?? ''] : parts;
  if (parts.length > 2 || name === undefined || !QUALIFIED.test(name) || name.length > 63) return false;
  return prefix === undefined || (SUBDOMAIN.test(prefix) && prefix.length <= 253);
}
