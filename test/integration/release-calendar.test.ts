import type { IncomingMessage, ServerResponse } from 'node:http';
import { mayFollow } from '../../src/releases/http-text.ts';
import { newestMinor, newestOf, supportOf } from '../../src/version/calendar.ts';
import { formatVersion } from '../../src/version/kubernetes-version.ts';
import { EXAMPLE_CALENDAR } from '../support/calendar.ts';
import { minorOf } from '../support/version.ts';
import { type Answer, files, NOW, newest, ReleaseSite } from './release-site.ts';

const DAY = 24 * 60 * 60 * 1000;

let site: ReleaseSite;

beforeEach(async () => {
  site = await ReleaseSite.open();
});
afterEach(() => site.close());

describe('the release calendar', () => {
  it('learns of new patches and of a new minor, is as old as today, and keeps the dates that it had', async () => {
    const calendar = await site.calendarAt().current();
    expect(['1.38', '1.37', '1.36', '1.35', '1.34'].map(minor => newest(calendar, minor))).toEqual([
      'v1.38.1',
      'v1.37.4',
      'v1.36.9',
      'v1.35.12',
      'v1.34.9',
    ]);
    expect(calendar).toMatchObject({ asOf: '2026-12-20', source: site.base, planned: undefined });
    expect(supportOf(calendar, minorOf('1.35'), '2026-12-20')).toEqual({ kind: 'supported', until: '2027-02-28' });
    expect(site.warnings).toEqual([]);
  });

  it('asks once for all who ask at the same time, and again only after hours', async () => {
    let now = NOW;
    const releases = site.calendarAt({ clock: { now: () => now } });
    await Promise.all([releases.current(), releases.current(), releases.current()]);
    now += 5 * 60 * 60 * 1000;
    await releases.current();
    expect(site.asked).toHaveLength(4);
    now += 2 * 60 * 60 * 1000;
    await releases.current();
    expect(site.asked).toHaveLength(8);
  });

  it('finds the minors between the newest that it knew and the newest there is', async () => {
    site.answer = ({ url = '' }, response) => {
      const minor = /stable-1\.(\d+)\.txt$/.exec(url)?.[1];
      response.end(minor === undefined ? 'v1.43.0' : `v1.${minor}.7`);
    };
    const calendar = await site.calendarAt().current();
    expect(formatVersion(newestOf(newestMinor(calendar)))).toBe('v1.43.0');
    expect(newest(calendar, '1.38')).toBe('v1.38.7');
  });

  it('follows a redirect, as dl.k8s.io gives one', async () => {
    site.answer = (request, response) => {
      if (request.url?.startsWith('/cdn'))
        return files({ ...request, url: request.url.slice(4) } as IncomingMessage, response);
      response.writeHead(302, { location: `/cdn${request.url}` }).end();
    };
    expect(newest(await site.calendarAt().current(), '1.37')).toBe('v1.37.4');
  });

  it('never asks where it is switched off', async () => {
    expect(await site.calendarAt({ url: 'off' }).current()).toBe(EXAMPLE_CALENDAR);
    expect(site.asked).toEqual([]);
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
    site.answer = how;
    expect(await site.calendarAt().current()).toMatchObject({
      asOf: EXAMPLE_CALENDAR.asOf,
      minors: EXAMPLE_CALENDAR.minors,
    });
    expect(site.warnings).toEqual([expect.stringMatching(words)]);
  });

  it('keeps nobody waiting longer than its time-out, nor again within minutes', async () => {
    site.answer = () => undefined;
    let now = NOW;
    const releases = site.calendarAt({ timeoutMs: 200, clock: { now: () => now } });
    const began = performance.now();
    await Promise.all([releases.current(), releases.current()]);
    expect(performance.now() - began).toBeLessThan(2_000);
    expect(site.warnings).toEqual([expect.stringContaining('stable.txt: no answer in time')]);
    now += 9 * 60 * 1000;
    await releases.current();
    expect(site.asked).toHaveLength(1);
    now += 2 * 60 * 1000;
    site.answer = files;
    expect(newest(await releases.current(), '1.38')).toBe('v1.38.1');
  });

  it('does not wait for an answer that drips', async () => {
    site.answer = (_, response) => {
      response.writeHead(200);
      response.write('v1.');
    };
    const began = performance.now();
    await site.calendarAt({ timeoutMs: 200 }).current();
    expect(performance.now() - began).toBeLessThan(2_000);
  });

  it('takes what it could find, but stays as old as what it could not', async () => {
    site.answer = (request, response) =>
      request.url?.includes('1.36') ? response.writeHead(503).end() : files(request, response);
    const calendar = await site.calendarAt().current();
    expect([newest(calendar, '1.37'), newest(calendar, '1.36')]).toEqual(['v1.37.4', 'v1.36.4']);
    expect(calendar.asOf).toBe(EXAMPLE_CALENDAR.asOf);
    expect(site.warnings).toEqual([expect.stringContaining('stable-1.36.txt: it answers 503')]);
  });

  it('refuses the word of one minor about another', async () => {
    site.answer = (_, response) => response.end('v1.38.1');
    await site.calendarAt().current();
    expect(site.warnings).toEqual([expect.stringContaining('stable-1.37.txt: it speaks of another minor')]);
  });

  it('believes no patch that is far beyond the others of its minor, and as much as can have come out', async () => {
    site.answer = (request, response) =>
      request.url?.includes('1.36') ? response.end('v1.36.29') : files(request, response);
    expect(newest(await site.calendarAt().current(), '1.36')).toBe('v1.36.4');
    expect(site.warnings).toEqual([
      expect.stringMatching(/stable-1\.36\.txt: it answers v1\.36\.29, which is too far beyond/),
    ]);
    site.answer = (request, response) =>
      request.url?.includes('1.36') ? response.end('v1.36.28') : files(request, response);
    expect(newest(await site.calendarAt().current(), '1.36')).toBe('v1.36.28');
  });

  it('does not keep a wrong patch once the same place answers a right one', async () => {
    let now = NOW;
    const releases = site.calendarAt({ clock: { now: () => now } });
    site.answer = (request, response) =>
      request.url?.includes('1.36') ? response.end('v1.36.20') : files(request, response);
    expect(newest(await releases.current(), '1.36')).toBe('v1.36.20');
    site.answer = files;
    now += DAY;
    expect(newest(await releases.current(), '1.36')).toBe('v1.36.9');
  });

  it('forgets nothing that it has learned before', async () => {
    let now = NOW;
    const releases = site.calendarAt({ clock: { now: () => now } });
    await releases.current();
    site.answer = (_, response) => response.writeHead(500).end();
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

/** Sends without end, as fast as it is read. */
function pour(response: ServerResponse): void {
  const part = Buffer.alloc(64 * 1024, 'v');
  const more = () => {
    while (response.write(part));
  };
  response.on('drain', more);
  more();
}
