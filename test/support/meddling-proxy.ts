import { Agent, createServer, request as forward, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** What becomes of one request. */
export type Meddling =
  | { readonly kind: 'pass' }
  /** The server receives and answers it, but the answer never arrives. */
  | { readonly kind: 'lose-answer' }
  /** The connection is closed before anything is passed on. */
  | { readonly kind: 'cut' }
  /** A head comes, and then nothing for ever. */
  | { readonly kind: 'fall-silent' }
  | {
      readonly kind: 'answer';
      readonly code: number;
      readonly body: string;
      readonly headers?: Record<string, string>;
    };

export const PASS: Meddling = { kind: 'pass' };

/** A Status as an API server sends it. */
export function failure(code: number, reason: string, message: string, headers: Record<string, string> = {}): Meddling {
  const status = { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Failure', message, reason, code };
  return { kind: 'answer', code, body: JSON.stringify(status), headers };
}

/** Stands between a client and a server, and can do to each request what networks do. */
export class MeddlingProxy {
  /** `GET /api/v1/nodes?limit=500`, in the order of their coming. */
  readonly seen: string[] = [];
  /** Requests whose answer has not ended. */
  open = 0;
  /** Decides about each request; `line` is as in `seen`. */
  meddle: (line: string) => Meddling = () => PASS;
  /** Changes the address before it is passed on. */
  rewrite: (url: string) => string = url => url;
  readonly #waiting: (() => void)[] = [];
  readonly #target: string;
  readonly #agent = new Agent();
  readonly #server = createServer((request, response) => this.#take(request, response));

  constructor(target: string) {
    this.#target = target;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  async start(): Promise<this> {
    await new Promise<void>(resolve => {
      this.#server.listen(0, '127.0.0.1', resolve);
    });
    return this;
  }

  async stop(): Promise<void> {
    this.#agent.destroy();
    await new Promise(resolve => {
      this.#server.close(resolve);
      this.#server.closeAllConnections();
    });
  }

  /** How many requests began so. */
  count(start: string): number {
    return this.seen.filter(line => line.startsWith(start)).length;
  }

  /** Resolves as soon as it fits, looked at whenever a request begins or ends. */
  async until(fits: () => boolean): Promise<void> {
    while (!fits()) await new Promise<void>(resolve => this.#waiting.push(resolve));
  }

  #wake(): void {
    for (const resolve of this.#waiting.splice(0)) resolve();
  }

  #take(request: IncomingMessage, response: ServerResponse): void {
    const line = `${request.method} ${request.url}`;
    this.seen.push(line);
    this.open += 1;
    response.once('close', () => {
      this.open -= 1;
      this.#wake();
    });
    this.#wake();
    const meddling = this.meddle(line);
    switch (meddling.kind) {
      case 'cut':
        response.destroy();
        return;
      case 'answer':
        request.resume();
        response.writeHead(meddling.code, { 'content-type': 'application/json', ...meddling.headers });
        response.end(meddling.body);
        return;
      case 'fall-silent':
        response.writeHead(200, { 'content-type': 'application/json' });
        response.flushHeaders();
        return;
      case 'pass':
      case 'lose-answer':
        this.#pass(request, response, meddling.kind === 'lose-answer');
    }
  }

  #pass(request: IncomingMessage, response: ServerResponse, loseAnswer: boolean): void {
    const { method, headers } = request;
    const url = this.#target + this.rewrite(request.url ?? '/');
    const passed = forward(url, { method, headers, agent: this.#agent }, answer => {
      answer.once('error', () => response.destroy());
      if (loseAnswer) {
        answer.resume();
        answer.once('end', () => response.destroy());
        return;
      }
      response.writeHead(answer.statusCode ?? 502, answer.headers);
      response.flushHeaders();
      answer.pipe(response);
    });
    passed.once('error', () => response.destroy());
    response.once('close', () => passed.destroy());
    request.pipe(passed);
  }
}

/** The next `count` requests that begin so are treated this way; all others pass. */
export function next(count: number, start: string, meddling: Meddling): (line: string) => Meddling {
  let left = count;
  return line => {
    if (left === 0 || !line.startsWith(start)) return PASS;
    left -= 1;
    return meddling;
  };
}
