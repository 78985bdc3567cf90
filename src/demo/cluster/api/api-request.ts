import type { IncomingMessage } from 'node:http';
import { findResource, type Resource } from '../store/resources.ts';
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
  readonly body: Json | undefined;
}

/** What a path of the API addresses; undefined where no resource of the registry is meant. */
export function parsePath(
  path: string,
): Pick<ApiRequest, 'resource' | 'namespace' | 'name' | 'subresource'> | undefined {
  const parts = path
    .split('/')
    .filter(part => part !== '')
    .map(decodeURIComponent);
  const [root] = parts;
  const [group, version, ...rest] =
    root === 'api' ? ['', ...parts.slice(1)] : root === 'apis' ? parts.slice(1) : [undefined];
  if (group === undefined || version === undefined) return undefined;
  const [first, namespace, inner, ...tail] = rest;
  if (first === 'namespaces' && namespace !== undefined && inner !== undefined) {
    const resource = findResource(group, version, inner);
    if (resource?.namespaced) return { resource, namespace, name: tail[0], subresource: tail[1] };
  }
  const resource = first === undefined ? undefined : findResource(group, version, first);
  return resource ? { resource, namespace: undefined, name: namespace, subresource: inner } : undefined;
}

export async function readBody(request: IncomingMessage): Promise<Json | undefined> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const text = Buffer.concat(chunks).toString('utf8');
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
