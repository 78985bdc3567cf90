import { type IncomingHttpHeaders, type IncomingMessage, request as requestHttp } from 'node:http';
import { type RequestOptions, request as requestHttps } from 'node:https';
import { pipeline, type Readable } from 'node:stream';
import { TLSSocket } from 'node:tls';
import { createGunzip } from 'node:zlib';
import type { KubeConfig } from '@kubernetes/client-node';
import { ApiError, NoAnswer, noAnswer, StaleConnection } from './api-error.ts';
import { readCredentials } from './credentials.ts';
import { KeptAgents } from './kept-agents.ts';

export interface HttpRequest {
  readonly method: string;
  /** Absolute. */
  readonly url: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | undefined;
  /** Sent without saying who asks. */
  readonly anonymous?: boolean;
}

export interface HttpAnswer {
  readonly code: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly text: string;
}

/**
 * HTTP to one API server, with the credentials of a kubeconfig, over connections that are kept (client-node would open a
 * new one for each request). Throws ApiError for every answer that is no success and NoAnswer where none came.
 */
export interface Transport {
  send(request: HttpRequest, signal: AbortSignal): Promise<HttpAnswer>;
  /** Resolves with the head of the answer; its lines come as they are sent. */
  open(request: HttpRequest, signal: AbortSignal): Promise<AsyncIterable<string>>;
  /** As `open`, in bytes as they arrive. They travel compressed where the server likes to. */
  openBytes(request: HttpRequest, signal: AbortSignal): Promise<AsyncIterable<Buffer>>;
  /** When the certificate ends that was shown last, in epoch milliseconds; undefined without TLS, or behind a proxy. */
  certificateEnds(): number | undefined;
  /** Forgets idle connections: after an outage whoever was at their other end is gone. */
  dropIdle(): void;
  close(): void;
}

export function createTransport(config: KubeConfig): Transport {
  const { server = '', proxyUrl } = config.getCurrentCluster() ?? {};
  const agents = new KeptAgents(server.startsWith('https:'));
  let certificateEnds: number | undefined;

  /** Read anew each time: tokens and certificates are replaced while we run. */
  async function access(anonymous: boolean): Promise<RequestOptions> {
    const options = await readCredentials(config);
    const { ca, cert, key, rejectUnauthorized, servername, headers = {}, auth } = options;
    if (proxyUrl) return { agent: options.agent, headers, auth };
    const trust = { ca, rejectUnauthorized, servername };
    return anonymous
      ? { agent: agents.for(trust), headers: {} }
      : { agent: agents.for({ ...trust, cert, key }), headers, auth };
  }

  async function exchange(request: HttpRequest, signal: AbortSignal): Promise<IncomingMessage> {
    try {
      const response = await sendOnce(request, await access(request.anonymous ?? false), signal);
      certificateEnds = proxyUrl ? undefined : (endOfCertificate(response) ?? certificateEnds);
      return response;
    } catch (error) {
      if (error instanceof StaleConnection) agents.dropIdle();
      throw error instanceof NoAnswer ? error : noAnswer(error);
    }
  }

  async function success(request: HttpRequest, signal: AbortSignal): Promise<IncomingMessage> {
    const response = await exchange(request, signal);
    const { statusCode = 0 } = response;
    if (statusCode >= 200 && statusCode < 300) return response;
    throw new ApiError(statusCode, await readText(response), response.headers['retry-after']);
  }

  return {
    async send(request, signal) {
      const response = await success(request, signal);
      return { code: response.statusCode ?? 0, headers: flat(response.headers), text: await readText(response) };
    },
    async open(request, signal) {
      return readLines(await success(request, signal));
    },
    async openBytes(request, signal) {
      const headers = { ...request.headers, 'accept-encoding': 'gzip' };
      return readBytes(await success({ ...request, headers }, signal));
    },
    certificateEnds: () => certificateEnds,
    dropIdle: () => agents.dropIdle(),
    close: () => agents.close(),
  };
}

function sendOnce(request: HttpRequest, access: RequestOptions, signal: AbortSignal): Promise<IncomingMessage> {
  const { method, url, body } = request;
  const headers = {
    'user-agent': 'capstan',
    accept: 'application/json',
    ...request.headers,
    ...access.headers,
    ...(body === undefined ? {} : { 'content-length': Buffer.byteLength(body) }),
  };
  return new Promise((resolve, reject) => {
    const send = url.startsWith('https:') ? requestHttps : requestHttp;
    const sent = send(url, { ...access, method, headers, signal }, resolve);
    sent.once('error', (error: NodeJS.ErrnoException) => {
      const stale = sent.reusedSocket && (error.code === 'ECONNRESET' || error.code === 'EPIPE');
      reject(stale && !signal.aborted ? new StaleConnection('it closed the connection', { cause: error }) : error);
    });
    sent.end(body);
  });
}

/** undefined too where a resumed session does not show the certificate again. */
function endOfCertificate({ socket }: IncomingMessage): number | undefined {
  if (!(socket instanceof TLSSocket)) return undefined;
  const { valid_to: text } = socket.getPeerCertificate();
  return text ? Date.parse(text) : undefined;
}

async function readText(response: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  try {
    for await (const chunk of response) chunks.push(chunk as Buffer);
  } catch (error) {
    throw noAnswer(error);
  }
  return Buffer.concat(chunks).toString('utf8');
}

const UNZIPPED_CHUNK = 64 * 1024;

async function* readBytes(response: IncomingMessage): AsyncGenerator<Buffer> {
  try {
    for await (const chunk of unzipped(response)) yield chunk as Buffer;
  } catch (error) {
    throw noAnswer(error);
  }
}

function unzipped(response: IncomingMessage): Readable {
  if (response.headers['content-encoding'] !== 'gzip') return response;
  // What breaks off the answer is thrown to whoever reads the unzipped end.
  return pipeline(response, createGunzip({ chunkSize: UNZIPPED_CHUNK }), () => undefined);
}

async function* readLines(response: IncomingMessage): AsyncGenerator<string> {
  let rest = '';
  response.setEncoding('utf8');
  try {
    for await (const chunk of response) {
      const lines = (rest + (chunk as string)).split('\n');
      rest = lines.pop() ?? '';
      yield* lines;
    }
  } catch (error) {
    throw noAnswer(error);
  }
}

function flat(headers: IncomingHttpHeaders): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers).flatMap(([name, value]) => (value === undefined ? [] : [[name, String(value)]])),
  );
}
