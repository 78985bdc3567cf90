import { readFile } from 'node:fs/promises';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { z } from 'zod';
import { DEEDS } from './control-api.ts';
import { streamTo } from './live-feed.ts';
import type { SimulatedSlack } from './simulated-slack.ts';
import { ImpossibleDeed } from './slack-error.ts';
import { readText, sendJson } from './web-api.ts';

/** What a browser may fetch, and nothing else of the folder. */
const PAGE: Readonly<Record<string, readonly [file: string, type: string]>> = {
  '/': ['index.html', 'text/html'],
  '/page/style.css': ['style.css', 'text/css'],
  '/page/messages.css': ['messages.css', 'text/css'],
  '/page/app.js': ['app.js', 'text/javascript'],
  '/page/blocks.js': ['blocks.js', 'text/javascript'],
  '/page/dom.js': ['dom.js', 'text/javascript'],
  '/page/modal.js': ['modal.js', 'text/javascript'],
  '/page/mrkdwn.js': ['mrkdwn.js', 'text/javascript'],
};

/**
 * Adds to the simulated Slack, on its own port, the page for people (`/`) and the control API for scripts:
 * `POST /sim/command | say | click | click-in-modal | submit | close | faults`, `GET /sim/transcript?channel=`,
 * `GET /sim/events?user=`. A deed that no person could do is answered with 409 and a sentence.
 */
export function servePage(slack: SimulatedSlack): void {
  slack.extraRoutes = (request, response) => {
    const url = new URL(request.url ?? '/', slack.origin);
    if (url.pathname !== '/' && !/^\/(page|sim)\//.test(url.pathname)) return false;
    route(slack, url, request, response).catch((error: unknown) => fail(response, error));
    return true;
  };
}

async function route(slack: SimulatedSlack, url: URL, request: IncomingMessage, response: ServerResponse) {
  if (!isOurs(slack, request)) return sendJson(response, 403, { error: 'Only pages of this server may do this.' });
  const file = PAGE[url.pathname];
  if (request.method === 'GET' && file !== undefined) return sendFile(response, ...file);
  if (request.method === 'GET' && url.pathname === '/sim/events') {
    return streamTo(response, slack, url.searchParams.get('user') ?? undefined);
  }
  if (request.method === 'GET' && url.pathname === '/sim/transcript') {
    response.setHeader('content-type', 'text/plain; charset=utf-8');
    return response.end(slack.transcript(url.searchParams.get('channel') ?? '#platform'));
  }
  const deed = DEEDS[url.pathname.replace('/sim/', '')];
  if (request.method !== 'POST' || deed === undefined)
    return sendJson(response, 404, { error: 'There is nothing here.' });
  sendJson(response, 200, await deed(slack, JSON.parse(await readText(request))));
}

/**
 * A bot behind this may upgrade a real cluster, so other web pages must not be able to click here: a name that resolves
 * to this machine is refused, and a JSON body cannot be sent across origins without being asked for first.
 */
function isOurs(slack: SimulatedSlack, { method, headers }: IncomingMessage): boolean {
  const { port } = new URL(slack.origin);
  const hosts = [`127.0.0.1:${port}`, `localhost:${port}`];
  const json = headers['content-type']?.startsWith('application/json') === true;
  return hosts.includes(headers.host ?? '') && (method === 'GET' || json);
}

async function sendFile(response: ServerResponse, file: string, type: string): Promise<void> {
  const content = await readFile(new URL(`./page/${file}`, import.meta.url));
  response.writeHead(200, {
    'content-type': `${type}; charset=utf-8`,
    'cache-control': 'no-store',
    'content-security-policy': "default-src 'self'; img-src data:; frame-ancestors 'none'",
  });
  response.end(content);
}

function fail(response: ServerResponse, error: unknown): void {
  if (response.headersSent) {
    response.destroy();
  } else if (error instanceof ImpossibleDeed) {
    sendJson(response, 409, { error: error.message });
  } else if (error instanceof z.ZodError || error instanceof SyntaxError) {
    sendJson(response, 400, { error: error instanceof z.ZodError ? z.prettifyError(error) : error.message });
  } else {
    sendJson(response, 500, { error: String(error) });
  }
}
