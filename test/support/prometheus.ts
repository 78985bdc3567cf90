import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';

/** What is asked of it, and with which headers. */
export interface Asked {
  readonly path: string;
  readonly query: string;
  readonly headers: IncomingHttpHeaders;
}

export type Reply = { readonly code?: number; readonly body: unknown } | 'silence';

/** An HTTP server that speaks as Prometheus does (prometheus.io: HTTP API, instant queries). */
export async function startPrometheus(reply: (asked: Asked) => Reply = () => vector()) {
  let answer = reply;
  const asked: Asked[] = [];
  const server = createServer((request, response) => {
    const { pathname, searchParams } = new URL(request.url ?? '/', 'http://localhost');
    const seen = { path: pathname, query: searchParams.get('query') ?? '', headers: request.headers };
    asked.push(seen);
    const given = answer(seen);
    if (given === 'silence') return;
    const { code = 200, body } = given;
    response.writeHead(code, { 'content-type': 'application/json' });
    response.end(typeof body === 'string' ? body : JSON.stringify(body));
  });
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    asked,
    answers(next: typeof reply) {
      answer = next;
    },
    async stop() {
      server.closeAllConnections();
      await new Promise(resolve => server.close(resolve));
    },
  };
}

export function vector(...metrics: readonly Readonly<Record<string, string>>[]): Reply {
  const result = metrics.map(metric => ({ metric, value: [1_764_244_800.123, '1'] }));
  return { body: { status: 'success', data: { resultType: 'vector', result } } };
}
