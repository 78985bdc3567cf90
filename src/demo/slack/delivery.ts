import { createHmac } from 'node:crypto';
import type { Faults } from './faults.ts';
import type { EnvelopeKind, SocketMode } from './socket-mode.ts';

/** An app has three seconds to acknowledge (docs.slack.dev/interactivity/handling-user-interaction). */
const ACK_MS = 3000;

/** Where an app listens in HTTP mode, and the secret with which what is sent there is signed. */
export interface Target {
  readonly url: string;
  readonly signingSecret: string;
}

/** What became of a payload. The errors are those that Slack shows to its users. */
export type Delivered =
  | { readonly kind: 'acked'; readonly body: unknown }
  | { readonly kind: 'failed'; readonly error: 'operation_timeout' | 'dispatch_failed' | 'http_service_error' };

/** Brings payloads to the app: signed over HTTP where it has an address, over Socket Mode where it has not. */
export class Delivery {
  target: Target | undefined;
  readonly #socketMode: SocketMode;
  readonly #faults: Faults;
  readonly #now: () => number;

  constructor(socketMode: SocketMode, faults: Faults, now: () => number) {
    this.#socketMode = socketMode;
    this.#faults = faults;
    this.#now = now;
  }

  async deliver(kind: EnvelopeKind, payload: Readonly<Record<string, unknown>>): Promise<Delivered> {
    if (this.#faults.down) return { kind: 'failed', error: 'dispatch_failed' };
    const first = this.#once(kind, payload);
    if (!this.#faults.duplicateDeliveries) return first;
    const [delivered] = await Promise.all([first, this.#once(kind, payload)]);
    return delivered;
  }

  async #once(kind: EnvelopeKind, payload: Readonly<Record<string, unknown>>): Promise<Delivered> {
    const signal = AbortSignal.timeout(ACK_MS);
    try {
      if (this.target !== undefined) return await this.#post(this.target, kind, payload, signal);
      const acked = await this.#socketMode.deliver(kind, payload, signal);
      return acked === undefined ? { kind: 'failed', error: 'dispatch_failed' } : { kind: 'acked', body: acked.body };
    } catch (error) {
      if (signal.aborted) return { kind: 'failed', error: 'operation_timeout' };
      // fetch reports an app that cannot be reached as a TypeError; anything else is a fault of the simulation.
      if (error instanceof TypeError) return { kind: 'failed', error: 'dispatch_failed' };
      throw error;
    }
  }

  async #post(target: Target, kind: EnvelopeKind, payload: Readonly<Record<string, unknown>>, signal: AbortSignal) {
    const body = encoded(kind, payload);
    const timestamp = String(Math.floor(this.#now() / 1000));
    const signature = createHmac('sha256', target.signingSecret).update(`v0:${timestamp}:${body}`).digest('hex');
    const response = await fetch(target.url, {
      method: 'POST',
      signal,
      body,
      headers: {
        'content-type': kind === 'events_api' ? 'application/json' : 'application/x-www-form-urlencoded',
        'user-agent': 'Slackbot 1.0 (+https://api.slack.com/robots)',
        'x-slack-request-timestamp': timestamp,
        'x-slack-signature': `v0=${signature}`,
      },
    });
    const text = await response.text();
    if (response.status !== 200) return { kind: 'failed', error: 'http_service_error' } as const;
    const json = response.headers.get('content-type')?.startsWith('application/json') === true;
    return { kind: 'acked', body: json ? (JSON.parse(text) as unknown) : text } as const;
  }
}

function encoded(kind: EnvelopeKind, payload: Readonly<Record<string, unknown>>): string {
  switch (kind) {
    case 'slash_commands':
      return new URLSearchParams(payload as Record<string, string>).toString();
    case 'interactive':
      return new URLSearchParams({ payload: JSON.stringify(payload) }).toString();
    case 'events_api':
      return JSON.stringify(payload);
  }
}
