import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { fileMemory } from '../../src/releases/file-memory.ts';
import { mayFollow } from '../../src/releases/http-text.ts';
import { createReleaseCalendar, type ReleaseCalendarOptions } from '../../src/releases/release-calendar.ts';
import { newestMinor, newestOf, newestPatch, supportOf } from '../../src/version/calendar.ts';
import { formatVersion } from '../../src/version/kubernetes-version.ts';
import { EXAMPLE_CALENDAR } from '../support/calendar.ts';
import { minorOf } from '../support/version.ts';

const DAY = 24 * 60 * 60 * 1000;
const NOW = Date.UTC(2026, 11, 20);

/** What dl.k8s.io answered once 1.38 was out. */
const FILES: Readonly<Record<string, string>> = {
  '/release/stable.txt': 'v1.38.1',
  '/release/stable-1.37.txt': 'v1.37.4\n',
  '/release/stable-1.36.txt': 'v1.36.9',
  '/release/stable-1.35.txt': 'v1.35.12',
};

type Answer = (request: IncomingMessage, response: ServerResponse) => void;

const files: Answer = ({ url = '' }, response) => {
  const text = FILES[url];
  response.writeHead(text === undefined ? 404 : 200).end(text ?? 'NoSuchKey');
};

let server: Server;
let base: string;
let answer: Answer;
let asked: string[];
let warnings: string[];
let folder: string;

beforeEach(async () => {
  answer = files;
  asked = [];
  warnings = [];
  folder = mkdtempSync(join(tmpdir(), 'capstan-releases-'));
  server = createServer((request, response) => {
    asked.push(request.url ?? '');
    answer(request, response);
  });
  base = `http://127.0.0.1:${await listening(server)}/release`;
});

afterEach(() => {
  server.closeAllConnections();
  server.close();
  rmSync(folder, { recursive: true });
});

function listening(on: Server): Promise<number> {
  return new Promise(resolve => {
    on.listen(0, '127.0.0.1', () => {
      const address = on.address();
      resolve(address !== null && typeof address === 'object' ? address.port : 0);
    });
  });
}

function calendarAt(more: Partial<ReleaseCalendarOptions> = {}) {
  return createReleaseCalendar({
    url: base,
    bundled: EXAMPLE_CALENDAR,
    proxies: {},
    clock: { now: () => NOW },
    onWarning: sentence => warnings.push(sentence),
    timeoutMs: 5_000,
    ...more,
  });
}

function newest(calendar: typeof EXAMPLE_CALENDAR, minor: string): string | undefined {
  const found = newestPatch(calendar, minorOf(minor));
  return found && formatVersion(found);
}

describe('the release calendar', () => {
  it('learns of new patches and of a new minor, is as old as today, and keeps the dates that it had', async () => {
    const calendar = await calendarAt().current();
    expect(['1.38', '1.37', '1.36', '1.35', '1.34'].map(minor => newest(calendar, minor))).toEqual([
      'v1.38.1',
      'v1.37.4',
      'v1.36.9',
      'v1.35.12',
      'v1.34.9',
    ]);
    expect(calendar).toMatchObject({ asOf: '2026-12-20', source: base, planned: undefined });
    expect(supportOf(calendar, minorOf('1.35'), '2026-12-20')).toEqual({ kind: 'supported', until: '2027-02-28' });
    expect(warnings).toEqual([]);
  });

  it('asks once for all who ask at the same time, and again only after hours', async () => {
    let now = NOW;
    const releases = calendarAt({ clock: { now: () => now } });
    await Promise.all([releases.current(), releases.current(), releases.current()]);
    now += 5 * 60 * 60 * 1000;
    await releases.current();
    expect(asked).toHaveLength(4);
    now += 2 * 60 * 60 * 1000;
    await releases.current();
    expect(asked).toHaveLength(8);
  });

  it('finds the minors between the newest that it knew and the newest there is', async () => {
    answer = ({ url = '' }, response) => {
      const minor = /stable-1\.(\d+)\.txt$/.exec(url)?.[1];
      response.end(minor === undefined ? 'v1.43.0' : `v1.${minor}.7`);
    };
    const calendar = await calendarAt().current();
    expect(formatVersion(newestOf(newestMinor(calendar)))).toBe('v1.43.0');
    expect(newest(calendar, '1.38')).toBe('v1.38.7');
  });

  it('follows a redirect, as dl.k8s.io gives one', async () => {
    answer = (request, response) => {
      if (request.url?.startsWith('/cdn'))
        return files({ ...request, url: request.url.slice(4) } as IncomingMessage, response);
      response.writeHead(302, { location: `/cdn${request.url}` }).end();
    };
    expect(newest(await calendarAt().current(), '1.37')).toBe('v1.37.4');
  });

  it('never asks where it is switched off', async () => {
    expect(await calendarAt({ url: 'off' }).current()).toBe(EXAMPLE_CALENDAR);
    expect(asked).toEqual([]);
  });
});

describe('where the release calendar cannot look', () => {
  const html = '<!DOCTYPE html><html><body>Please log in to the network</body></html>';

  it.each<[string, Answer, RegExp]>([
    ['answers 404', (_, response) => response.writeHead(404).end('gone'), /stable\.txt: it answers 404/],
    ['answers 500', (_, response) => response.writeHead(500).end(), /it answers 500/],
    ['is a portal that speaks HTML', (_, response) => response.end(html), /something that is no stable version/],
    ['knows a pre-release only', (_, response) => response.end('v1.38.0-rc.1'), /something that is no stable version/],
    ['answers nothing', (_, response) => response.end(), /something that is no stable version/],
    ['answers with a gigabyte', (_, response) => pour(response), /more than 1024 bytes/],
    [
      'leads in circles',
      (_, response) => response.writeHead(302, { location: '/release/stable.txt' }).end(),
      /on and on/,
    ],
    [
      'leads to a file',
      (_, response) => response.writeHead(302, { location: 'file:///etc/passwd' }).end(),
      /leads from http: to file:/,
    ],
    [
      'is far ahead by its minors',
      (_, response) => response.end('v1.46.0'),
      /answers v1\.46\.0, which is too far beyond/,
    ],
    ['is of another major', (_, response) => response.end('v2.0.0'), /answers v2\.0\.0, which is too far beyond/],
    ['is far ahead by its patches', (_, response) => response.end('v1.37.27'), /answers v1\.37\.27, which is too far/],
    ['hangs up', request => request.socket.destroy(), /stable\.txt: /],
    ['has an old mirror', (_, response) => response.end('v1.30.2'), /has nothing newer than v1\.30\.2/],
  ])('because it %s, it says so and answers with what it knew', async (_what, how, words) => {
    answer = how;
    expect(await calendarAt().current()).toMatchObject({
      asOf: EXAMPLE_CALENDAR.asOf,
      minors: EXAMPLE_CALENDAR.minors,
    });
    expect(warnings).toEqual([expect.stringMatching(words)]);
  });

  it('keeps nobody waiting longer than its time-out, nor again within minutes', async () => {
    answer = () => undefined;
    let now = NOW;
    const releases = calendarAt({ timeoutMs: 200, clock: { now: () => now } });
    const began = performance.now();
    await Promise.all([releases.current(), releases.current()]);
    expect(performance.now() - began).toBeLessThan(2_000);
    expect(warnings).toEqual([expect.stringContaining('stable.txt: no answer in time')]);
    now += 9 * 60 * 1000;
    await releases.current();
    expect(asked).toHaveLength(1);
    now += 2 * 60 * 1000;
    answer = files;
    expect(newest(await releases.current(), '1.38')).toBe('v1.38.1');
  });

  it('does not wait for an answer that drips', async () => {
    answer = (_, response) => {
      response.writeHead(200);
      response.write('v1.');
    };
    const began = performance.now();
    await calendarAt({ timeoutMs: 200 }).current();
    expect(performance.now() - began).toBeLessThan(2_000);
  });

  it('takes what it could find, but stays as old as what it could not', async () => {
    answer = (request, response) =>
      request.url?.includes('1.36') ? response.writeHead(503).end() : files(request, response);
    const calendar = await calendarAt().current();
    expect([newest(calendar, '1.37'), newest(calendar, '1.36')]).toEqual(['v1.37.4', 'v1.36.4']);
    expect(calendar.asOf).toBe(EXAMPLE_CALENDAR.asOf);
    expect(warnings).toEqual([expect.stringContaining('stable-1.36.txt: it answers 503')]);
  });

  it('refuses the word of one minor about another', async () => {
    answer = (_, response) => response.end('v1.38.1');
    await calendarAt().current();
    expect(warnings).toEqual([expect.stringContaining('stable-1.37.txt: it speaks of another minor')]);
  });

  it('believes no patch that is far beyond the others of its minor, and as much as can have come out', async () => {
    answer = (request, response) =>
      request.url?.includes('1.36') ? response.end('v1.36.29') : files(request, response);
    expect(newest(await calendarAt().current(), '1.36')).toBe('v1.36.4');
    expect(warnings).toEqual([
      expect.stringMatching(/stable-1\.36\.txt: it answers v1\.36\.29, which is too far beyond/),
    ]);
    answer = (request, response) =>
      request.url?.includes('1.36') ? response.end('v1.36.28') : files(request, response);
    expect(newest(await calendarAt().current(), '1.36')).toBe('v1.36.28');
  });

  it('does not keep a wrong patch once the same place answers a right one', async () => {
    let now = NOW;
    const releases = calendarAt({ clock: { now: () => now } });
    answer = (request, response) =>
      request.url?.includes('1.36') ? response.end('v1.36.20') : files(request, response);
    expect(newest(await releases.current(), '1.36')).toBe('v1.36.20');
    answer = files;
    now += DAY;
    expect(newest(await releases.current(), '1.36')).toBe('v1.36.9');
  });

  it('forgets nothing that it has learned before', async () => {
    let now = NOW;
    const releases = calendarAt({ clock: { now: () => now } });
    await releases.current();
    answer = (_, response) => response.writeHead(500).end();
    now += DAY;
    expect(await releases.current()).toMatchObject({ asOf: '2026-12-20', minors: { length: 29 } });
  });
});

it.each([
  ['https://a/x', 'https://b/y', true],
  ['http://a/x', 'http://b/y', true],
  ['http://a/x', 'https://a/x', true],
  ['https://a/x', 'http://a/x', false],
  ['http://a/x', 'file:///x', false],
  ['https://a/x', 'ftp://a/x', false],
])('a redirect from %s to %s is followed: %s', (from, to, followed) => {
  expect(mayFollow(new URL(from), new URL(to))).toBe(followed);
});

describe('a proxy', () => {
  let proxy: Server;
  let through: string[];

  beforeEach(() => {
    through = [];
    proxy = createServer((request, response) => {
      through.push(request.url ?? '');
      files({ ...request, url: new URL(request.url ?? '').pathname } as IncomingMessage, response);
    });
  });

  afterEach(() => {
    proxy.closeAllConnections();
    proxy.close();
  });

  it('is used where the environment names one', async () => {
    const proxies = { HTTP_PROXY: `http://127.0.0.1:${await listening(proxy)}` };
    const calendar = await calendarAt({ url: 'http://releases.example/release', proxies }).current();
    expect(newest(calendar, '1.38')).toBe('v1.38.1');
    expect(through).toContain('http://releases.example/release/stable.txt');
  });

  it('is passed by for addresses that need none', async () => {
    const proxies = { HTTP_PROXY: `http://127.0.0.1:${await listening(proxy)}`, NO_PROXY: '127.0.0.1' };
    expect(newest(await calendarAt({ proxies }).current(), '1.38')).toBe('v1.38.1');
    expect(through).toEqual([]);
  });

  it('that is not there is no reason to wait', async () => {
    const proxies = { HTTP_PROXY: 'http://127.0.0.1:1' };
    await calendarAt({ url: 'http://releases.example/release', proxies }).current();
    expect(warnings).toEqual([expect.stringContaining('ECONNREFUSED')]);
  });
});

describe('the memory of the release calendar', () => {
  it('spares the next process the look', async () => {
    const memory = fileMemory(join(folder, 'deep', 'releases.json'));
    await calendarAt({ memory }).current();
    await until(async () => (await memory.read()) !== undefined);
    const calendar = await calendarAt({ memory, clock: { now: () => NOW + 60_000 } }).current();
    expect([newest(calendar, '1.38'), calendar.asOf]).toEqual(['v1.38.1', '2026-12-20']);
    expect(asked).toHaveLength(4);
  });

  it.each([
    ['is damaged', async () => '{"triedAt":'],
    ['holds what nobody here wrote', async () => '{"triedAt":1,"versions":[{"major":9}]}'],
    ['was written by a clock that is ahead', async () => JSON.stringify({ triedAt: NOW + DAY, versions: ['v1.99.0'] })],
    ['is empty', async () => undefined],
    ['fails', () => Promise.reject(new Error('no disk'))],
  ])('is passed over where it %s', async (_what, read) => {
    const calendar = await calendarAt({ memory: { read, write: async () => undefined } }).current();
    expect(newest(calendar, '1.38')).toBe('v1.38.1');
  });

  it('is believed no more than a mirror, and looked up again where it goes too far', async () => {
    const text = JSON.stringify({ triedAt: NOW, completeAt: NOW, versions: ['v1.37.99', 'v1.36.7'] });
    const memory = { read: async () => text, write: async () => undefined };
    const calendar = await calendarAt({ memory, clock: { now: () => NOW + 60_000 } }).current();
    expect([newest(calendar, '1.37'), newest(calendar, '1.36')]).toEqual(['v1.37.4', 'v1.36.9']);
    expect(warnings).toEqual([expect.stringContaining('What was remembered of v1.37.99 is too far')]);
  });

  it('is not waited for longer than anything else, and may fail to keep', async () => {
    const hanging = {
      read: () => new Promise<string>(() => undefined),
      write: () => Promise.reject(new Error('full')),
    };
    const began = performance.now();
    await calendarAt({ memory: hanging, timeoutMs: 200 }).current();
    expect(performance.now() - began).toBeLessThan(2_000);
  });
});

describe('a calendar of one’s own', () => {
  const path = () => join(folder, 'releases.yaml');
  const url = () => pathToFileURL(path()).href;
  const OWN = `
asOf: 2026-12-01
minors:
  - { minor: 1.35, newestPatch: 11, endOfLife: 2028-01-31 }
  - { minor: 1.36, newestPatch: 8, released: 2026-04-22, endOfLife: 2027-06-28 }
`;

  it('takes the place of the bundled one, whose older minors stay and whose newer ones do not', async () => {
    writeFileSync(path(), OWN);
    const calendar = await calendarAt({ url: url() }).current();
    expect([newest(calendar, '1.34'), newest(calendar, '1.35'), newest(calendar, '1.36')]).toEqual([
      'v1.34.9',
      'v1.35.11',
      'v1.36.8',
    ]);
    expect(newest(calendar, '1.37')).toBeUndefined();
    expect(supportOf(calendar, minorOf('1.35'), '2027-12-01')).toEqual({ kind: 'supported', until: '2028-01-31' });
    expect(calendar).toMatchObject({ asOf: '2026-12-01', source: path() });
  });

  it('may be replaced at any time; one that cannot be used leaves the last in force', async () => {
    writeFileSync(path(), OWN);
    const releases = calendarAt({ url: url() });
    writeFileSync(path(), OWN.replace('newestPatch: 8', 'newestPatch: 9'));
    expect(newest(await releases.current(), '1.36')).toBe('v1.36.9');
    writeFileSync(path(), 'asOf: soon');
    expect(newest(await releases.current(), '1.36')).toBe('v1.36.9');
    expect(warnings).toEqual([expect.stringContaining('The one from before stays in force.')]);
  });

  it.each([
    ['is not there', undefined, /ENOENT/],
    ['is not YAML', 'asOf: [', /not YAML/],
    ['lacks its date', OWN.replace('asOf: 2026-12-01', ''), /asOf: write a day/],
    ['has a date that is none', OWN.replace('2028-01-31', '2028-02-31'), /minors\.0\.endOfLife: write a day/],
    ['has a minor that is none', OWN.replace('1.35', '35'), /minors\.0\.minor: write a minor/],
    ['lists no minor', 'asOf: 2026-12-01\nminors: []', /list at least one minor/],
    ['has a gap', OWN.replace('minor: 1.36', 'minor: 1.37'), /look between 1\.35 and 1\.37/],
    ['lists a minor twice', OWN.replace('minor: 1.36', 'minor: 1.35'), /look between 1\.35 and 1\.35/],
    ['has a word that nobody knows', OWN.replace('newestPatch: 8', 'newestPatch: 8, patch: 9'), /patch/],
  ])('that %s is refused at once', (_what, text, words) => {
    if (text !== undefined) writeFileSync(path(), text);
    expect(() => calendarAt({ url: url() })).toThrow(words);
  });

  it('reads 1.40 as a minor and not as a number', async () => {
    writeFileSync(
      path(),
      'asOf: 2027-12-01\nminors:\n  - { minor: 1.38, newestPatch: 1 }\n  - { minor: 1.39, newestPatch: 1 }\n  - { minor: 1.40, newestPatch: 2 }\n',
    );
    expect(newest(await calendarAt({ url: url() }).current(), '1.40')).toBe('v1.40.2');
  });
});

/** Sends without end, as fast as it is read. */
function pour(response: ServerResponse): void {
  const part = Buffer.alloc(64 * 1024, 'v');
  const more = () => {
    while (response.write(part));
  };
  response.on('drain', more);
  more();
}

async function until(holds: () => Promise<boolean>): Promise<void> {
  while (!(await holds())) await new Promise(resolve => setImmediate(resolve));
}
