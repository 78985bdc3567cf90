import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Faults } from './faults.ts';
import type { Arguments, Backend, Method } from './method.ts';
import { CHAT_METHODS } from './methods-chat.ts';
import { DIRECTORY_METHODS } from './methods-directory.ts';
import { VIEW_METHODS } from './methods-views.ts';
import { SlackError } from './slack-error.ts';

const METHODS: Readonly<Record<string, Method>> = { ...CHAT_METHODS, ...VIEW_METHODS, ...DIRECTORY_METHODS };

export interface Tokens {
  readonly bot: string;
  readonly app: string;
}

/** What was called, for those who count. */
export interface Call {
  readonly method: string;
  readonly args: Arguments;
  /** Slack's error code; undefined when the call succeeded. */
  readonly error: string | undefined;
}

/** Answers `/api/<method>` as slack.com does: always 200 with `ok`, except for 429 and 500. */
export class WebApi {
  readonly calls: Call[] = [];
  readonly #backend: Backend;
  readonly #tokens: Tokens;
  readonly #faults: Faults;

  constructor(backend: Backend, tokens: Tokens, faults: Faults) {
    this.#backend = backend;
    this.#tokens = tokens;
    this.#faults = faults;
  }

  async handle(name: string, request: IncomingMessage, response: ServerResponse): Promise<void> {
    const args = parseBody(await readText(request), request.headers['content-type']);
    const planned = this.#faults.next(name);
    if (planned?.kind === 'rate-limited') {
      this.calls.push({ method: name, args, error: 'ratelimited' });
      response.setHeader('retry-after', String(planned.retryAfterSeconds));
      return sendJson(response, 429, { ok: false, error: 'ratelimited' });
    }
    if (planned?.kind === 'server-error') {
      this.calls.push({ method: name, args, error: 'internal_error' });
      return sendJson(response, 500, { ok: false, error: 'internal_error' });
    }
    const answer = this.#answer(name, args, tokenOf(request, args));
    this.calls.push({ method: name, args, error: typeof answer.error === 'string' ? answer.error : undefined });
    sendJson(response, 200, answer);
  }

  #answer(name: string, args: Arguments, token: string | undefined): Readonly<Record<string, unknown>> {
    try {
      const method = METHODS[name];
      if (method === undefined) throw new SlackError('unknown_method');
      this.#authorize(method, token);
      return { ok: true, ...method.call(this.#backend, args) };
    } catch (error) {
      if (!(error instanceof SlackError)) throw error;
      const { code, messages } = error;
      if (messages.length === 0) return { ok: false, error: code };
      const errors = code === 'invalid_blocks' ? { errors: messages.map(text => text.replace('[ERROR] ', '')) } : {};
      return { ok: false, error: code, ...errors, response_metadata: { messages } };
    }
  }

  #authorize(method: Method, token: string | undefined): void {
    if (token === undefined) throw new SlackError('not_authed');
    const kind = token === this.#tokens.bot ? 'bot' : token === this.#tokens.app ? 'app' : undefined;
    if (kind === undefined) throw new SlackError('invalid_auth');
    if (kind !== method.token) throw new SlackError('not_allowed_token_type');
  }
}

function tokenOf(request: IncomingMessage, args: Arguments): string | undefined {
  const bearer = /^Bearer\s+(\S+)$/i.exec(request.headers.authorization ?? '')?.[1];
  return bearer ?? (typeof args.token === 'string' ? args.token : undefined);
}

/** A body as form or JSON. Throws a SlackError where it is neither. */
export function parseBody(body: string, contentType = ''): Arguments {
  if (!contentType.startsWith('application/json')) return Object.fromEntries(new URLSearchParams(body));
  try {
    const parsed: unknown = JSON.parse(body === '' ? '{}' : body);
    if (typeof parsed === 'object' && parsed !== null && !Array.isArray(parsed)) return parsed as Arguments;
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
  }
  throw new SlackError('invalid_json');
}

export async function readText(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString('utf8');
}

export function sendJson(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json; charset=utf-8' });
  response.end(JSON.stringify(body));
}
