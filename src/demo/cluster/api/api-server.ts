import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { ApiServers } from '../host/api-servers.ts';
import type { Simulation } from '../simulation.ts';
import { apiVersionOf } from '../store/resources.ts';
import { type ApiRequest, parsePath, readBody } from './api-request.ts';
import { deleteCollection, deleteObject } from './deletes.ts';
import { type DeprecatedUse, discovery, metricsText, versionInfo } from './discovery.ts';
import { evict } from './eviction.ts';
import type { Gate } from './gate.ts';
import type { Lists } from './list.ts';
import { podLog } from './pod-log.ts';
import type { RequestFaults } from './request-faults.ts';
import { ApiError, forbidden, unauthorized } from './status.ts';
import type { Watches } from './watch.ts';
import { createObject, existing, patchObject, replaceObject } from './writes.ts';

export interface ApiParts {
  readonly sim: Simulation;
  readonly lists: Lists;
  readonly watches: Watches;
  readonly faults: RequestFaults;
  readonly apiServers: ApiServers;
  readonly deprecatedUses: DeprecatedUse[];
  readonly token: string;
  readonly gate: () => Gate;
  readonly log: (line: string) => void;
}

type Reply =
  | { readonly kind: 'json'; readonly code: number; readonly body: object }
  | { readonly kind: 'text'; readonly code: number; readonly body: string }
  | { readonly kind: 'streaming' };

/** Everybody may read these, without credentials. */
const PUBLIC: ReadonlySet<string> = new Set(['/version', '/readyz', '/livez', '/healthz']);

const USER = 'kubernetes-admin';

export function createApiServer(parts: ApiParts): Server {
  return createServer((request, response) => {
    if (parts.gate().swallows) return;
    const answer = () => {
      respond(parts, request, response).catch((error: unknown) => {
        // A programming error of the simulator: visible to whoever looks, and to the client as a plain 500.
        parts.log(`simulated API: ${request.method} ${request.url}: ${String(error)}`);
        if (!response.headersSent) send(response, { kind: 'text', code: 500, body: `${String(error)}\n` });
      });
    };
    if (parts.faults.latencyMs === 0) answer();
    else setTimeout(answer, parts.faults.latencyMs);
  });
}

async function respond(parts: ApiParts, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const url = new URL(request.url ?? '/', 'http://localhost');
  const body = readBody(request);
  try {
    authorize(parts, request, url.pathname);
    if (parts.faults.strike()) throw new ApiError(500, 'InternalError', 'Internal error occurred: simulated fault', {});
    const reply = plain(parts, url.pathname) ?? (await resourceReply(parts, request, response, url, await body));
    send(response, reply);
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    await body.catch(() => undefined);
    const { code, details } = error.status;
    if (details?.retryAfterSeconds !== undefined) response.setHeader('retry-after', String(details.retryAfterSeconds));
    send(response, { kind: 'json', code, body: error.status });
  }
}

function authorize({ token, gate }: ApiParts, { headers, method = 'GET' }: IncomingMessage, path: string): void {
  if (gate().state === 'forbid') throw forbidden(USER, method.toLowerCase(), `path "${path}"`);
  if (headers.authorization !== `Bearer ${token}` && !PUBLIC.has(path)) throw unauthorized();
}

function plain({ apiServers, deprecatedUses }: ApiParts, path: string): Reply | undefined {
  if (path === '/version') return { kind: 'json', code: 200, body: versionInfo(apiServers.next().version) };
  if (path === '/metrics') return { kind: 'text', code: 200, body: metricsText(deprecatedUses) };
  if (PUBLIC.has(path)) return { kind: 'text', code: 200, body: 'ok' };
  const found = discovery(path);
  return found && { kind: 'json', code: 200, body: found };
}

async function resourceReply(
  parts: ApiParts,
  request: IncomingMessage,
  response: ServerResponse,
  url: URL,
  body: Awaited<ReturnType<typeof readBody>>,
): Promise<Reply> {
  const addressed = parsePath(url.pathname);
  if (!addressed) return { kind: 'text', code: 404, body: '404 page not found\n' };
  const apiRequest: ApiRequest = {
    ...addressed,
    method: request.method ?? 'GET',
    query: url.searchParams,
    contentType: (request.headers['content-type'] ?? '').split(';')[0]?.trim() ?? '',
    body,
  };
  const watching = url.searchParams.get('watch');
  if (apiRequest.method === 'GET' && !apiRequest.name && (watching === 'true' || watching === '1')) {
    parts.watches.open(apiRequest, response, parts.apiServers.next().node);
    return { kind: 'streaming' };
  }
  return parts.sim.store.as('client', () => dispatch(parts, apiRequest));
}

function dispatch(parts: ApiParts, request: ApiRequest): Reply {
  const { sim } = parts;
  const { method, resource, name, subresource } = request;
  if (resource.name === 'pods' && subresource === 'log') return { kind: 'text', code: 200, body: podLog(sim, request) };
  if (resource.name === 'pods' && subresource === 'eviction' && method === 'POST')
    return json(201, evict(sim, request));
  if (subresource !== undefined && !(subresource === 'status' && resource.status)) {
    return { kind: 'text', code: 404, body: '404 page not found\n' };
  }
  if (name === undefined) return collection(parts, request);
  const stamp = (object: object) => json(200, { ...object, kind: resource.kind, apiVersion: apiVersionOf(resource) });
  switch (method) {
    case 'GET':
      return stamp(existing(sim, request));
    case 'PUT':
      return stamp(replaceObject(sim, request));
    case 'PATCH':
      return stamp(patchObject(sim, request));
    case 'DELETE':
      return json(200, deleteObject(sim, request));
    default:
      throw notAllowed();
  }
}

function collection({ sim, lists }: ApiParts, request: ApiRequest): Reply {
  switch (request.method) {
    case 'GET':
      return json(200, lists.list(request));
    case 'POST':
      return json(201, createObject(sim, request));
    case 'DELETE':
      return json(200, deleteCollection(sim, request));
    default:
      throw notAllowed();
  }
}

function notAllowed(): ApiError {
  return new ApiError(405, 'MethodNotAllowed', 'the server does not allow this method on the requested resource', {});
}

function json(code: number, body: object): Reply {
  return { kind: 'json', code, body };
}

function send(response: ServerResponse, reply: Reply): void {
  if (reply.kind === 'streaming') return;
  const type = reply.kind === 'json' ? 'application/json' : 'text/plain; charset=utf-8';
  const text = reply.kind === 'json' ? JSON.stringify(reply.body) : reply.body;
  response.writeHead(reply.code, { 'content-type': type, 'content-length': Buffer.byteLength(text) });
  response.end(text);
}
