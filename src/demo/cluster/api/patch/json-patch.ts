import { sameJson } from '../../store/same-json.ts';
import { badRequest, unprocessable } from '../status.ts';
import { isRecord, type Json, type JsonObject } from './json.ts';

/**
 * JSON Patch as the API server has it, on a document that may be changed in place. It is milder than RFC 6902 in two
 * points: a key that is not there passes a `test` for null, and `replace` sets it. Everything that does not fit is a 422.
 */
export function applyJsonPatch(document: JsonObject, patch: Json): JsonObject {
  if (!Array.isArray(patch)) throw badRequest('error decoding patch: a JSON Patch is an array of operations');
  let root: Json = document;
  for (const operation of patch) {
    if (!isRecord(operation) || typeof operation.path !== 'string') {
      throw badRequest('error decoding patch: an operation has no path');
    }
    root = applyOne(root, operation, operation.path);
  }
  if (!isRecord(root)) throw unprocessable();
  return root;
}

function applyOne(root: Json, operation: JsonObject, path: string): Json {
  switch (operation.op) {
    case 'test':
      if (!sameJson(readOrNull(root, path), operation.value ?? null)) throw unprocessable();
      return root;
    case 'add':
      return add(root, path, structuredClone(operation.value ?? null));
    case 'remove':
      return remove(root, path);
    case 'replace':
      return put(root, path, structuredClone(operation.value ?? null));
    case 'copy':
      return add(root, path, structuredClone(read(root, String(operation.from))));
    case 'move': {
      const value = read(root, String(operation.from));
      return add(remove(root, String(operation.from)), path, value);
    }
    default:
      throw unprocessable();
  }
}

function tokens(path: string): string[] {
  if (path === '') return [];
  if (!path.startsWith('/')) throw unprocessable();
  return path
    .slice(1)
    .split('/')
    .map(token => token.replaceAll('~1', '/').replaceAll('~0', '~'));
}

function read(root: Json, path: string): Json {
  return tokens(path).reduce<Json>((value, token) => child(value, token), root);
}

/** The last key may be missing, what it would be in may not. */
function readOrNull(root: Json, path: string): Json {
  if (path === '') return root;
  const { parent, last } = parentOf(root, path);
  return isRecord(parent) ? (parent[last] ?? null) : child(parent, last);
}

function child(value: Json, token: string): Json {
  const found = Array.isArray(value) ? value[indexOf(value, token)] : isRecord(value) ? value[token] : undefined;
  if (found === undefined) throw unprocessable();
  return found;
}

function parentOf(root: Json, path: string): { parent: Json; last: string } {
  const steps = tokens(path);
  const last = steps.pop() ?? '';
  return { parent: steps.reduce<Json>((value, token) => child(value, token), root), last };
}

function add(root: Json, path: string, value: Json): Json {
  if (path === '') return value;
  const { parent, last } = parentOf(root, path);
  if (Array.isArray(parent)) parent.splice(last === '-' ? parent.length : indexOf(parent, last, 1), 0, value);
  else if (isRecord(parent)) parent[last] = value;
  else throw unprocessable();
  return root;
}

function put(root: Json, path: string, value: Json): Json {
  if (path === '') return value;
  const { parent, last } = parentOf(root, path);
  if (Array.isArray(parent)) parent[indexOf(parent, last)] = value;
  else if (isRecord(parent)) parent[last] = value;
  else throw unprocessable();
  return root;
}

function remove(root: Json, path: string): Json {
  const { parent, last } = parentOf(root, path);
  child(parent, last);
  if (Array.isArray(parent)) parent.splice(indexOf(parent, last), 1);
  else if (isRecord(parent)) delete parent[last];
  return root;
}

function indexOf(list: readonly Json[], token: string, beyond = 0): number {
  const index = /^(0|[1-9]\d*)$/.test(token) ? Number(token) : Number.NaN;
  if (!(index < list.length + beyond)) throw unprocessable();
  return index;
}
