import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { ApiServers } from '../host/api-servers.ts';
import type { Simulation } from '../simulation.ts';
import { storeKey } from '../store/object-store.ts';
import type { Pod } from '../store/objects.ts';
import { servedBy } from '../store/resources.ts';
import { forbiddenPath, forbiddenResource, mayDoAll, PUBLIC, userOf } from './access.ts';
import { type ApiRequest, parseBody, parsePath, readText } from './api-request.ts';
import { deleteCollection, deleteObject } from './deletes.ts';
import { type DeprecatedUse, discovery, metricsText, versionInfo } from './discovery.ts';
import { evict } from './eviction.ts';
import type { Gate } from './gate.ts';
import type { Lists } from './list.ts';
import { asAsked, managerOf } from './managers.ts';
import { podLog } from './pod-log.ts';
import type { RequestFaults } from './request-faults.ts';
import { ApiError, noSuchResource } from './status.ts';
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
  /** An eviction of this pod was granted. */
  readonly evicted: (pod: Pod) => void;
  readonly log: (line: string) => void;
}

type Reply =
  | { readonly kind: 'json'; readonly code: number; readonly body: object }
  | { readonly kind: 'text'; readonly code: number; readonly body: string; readonly type: string }
  /** 204 */
  | { readonly kind: 'empty' }
  | { readonly kind: 'streaming' };

const METRICS = 'text/plain; version=0.0.4; charset=utf-8; escaping=underscores';

export function createApiServer(parts: ApiParts): Server {
  return createServer((request, response) => {
    if (parts.gate().swallows()) return;
    const answer = () => {
      if (parts.gate().swallows()) return;
      respond(parts, request, response).catch((error: unknown) => {
        // A programming error of the simulator: visible to whoever looks, and to the client as a plain 500.
        parts.log(`simulated API: ${request.method} ${request.url}: ${String(error)}`);
        if (!response.headersSent) send(response, text(500, `${String(error)}\n`));
      });
    };
    if (parts.faults.latencyMs === 0) answer();
    else setTimeout(answer, parts.faults.latencyMs);
  });
}

async function respond(parts: ApiParts, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const url = new URL(request.url ?? '/', 'http://localhost');
  try {
    const body = await readText(request);
    const user = userOf(request, parts.token);
    if (parts.faults.strike()) throw new ApiError(500, 'InternalError', 'Internal error occurred: simulated fault', {});
    send(
      response,
      plain(parts, user, request.method, url.pathname) ?? (await reply(parts, user, request, response, url, body)),
    );
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    const { code, details } = error.status;
    if (details?.retryAfterSeconds !== undefined) response.setHeader('retry-after', String(details.retryAfterSeconds));
    send(response, { kind: 'json', code, body: error.status });
  }
}

/** What is no resource. */
function plain(parts: ApiParts, user: string, method: string | undefined, path: string): Reply | undefined {
  const answer = (make: () => Reply): Reply => {
    const rolesLoaded = parts.gate().state !== 'forbid';
    if (!mayDoAll(user, rolesLoaded) && !(rolesLoaded && PUBLIC.has(path))) throw forbiddenPath(user, method, path);
    return make();
  };
  if (path === '/version') return answer(() => json(200, versionInfo(parts.apiServers.next().version)));
  if (path === '/metrics') return answer(() => text(200, metricsText(parts.deprecatedUses), METRICS));
  if (PUBLIC.has(path)) return answer(() => text(200, 'ok'));
  const found = discovery(path, servedBy(parts.apiServers.oldestMinor));
  return found && answer(() => json(200, found));
}

async function reply(
  parts: ApiParts,
  user: string,
  request: IncomingMessage,
  response: ServerResponse,
  url: URL,
  body: string,
): Promise<Reply> {
  const addressed = parsePath(url.pathname, servedBy(parts.apiServers.oldestMinor));
  if (addressed === 'unknown resource') throw noSuchResource();
  if (addressed === 'unknown path') return text(404, '404 page not found\n');
  const apiRequest: ApiRequest = {
    ...addressed,
    method: request.method ?? 'GET',
    query: url.searchParams,
    contentType: (request.headers['content-type'] ?? '').split(';')[0]?.trim() ?? '',
    metadataOnly: /(^|;)as=PartialObjectMetadataList(;|$)/.test(request.headers.accept ?? ''),
    manager: managerOf(url.searchParams, request.headers['user-agent']),
    body: parseBody(body),
  };
  if (!mayDoAll(user, parts.gate().state !== 'forbid')) throw forbiddenResource(user, apiRequest);
  warnOfDeprecation(parts, apiRequest, response);
  const watching = url.searchParams.get('watch');
  if (apiRequest.method === 'GET' && !apiRequest.name && (watching === 'true' || watching === '1')) {
    parts.watches.open(apiRequest, response, parts.apiServers.next().node);
    return { kind: 'streaming' };
  }
  if (isEviction(apiRequest)) return json(201, await evict(parts.sim, apiRequest, parts.evicted));
  return parts.sim.store.as('client', () => dispatch(parts, apiRequest));
}

/** Whoever asks is told, and it is counted. */
function warnOfDeprecation({ deprecatedUses }: ApiParts, { resource }: ApiRequest, response: ServerResponse): void {
  const { group, version, name, deprecated, removedIn } = resource;
  if (deprecated === undefined) return;
  response.setHeader('warning', `299 - "${deprecated}"`);
  const known = deprecatedUses.some(use => use.group === group && use.version === version && use.resource === name);
  if (!known)
    deprecatedUses.push({
      group,
      version,
      resource: name,
      removedRelease: removedIn === undefined ? '' : `1.${removedIn}`,
    });
}

function dispatch(parts: ApiParts, request: ApiRequest): Reply {
  const { sim } = parts;
  const { method, resource, name, subresource } = request;
  if (resource.name === 'pods' && subresource === 'log') return logOf(sim, request);
  if (subresource !== undefined && !(subresource === 'status' && resource.status)) throw noSuchResource();
  if (name === undefined) return collection(parts, request);
  switch (method) {
    case 'GET':
      return json(200, asAsked(request, existing(sim, request)));
    case 'PUT':
      return replaced(sim, request);
    case 'PATCH':
      return json(200, asAsked(request, patchObject(sim, request)));
    case 'DELETE':
      return json(200, deleteObject(sim, request));
    default:
      throw notAllowed();
  }
}

function isEviction({ method, resource, subresource }: ApiRequest): boolean {
  return resource.name === 'pods' && subresource === 'eviction' && method === 'POST';
}

function logOf(sim: Simulation, request: ApiRequest): Reply {
  const log = podLog(sim, request);
  return log === undefined ? { kind: 'empty' } : { kind: 'text', code: 200, body: log, type: 'text/plain' };
}

/** A PUT makes what is not there, for the kinds that allow it. */
function replaced(sim: Simulation, request: ApiRequest): Reply {
  const { resource, namespace, name } = request;
  const makes = resource.madeByPut && !sim.store.at(resource.name, storeKey(namespace, name ?? ''));
  return makes ? created(sim, request) : json(200, asAsked(request, replaceObject(sim, request)));
}

function collection({ sim, lists }: ApiParts, request: ApiRequest): Reply {
  switch (request.method) {
    case 'GET':
      return json(200, lists.list(request));
    case 'POST':
      return created(sim, request);
    case 'DELETE':
      return json(200, deleteCollection(sim, request));
    default:
      throw notAllowed();
  }
}

function created(sim: Simulation, request: ApiRequest): Reply {
  return json(201, asAsked(request, createObject(sim, request)));
}

function notAllowed(): ApiError {
  return new ApiError(405, 'MethodNotAllowed', 'the server does not allow this method on the requested resource', {});
}

function json(code: number, body: object): Reply {
  return { kind: 'json', code, body };
}

function text(code: number, body: string, type = 'text/plain; charset=utf-8'): Reply {
  return { kind: 'text', code, body, type };
}

function send(response: ServerResponse, answer: Reply): void {
  if (answer.kind === 'streaming') return;
  if (answer.kind === 'empty') {
    response.writeHead(204).end();
    return;
  }
  const type = answer.kind === 'json' ? 'application/json' : answer.type;
  const content = answer.kind === 'json' ? JSON.stringify(answer.body) : answer.body;
  response.writeHead(answer.code, { 'content-type': type, 'content-length': Buffer.byteLength(content) });
  response.end(content);
}
