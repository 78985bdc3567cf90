import type { IncomingMessage } from 'node:http';
import type { Resource } from '../store/resources.ts';
import { isRecord, type Json, type JsonObject } from './patch/json.ts';
import { badRequest } from './status.ts';

/** A request for a resource, taken apart. */
export interface ApiRequest {
  readonly method: string;
  readonly resource: Resource;
  readonly namespace: string | undefined;
  readonly name: string | undefined;
  readonly subresource: string | undefined;
  readonly query: URLSearchParams;
  readonly contentType: string;
  /** Of a list, only what identifies its items is wanted. */
  readonly metadataOnly: boolean;
  /** Who writes, as the object is to remember it. */
  readonly manager: string;
  readonly body: Json | undefined;
}

export type Addressed = Pick<ApiRequest, 'resource' | 'namespace' | 'name' | 'subresource'>;

/** What a path of the API addresses, among what is served. */
export function parsePath(path: string, served: readonly Resource[]): Addressed | 'unknown resource' | 'unknown path' {
  const parts = path
    .split('/')
    .filter(part => part !== '')
    .map(decodeURIComponent);
  const [root] = parts;
  const [group, version, ...rest] =
    root === 'api' ? ['', ...parts.slice(1)] : root === 'apis' ? parts.slice(1) : [undefined];
  const inVersion = served.filter(each => each.group === group && each.version === version);
  if (inVersion.length === 0) return 'unknown path';
  const [first, second, third, ...tail] = rest;
  if (first === 'namespaces' && second !== undefined && third !== undefined) {
    const resource = inVersion.find(each => each.name === third);
    if (resource?.namespaced) return { resource, namespace: second, name: tail[0], subresource: tail[1] };
  }
  const resource = inVersion.find(each => each.name === first);
  // An object that belongs to a namespace is addressed through it, and nothing goes deeper than a subresource.
  if (!resource || tail.length > 0 || (resource.namespaced && second !== undefined)) return 'unknown resource';
  return { resource, namespace: undefined, name: second, subresource: third };
}

export async function readText(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString('utf8');
}

export function parseBody(text: string): Json | undefined {
  if (text === '') return undefined;
  try {
    return JSON.parse(text) as Json;
  } catch (cause) {
    throw badRequest(`couldn't get version/kind; json parse error: ${(cause as Error).message}`);
  }
}

/** The body where an object is needed. */
export function objectBody(body: Json | undefined): JsonObject {
  if (!isRecord(body)) throw badRequest('the request body must be a JSON object');
  return body;
}
