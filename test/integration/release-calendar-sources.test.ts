import { writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { fileMemory } from '../../src/releases/file-memory.ts';
import { supportOf } from '../../src/version/calendar.ts';
import { minorOf } from '../support/version.ts';
import { files, listening, NOW, newest, ReleaseSite } from './release-site.ts';

const DAY = 24 * 60 * 60 * 1000;

let site: ReleaseSite;

beforeEach(async () => {
  site = await ReleaseSite.open();
});
afterEach(() => site.close());

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
    const calendar = await site.calendarAt({ url: 'http://releases.example/release', proxies }).current();
    expect(newest(calendar, '1.38')).toBe('v1.38.1');
    expect(through).toContain('http://releases.example/release/stable.txt');
  });

  it('is passed by for addresses that need none', async () => {
    const proxies = { HTTP_PROXY: `http://127.0.0.1:${await listening(proxy)}`, NO_PROXY: '127.0.0.1' };
    expect(newest(await site.calendarAt({ proxies }).current(), '1.38')).toBe('v1.38.1');
    expect(through).toEqual([]);
  });

  it('that is not there is no reason to wait', async () => {
    const proxies = { HTTP_PROXY: 'http://127.0.0.1:1' };
    await site.calendarAt({ url: 'http://releases.example/release', proxies }).current();
    expect(site.warnings).toEqual([expect.stringContaining('ECONNREFUSED')]);
  });
});

describe('the memory of the release calendar', () => {
  it('spares the next process the look', async () => {
    const memory = fileMemory(join(site.folder, 'deep', 'releases.json'));
    await site.calendarAt({ memory }).current();
    await until(async () => (await memory.read()) !== undefined);
    const calendar = await site.calendarAt({ memory, clock: { now: () => NOW + 60_000 } }).current();
    expect([newest(calendar, '1.38'), calendar.asOf]).toEqual(['v1.38.1', '2026-12-20']);
    expect(site.asked).toHaveLength(4);
  });

  it.each([
    ['is damaged', async () => '{"triedAt":'],
    ['holds what nobody here wrote', async () => '{"triedAt":1,"versions":[{"major":9}]}'],
    ['was written by a clock that is ahead', async () => JSON.stringify({ triedAt: NOW + DAY, versions: ['v1.99.0'] })],
    ['is empty', async () => undefined],
    ['fails', () => Promise.reject(new Error('no disk'))],
  ])('is passed over where it %s', async (_what, read) => {
    const calendar = await site.calendarAt({ memory: { read, write: async () => undefined } }).current();
    expect(newest(calendar, '1.38')).toBe('v1.38.1');
  });

  it('is believed no more than a mirror, and looked up again where it goes too far', async () => {
    const text = JSON.stringify({ triedAt: NOW, completeAt: NOW, versions: ['v1.37.99', 'v1.36.7'] });
    const memory = { read: async () => text, write: async () => undefined };
    const calendar = await site.calendarAt({ memory, clock: { now: () => NOW + 60_000 } }).current();
    expect([newest(calendar, '1.37'), newest(calendar, '1.36')]).toEqual(['v1.37.4', 'v1.36.9']);
    expect(site.warnings).toEqual([expect.stringContaining('What was remembered of v1.37.99 is too far')]);
  });

  it('is not waited for longer than anything else, and may fail to keep', async () => {
    const hanging = {
      read: () => new Promise<string>(() => undefined),
      write: () => Promise.reject(new Error('full')),
    };
    const began = performance.now();
    await site.calendarAt({ memory: hanging, timeoutMs: 200 }).current();
    expect(performance.now() - began).toBeLessThan(2_000);
  });
});

describe('a calendar of one’s own', () => {
  const path = () => join(site.folder, 'releases.yaml');
  const url = () => pathToFileURL(path()).href;
  const OWN = `
asOf: 2026-12-01
minors:
  - { minor: 1.35, newestPatch: 11, endOfLife: 2028-01-31 }
  - { minor: 1.36, newestPatch: 8, released: 2026-04-22, endOfLife: 2027-06-28 }
`;

  it('takes the place of the bundled one, whose older minors stay and whose newer ones do not', async () => {
    writeFileSync(path(), OWN);
    const calendar = await site.calendarAt({ url: url() }).current();
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
    const releases = site.calendarAt({ url: url() });
    writeFileSync(path(), OWN.replace('newestPatch: 8', 'newestPatch: 9'));
    expect(newest(await releases.current(), '1.36')).toBe('v1.36.9');
    writeFileSync(path(), 'asOf: soon');
    expect(newest(await releases.current(), '1.36')).toBe('v1.36.9');
    expect(site.warnings).toEqual([expect.stringContaining('The one from before stays in force.')]);
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
    expect(() => site.calendarAt({ url: url() })).toThrow(words);
  });

  it('reads 1.40 as a minor and not as a number', async () => {
    writeFileSync(
      path(),
      'asOf: 2027-12-01\nminors:\n  - { minor: 1.38, newestPatch: 1 }\n  - { minor: 1.39, newestPatch: 1 }\n  - { minor: 1.40, newestPatch: 2 }\n',
    );
    expect(newest(await site.calendarAt({ url: url() }).current(), '1.40')).toBe('v1.40.2');
  });
});

async function until(holds: () => Promise<boolean>): Promise<void> {
  while (!(await holds())) await new Promise(resolve => setImmediate(resolve));
}
