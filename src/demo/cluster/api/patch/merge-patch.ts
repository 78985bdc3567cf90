import { isRecord, type Json, type JsonObject } from './json.ts';

/** RFC 7386: null removes, objects merge, everything else replaces. */
export function applyMergePatch(target: JsonObject, patch: JsonObject): JsonObject {
  const merged: JsonObject = { ...target };
  for (const [key, value] of Object.entries(patch)) {
    const before = merged[key];
    if (value === null) delete merged[key];
    else
      merged[key] = isRecord(value) ? applyMergePatch(isRecord(before) ? before : {}, value) : (value satisfies Json);
  }
  return merged;
}
