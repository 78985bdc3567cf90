import { z } from 'zod';
import type { ResponseUrls } from './response-urls.ts';
import { SlackError } from './slack-error.ts';
import type { SocketMode } from './socket-mode.ts';
import type { Triggers } from './triggers.ts';
import type { Views } from './views.ts';
import type { Workspace } from './workspace.ts';

/** What the methods of the Web API work on. */
export interface Backend {
  readonly workspace: Workspace;
  readonly views: Views;
  readonly triggers: Triggers;
  readonly responseUrls: ResponseUrls;
  readonly socketMode: SocketMode;
  /** Where the simulation answers, such as `http://127.0.0.1:8020`. */
  readonly origin: () => string;
}

export type Arguments = Readonly<Record<string, unknown>>;

export interface Method {
  readonly token: 'bot' | 'app';
  readonly call: (backend: Backend, args: Arguments) => Readonly<Record<string, unknown>>;
}

/**
 * A method with typed arguments. Forms carry everything as text and structures as JSON, so both are accepted. Arguments
 * of the wrong form are refused as invalid_arguments with one message each.
 */
export function method<T>(
  args: z.ZodType<T>,
  call: (backend: Backend, args: T) => Readonly<Record<string, unknown>>,
  token: Method['token'] = 'bot',
): Method {
  return {
    token,
    call(backend, raw) {
      const parsed = args.safeParse(raw);
      if (parsed.success) return call(backend, parsed.data);
      const messages = parsed.error.issues.map(({ path, message }) =>
        raw[String(path[0])] === undefined
          ? `[ERROR] missing required field: ${path.join('/')}`
          : `[ERROR] ${message} [json-pointer:/${path.join('/')}]`,
      );
      throw new SlackError('invalid_arguments', messages);
    },
  };
}

/** A structure that came as JSON text, or as itself in a JSON body. */
export const structure = z.unknown().transform(value => {
  if (typeof value !== 'string') return value;
  try {
    return JSON.parse(value) as unknown;
  } catch {
    // Slack does not tell malformed JSON from a value of the wrong kind; the check behind this refuses both alike.
    return value;
  }
});

export const flag = z.union([
  z.boolean(),
  z.enum(['true', 'false', '1', '0']).transform(v => v === 'true' || v === '1'),
]);
export const text = z.string();
