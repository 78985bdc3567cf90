import { Agent as HttpAgent, type IncomingMessage, request as requestHttp } from 'node:http';
import { Agent as HttpsAgent, request as requestHttps } from 'node:https';

/** Proxies as the environment names them. */
export interface Proxies {
  readonly HTTP_PROXY?: string | undefined;
  readonly HTTPS_PROXY?: string | undefined;
  readonly NO_PROXY?: string | undefined;
}

export type Text =
  | { readonly kind: 'text'; readonly text: string }
  /** `why` goes behind a colon. */
  | { readonly kind: 'failed'; readonly why: string };

/** What is asked for is a line; whoever sends more sends something else. */
const MOST_BYTES = 1_024;
const MOST_REDIRECTS = 5;

export interface TextReader {
  /** Gets a short text. Ends with the signal at the latest. */
  get(url: string, signal: AbortSignal): Promise<Text>;
  close(): void;
}

export function createTextReader(proxies: Proxies): TextReader {
  const http = new HttpAgent({ proxyEnv: { ...proxies } });
  const https = new HttpsAgent({ proxyEnv: { ...proxies } });

  function open(url: URL, signal: AbortSignal): Promise<IncomingMessage> {
    return new Promise((resolve, reject) => {
      const headers = { accept: 'text/plain', 'user-agent': 'capstan' };
      const sent =
        url.protocol === 'https:'
          ? requestHttps(url, { agent: https, headers, signal }, resolve)
          : requestHttp(url, { agent: http, headers, signal }, resolve);
      sent.on('error', reject);
      sent.end();
    });
  }

  async function follow(address: string, signal: AbortSignal): Promise<Text> {
    let url = new URL(address);
    for (let redirects = 0; redirects <= MOST_REDIRECTS; redirects += 1) {
      const answer = await open(url, signal);
      const { statusCode = 0, headers } = answer;
      if (statusCode < 300 || statusCode > 399 || headers.location === undefined) return await read(answer);
      answer.destroy();
      const next = new URL(headers.location, url);
      if (!mayFollow(url, next)) return failed(`it leads from ${url.protocol} to ${next.protocol}`);
      url = next;
    }
    return failed(`it leads on and on, more than ${MOST_REDIRECTS} times`);
  }

  return {
    async get(url, signal) {
      try {
        return await follow(url, signal);
      } catch (error) {
        return failed(signal.aborted ? 'no answer in time' : reasonOf(error));
      }
    },
    close() {
      http.destroy();
      https.destroy();
    },
  };
}

/** Never out of TLS: whoever sits on the way could answer anything from there on. */
export function mayFollow(from: URL, to: URL): boolean {
  return to.protocol === 'https:' || (to.protocol === 'http:' && from.protocol === 'http:');
}

async function read(answer: IncomingMessage): Promise<Text> {
  if (answer.statusCode !== 200) {
    answer.destroy();
    return failed(`it answers ${answer.statusCode}`);
  }
  const parts: Buffer[] = [];
  let bytes = 0;
  for await (const part of answer as AsyncIterable<Buffer>) {
    bytes += part.length;
    // Leaving the loop ends the connection, however much is still to come.
    if (bytes > MOST_BYTES) return failed(`it answers with more than ${MOST_BYTES} bytes`);
    parts.push(part);
  }
  return { kind: 'text', text: Buffer.concat(parts).toString('utf8') };
}

function failed(why: string): Text {
  return { kind: 'failed', why };
}

/** Several addresses that all fail come as one error without a message. */
function reasonOf(error: unknown): string {
  if (error instanceof AggregateError && error.message === '') return error.errors.map(reasonOf).join(', ');
  return error instanceof Error ? error.message : String(error);
}
