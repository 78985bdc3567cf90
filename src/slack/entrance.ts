import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { HTTPReceiver, type Logger, type Receiver, SocketModeReceiver } from '@slack/bolt';
import type { WebClientOptions } from '@slack/web-api';
import type { Clock } from '../app/ports.ts';
import { refusedToken } from './refused-call.ts';

/** How Slack's requests come in. */
export type Transport =
  | { readonly kind: 'socket-mode'; readonly appToken: string }
  | {
      readonly kind: 'http';
      readonly signingSecret: string;
      /** 0 takes a free one. */
      readonly port: number;
      /** Every interface, where it is left out. */
      readonly host?: string;
    };

export interface Entrance {
  readonly receiver: Receiver;
  /** Resolves as soon as requests come in; with the port, where there is one. */
  open(): Promise<{ readonly port: number | undefined }>;
  close(): Promise<void>;
}

export interface EntranceOptions {
  readonly apiUrl: string;
  readonly clock: Clock;
  readonly logger: Logger;
}

export function createEntrance(transport: Transport, options: EntranceOptions): Entrance {
  return transport.kind === 'http' ? overHttp(transport, options) : overSocketMode(transport, options);
}

/**
 * However long Slack is away, the connection is sought again: an attempt that gave up would end the process, for the
 * package awaits it nowhere. The waiting alone does not keep a process alive that is told to stop.
 */
function overSocketMode(
  { appToken }: Extract<Transport, { readonly kind: 'socket-mode' }>,
  { apiUrl, logger }: EntranceOptions,
): Entrance {
  const receiver = new SocketModeReceiver({
    appToken,
    logger,
    // Also how long the package waits before it connects again when Slack moves the connection elsewhere.
    clientPingTimeout: 3_000,
    installerOptions: {
      clientOptions: {
        slackApiUrl: apiUrl,
        timeout: 10_000,
        retryConfig: untilConnected(apiUrl, logger),
      },
    },
  });
  return {
    receiver,
    open: async () => {
      await receiver.start().catch((error: unknown) => {
        throw refusedToken(error, 'SLACK_APP_TOKEN', 'the scope connections:write') ?? error;
      });
      return { port: undefined };
    },
    // The receiver's own stop() does not wait for the connection to be closed.
    close: () => receiver.client.disconnect(),
  };
}

/** What p-retry, to which the package hands these options, takes beside those that the package names. */
interface Retries extends NonNullable<WebClientOptions['retryConfig']> {
  readonly onFailedAttempt: (error: Error & { readonly attemptNumber: number }) => void;
}

/** Said once each time that the connection is sought: an address that leads elsewhere would be asked in silence for ever. */
function untilConnected(apiUrl: string, logger: Logger): Retries {
  const onFailedAttempt: Retries['onFailedAttempt'] = ({ attemptNumber, message }) => {
    if (attemptNumber === 1) logger.warn(`Slack (${apiUrl}) opens no connection, and is asked again: ${message}`);
  };
  return { forever: true, factor: 1.5, minTimeout: 500, maxTimeout: 10_000, unref: true, onFailedAttempt };
}

const PATH = '/slack/events';
const WINDOW_MS = 5 * 60_000;
const LONGEST_BODY = 1024 * 1024;

function overHttp(
  { signingSecret, port, host }: Extract<Transport, { readonly kind: 'http' }>,
  { clock, logger }: EntranceOptions,
): Entrance {
  const receiver = new HTTPReceiver({ signingSecret, endpoints: [PATH], logger, bodyLimit: LONGEST_BODY });
  const server = createServer((request, response) => {
    if (request.method !== 'POST' || pathOf(request) !== PATH) return refuse(response, 404);
    if (!isTimely(request, clock.now())) return refuse(response, 401);
    receiver.requestListener(request, response);
  });
  return {
    receiver,
    open: () =>
      new Promise((resolve, reject) => {
        server.once('error', cause =>
          reject(new Error(`Slack's requests cannot be heard on port ${port} (PORT): ${cause.message}.`, { cause })),
        );
        server.listen({ port, host }, () => {
          const address = server.address();
          resolve({ port: typeof address === 'object' ? address?.port : undefined });
        });
      }),
    close: () =>
      new Promise((resolve, reject) => {
        server.close(error => (error ? reject(error) : resolve()));
        server.closeIdleConnections();
      }),
  };
}

/**
 * Bolt refuses timestamps that are too old, but none from the future, which would outlive every memory of what was seen.
 * What has no timestamp at all is left to Bolt: Slack's check of the certificate is the only such request it answers.
 */
function isTimely({ headers }: IncomingMessage, now: number): boolean {
  const stamp = headers['x-slack-request-timestamp'];
  return stamp === undefined || Math.abs(now - Number(stamp) * 1_000) <= WINDOW_MS;
}

function pathOf({ url }: IncomingMessage): string | undefined {
  return url?.split('?')[0];
}

function refuse(response: ServerResponse, status: number): void {
  response.writeHead(status).end();
}
