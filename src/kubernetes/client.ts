import {
  AppsV1Api,
  BatchV1Api,
  type Configuration,
  CoordinationV1Api,
  CoreV1Api,
  createConfiguration,
  type HttpLibrary,
  PolicyV1Api,
  ResponseContext,
  ServerConfiguration,
  VersionApi,
  wrapHttpLibrary,
} from '@kubernetes/client-node';
import { type Ask, createCaller } from './absence.ts';
import { ApiError, NoAnswer, noAnswer } from './api-error.ts';
import type { Connection } from './connection.ts';
import { createTransport, type HttpAnswer, type HttpRequest, type Transport } from './transport.ts';

/**
 * The API of one cluster. The typed methods are asked through `call`, which gives them their options:
 * `client.call({ verb: 'get', resource: 'jobs', name }, options => client.batch.readNamespacedJob(..., options), signal)`.
 * They throw ApiError and NoAnswer, never client-node's ApiException.
 */
export interface KubeClient {
  readonly server: string;
  readonly core: CoreV1Api;
  readonly apps: AppsV1Api;
  readonly batch: BatchV1Api;
  readonly policy: PolicyV1Api;
  readonly coordination: CoordinationV1Api;
  readonly version: VersionApi;
  readonly call: Ask;
  /** Something else than a call showed that the API server may have been away, such as a watch that broke off. */
  suspect(): void;
  /** The parsed answer as it came, for what is read in bulk. `path` begins with a slash. */
  getJson(path: string, query: Query, signal: AbortSignal, accept?: string): Promise<unknown>;
  /** After so long the server ends a watch, to be opened again where it stood; one that goes on silently is dead. */
  readonly watchSeconds: number;
  /** A watch: one event a line. The signal ends it at any time. */
  openLines(path: string, query: Query, signal: AbortSignal): Promise<AsyncIterable<string>>;
  /** An answer that is too long to be held as a whole, in bytes as they arrive. */
  openBytes(path: string, query: Query, signal: AbortSignal, accept?: string): Promise<AsyncIterable<Buffer>>;
  /** When the certificate ends that the API server showed last, in epoch milliseconds; undefined where it showed none. */
  servingCertificateEnds(): number | undefined;
  close(): void;
}

export type Query = Readonly<Record<string, string | undefined>>;

export interface ClientOptions {
  /** How long an absence of the API server is waited for. */
  readonly patienceMs: number;
  /** For how long after an outage 401, 403 and 404 are doubted. */
  readonly doubtMs?: number;
  readonly watchSeconds?: number;
  readonly onWarning: (text: string) => void;
}

const DOUBT_MS = 60_000;
const WATCH_SECONDS = 50;
const READY_DEADLINE_MS = 3_000;

export function createClient({ config, server }: Connection, options: ClientOptions): KubeClient {
  const transport = createTransport(config);
  const configuration = configurationOf(server, transport);
  const { call, suspect } = createCaller({
    server,
    patienceMs: options.patienceMs,
    doubtMs: options.doubtMs ?? DOUBT_MS,
    isReady: (anonymous, signal) => isReady(transport, server, anonymous, signal),
    onAbsence: () => transport.dropIdle(),
    onWarning: options.onWarning,
  });
  return {
    server,
    core: new CoreV1Api(configuration),
    apps: new AppsV1Api(configuration),
    batch: new BatchV1Api(configuration),
    policy: new PolicyV1Api(configuration),
    coordination: new CoordinationV1Api(configuration),
    version: new VersionApi(configuration),
    call,
    suspect,
    watchSeconds: options.watchSeconds ?? WATCH_SECONDS,
    async getJson(path, query, signal, accept) {
      const { text } = await transport.send(getting(server, path, query, accept), signal);
      return parseJson(text);
    },
    openBytes: (path, query, signal, accept) => transport.openBytes(getting(server, path, query, accept), signal),
    openLines: (path, query, signal) => transport.open(getting(server, path, query), signal),
    servingCertificateEnds: () => transport.certificateEnds(),
    close: () => transport.close(),
  };
}

function configurationOf(server: string, transport: Transport): Configuration {
  return createConfiguration({ baseServer: new ServerConfiguration(server, {}), httpApi: httpLibrary(transport) });
}

/** client-node builds requests and reads answers; how they travel, and with which credentials, is ours. */
function httpLibrary(transport: Transport): HttpLibrary {
  return wrapHttpLibrary({
    async send(context) {
      const body = context.getBody();
      if (body !== undefined && typeof body !== 'string') throw new TypeError('a request body must be text');
      const { code, headers, text } = await transport.send(
        { method: context.getHttpMethod(), url: context.getUrl(), headers: context.getHeaders(), body },
        context.getSignal() ?? new AbortController().signal,
      );
      assertReadable(headers);
      return new ResponseContext(code, headers, {
        text: async () => text,
        binary: async () => Buffer.from(text, 'utf8'),
        stream: () => null,
      });
    },
  });
}

/** What else an API server never sends, and client-node has no word for: a page of somebody's proxy. */
function assertReadable({ 'content-type': type = 'something of no type' }: HttpAnswer['headers']): void {
  if (/^(application\/json|text\/plain)\b/.test(type)) return;
  throw new NoAnswer(`it sent ${type} where JSON was asked for, as no API server does`);
}

/** kube-apiserver is ready when its informers are in step and RBAC is loaded (kubernetes.io: API health endpoints). */
async function isReady(
  transport: Transport,
  server: string,
  anonymous: boolean,
  signal: AbortSignal,
): Promise<boolean> {
  const either = AbortSignal.any([signal, AbortSignal.timeout(READY_DEADLINE_MS)]);
  try {
    await transport.send({ method: 'GET', url: `${server}/readyz`, anonymous }, either);
    return true;
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof ApiError || error instanceof NoAnswer) return false;
    throw error;
  }
}

function getting(server: string, path: string, query: Query, accept?: string): HttpRequest {
  const headers = accept === undefined ? {} : { accept };
  return { method: 'GET', url: urlOf(server, path, query), headers };
}

function urlOf(server: string, path: string, query: Query): string {
  const given = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) if (value !== undefined) given.set(name, value);
  const text = given.toString();
  return `${server}${path}${text && `?${text}`}`;
}

/** Throws NoAnswer where it is no JSON. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw noAnswer(error);
  }
}
