import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createReleaseCalendar, type ReleaseCalendarOptions } from '../../src/releases/release-calendar.ts';
import { newestPatch } from '../../src/version/calendar.ts';
import { formatVersion } from '../../src/version/kubernetes-version.ts';
import { EXAMPLE_CALENDAR } from '../support/calendar.ts';
import { minorOf } from '../support/version.ts';

export const NOW = Date.UTC(2026, 11, 20);

/** What dl.k8s.io answered once 1.38 was out. */
const FILES: Readonly<Record<string, string>> = {
  '/release/stable.txt': 'v1.38.1',
  '/release/stable-1.37.txt': 'v1.37.4\n',
  '/release/stable-1.36.txt': 'v1.36.9',
  '/release/stable-1.35.txt': 'v1.35.12',
};

export type Answer = (request: IncomingMessage, response: ServerResponse) => void;

export const files: Answer = ({ url = '' }, response) => {
  const text = FILES[url];
  response.writeHead(text === undefined ? 404 : 200).end(text ?? 'NoSuchKey');
};

/** A server that says which releases there are, a folder, and calendars that ask the one and keep things in the other. */
export class ReleaseSite {
  answer = files;
  readonly asked: string[] = [];
  readonly warnings: string[] = [];
  readonly folder = mkdtempSync(join(tmpdir(), 'capstan-releases-'));
  readonly base: string;
  readonly #server: Server;

  private constructor(server: Server, port: number) {
    this.#server = server;
    this.base = `http://127.0.0.1:${port}/release`;
  }

  static async open(): Promise<ReleaseSite> {
    const server = createServer();
    const site = new ReleaseSite(server, await listening(server));
    server.on('request', (request, response) => {
      site.asked.push(request.url ?? '');
      site.answer(request, response);
    });
    return site;
  }

  close(): void {
    this.#server.closeAllConnections();
    this.#server.close();
    rmSync(this.folder, { recursive: true });
  }

  calendarAt(more: Partial<ReleaseCalendarOptions> = {}) {
    return createReleaseCalendar({
      url: this.base,
      bundled: EXAMPLE_CALENDAR,
      proxies: {},
      clock: { now: () => NOW },
      onWarning: sentence => this.warnings.push(sentence),
      timeoutMs: 5_000,
      ...more,
    });
  }
}

/** The port. */
export function listening(on: Server): Promise<number> {
  return new Promise(resolve => {
    on.listen(0, '127.0.0.1', () => {
      const address = on.address();
      resolve(address !== null && typeof address === 'object' ? address.port : 0);
    });
  });
}

export function newest(calendar: typeof EXAMPLE_CALENDAR, minor: string): string | undefined {
  const found = newestPatch(calendar, minorOf(minor));
  return found && formatVersion(found);
}
