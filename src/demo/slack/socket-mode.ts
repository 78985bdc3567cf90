import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { z } from 'zod';
import { APP } from './people.ts';
import { ServerWebSocket } from './websocket.ts';

const Ack = z.looseObject({ envelope_id: z.string(), payload: z.unknown().optional() });
const PING_MS = 5000;
/** At most this many connections per app (docs.slack.dev/apis/events-api/using-socket-mode). */
const CONNECTIONS = 10;

export type EnvelopeKind = 'slash_commands' | 'interactive' | 'events_api';

/** The connections over which an app without a public address receives its payloads. */
export class SocketMode {
  readonly #tickets = new Set<string>();
  readonly #connections: ServerWebSocket[] = [];
  readonly #waiting = new Map<string, (payload: unknown) => void>();
  readonly #origin: () => string;
  readonly #onConnections: () => void;
  #turn = 0;

  /** `onConnections` is called whenever an app connects or leaves. */
  constructor(origin: () => string, onConnections: () => void) {
    this.#origin = origin;
    this.#onConnections = onConnections;
  }

  get connections(): number {
    return this.#connections.length;
  }

  /** A websocket address that works once. */
  invite(): string {
    const ticket = randomUUID();
    this.#tickets.add(ticket);
    return `${this.#origin().replace(/^http/, 'ws')}/link/?ticket=${ticket}&app_id=${APP.id}`;
  }

  /** Takes over a connection that asks to become a websocket. */
  accept(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    const ticket = new URL(request.url ?? '/', this.#origin()).searchParams.get('ticket') ?? '';
    if (!this.#tickets.delete(ticket) || this.#connections.length >= CONNECTIONS) {
      socket.end('HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\nConnection: close\r\n\r\n');
      return;
    }
    const connection = new ServerWebSocket(request, socket, head);
    const pings = setInterval(() => connection.ping(), PING_MS);
    connection.on('message', text => this.#acknowledged(text));
    connection.on('close', () => {
      clearInterval(pings);
      this.#connections.splice(this.#connections.indexOf(connection), 1);
      this.#onConnections();
    });
    this.#connections.push(connection);
    connection.ping();
    connection.send(
      JSON.stringify({
        type: 'hello',
        num_connections: this.#connections.length,
        connection_info: { app_id: APP.id },
        debug_info: { host: 'simulated-slack', approximate_connection_time: 18_060 },
      }),
    );
    this.#onConnections();
  }

  /**
   * Sends the payload over one of the connections and waits for its acknowledgement, whose payload is returned.
   * `undefined`: there is no connection. Rejects with the signal's reason when no acknowledgement came in time.
   */
  deliver(kind: EnvelopeKind, payload: unknown, signal: AbortSignal): Promise<{ body: unknown }> | undefined {
    const connection = this.#connections[this.#turn++ % Math.max(1, this.#connections.length)];
    if (connection === undefined) return undefined;
    const id = randomUUID();
    return new Promise((resolve, reject) => {
      const forget = (): void => {
        this.#waiting.delete(id);
        reject(signal.reason);
      };
      signal.addEventListener('abort', forget, { once: true });
      this.#waiting.set(id, body => {
        signal.removeEventListener('abort', forget);
        this.#waiting.delete(id);
        resolve({ body });
      });
      const retries = kind === 'events_api' ? { retry_attempt: 0, retry_reason: '' } : {};
      const accepts = kind !== 'events_api';
      connection.send(
        JSON.stringify({ envelope_id: id, type: kind, payload, accepts_response_payload: accepts, ...retries }),
      );
    });
  }

  /** Slack recycles its servers: every app is asked to connect anew, as it does every few hours. */
  refresh(): void {
    for (const connection of [...this.#connections]) {
      connection.send(JSON.stringify({ type: 'disconnect', reason: 'refresh_requested', debug_info: {} }));
    }
  }

  terminate(): void {
    for (const connection of [...this.#connections]) connection.terminate();
  }

  #acknowledged(text: string): void {
    const ack = Ack.safeParse(JSON.parse(text));
    if (ack.success) this.#waiting.get(ack.data.envelope_id)?.(ack.data.payload);
  }
}
