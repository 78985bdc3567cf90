import { isRecord, type Json, type JsonObject } from './json.ts';

/**
 * Lists that merge by a key (patchMergeKey in the API types), by the field's name. All others, such as taints and
 * tolerations, are replaced as a whole.
 */
const MERGE_KEYS: Readonly<Record<string, string>> = {
  addresses: 'type',
  conditions: 'type',
  containers: 'name',
  env: 'name',
  ephemeralContainers: 'name',
  initContainers: 'name',
  ownerReferences: 'uid',
  ports: 'containerPort',
  volumeMounts: 'mountPath',
  volumes: 'name',
};

/** Lists of plain values that merge as sets. */
const SETS: ReadonlySet<string> = new Set(['finalizers', 'podCIDRs']);

const DELETE_FROM = '$deleteFromPrimitiveList/';
const ORDER = '$setElementOrder/';

/** Kubernetes' strategic merge patch, for the parts of the API that the simulator holds. */
export function applyStrategicMerge(target: JsonObject, patch: JsonObject): JsonObject {
  if (patch.$patch === 'replace') return without(patch, '$patch');
  const merged: JsonObject = { ...target };
  for (const [key, value] of Object.entries(patch)) {
    const before = merged[key];
    if (key.startsWith(DELETE_FROM)) removeValues(merged, key.slice(DELETE_FROM.length), value);
    else if (key.startsWith('$') || key.startsWith(ORDER)) continue;
    else if (value === null) delete merged[key];
    else if (isRecord(value) && value.$patch === 'delete') delete merged[key];
    else if (isRecord(value)) merged[key] = applyStrategicMerge(isRecord(before) ? before : {}, value);
    else if (Array.isArray(value)) merged[key] = mergeList(key, Array.isArray(before) ? before : [], value);
    else merged[key] = value;
  }
  return merged;
}

function mergeList(field: string, before: readonly Json[], patch: readonly Json[]): Json[] {
  if (SETS.has(field)) return [...new Set([...before, ...patch])];
  const mergeKey = MERGE_KEYS[field];
  if (mergeKey === undefined) return patch.filter(item => !(isRecord(item) && item.$patch === 'replace'));
  if (patch.some(item => isRecord(item) && item.$patch === 'replace')) {
    return patch.filter(item => !(isRecord(item) && item.$patch === 'replace'));
  }
  const list = [...before];
  for (const item of patch) {
    if (!isRecord(item)) continue;
    const index = list.findIndex(each => isRecord(each) && each[mergeKey] === item[mergeKey]);
    const known = list[index];
    if (item.$patch === 'delete') {
      if (index >= 0) list.splice(index, 1);
    } else if (isRecord(known)) list[index] = applyStrategicMerge(known, item);
    else list.push(item);
  }
  return list;
}

function removeValues(target: JsonObject, field: string, values: Json): void {
  const before = target[field];
  if (Array.isArray(before) && Array.isArray(values)) target[field] = before.filter(each => !values.includes(each));
}

function without(object: JsonObject, key: string): JsonObject {
  const { [key]: _, ...rest } = object;
  return rest;
}
