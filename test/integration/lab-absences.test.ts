import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Timeline } from '../lab/timeline.ts';
import { type Absence, absencesOf, plainAnswerOf } from '../lab/watchers/answers.ts';
import { ClientWatcher } from '../lab/watchers/client.ts';

/** What the lab's watchers make of answers that stay away. */

let server: Server;
let address: string;
/** One after another, and the last of them from then on. */
let answers: number[];

beforeEach(async () => {
  server = createServer((_request, response) => {
    const [next = 200, ...others] = answers;
    if (others.length > 0) answers = others;
    response.writeHead(next).end();
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  address = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
});
afterEach(() => server.close());

/** Until so much has been told. */
async function absencesTold(count: number) {
  const absences: Absence[] = [];
  const told: string[] = [];
  const watching = new AbortController();
  const question = {
    what: 'the API',
    everyMs: 5,
    misses: 3,
    ask: () => plainAnswerOf(address, 5_000),
    told: (text: string) => {
      if (told.push(text.replace(/[\d.]+ s$/, 'N s')) === count) watching.abort();
    },
  };
  await absencesOf(question, absences, watching.signal);
  return { absences, told };
}

test('an absence begins with the first of several answers in a row that are not good, and ends with one that is', async () => {
  answers = [200, 503, 503, 200, 503, 503, 503, 503, 200];
  const { absences, told } = await absencesTold(2);
  expect(told).toEqual(['the API does not answer (503)', 'the API is back after N s']);
  expect(absences).toEqual([{ from: expect.any(Number), to: expect.any(Number) }]);
  const [{ from, to = 0 } = { from: 0 }] = absences;
  expect(to).toBeGreaterThan(from);
});

test('an absence that lasts has no end', async () => {
  answers = [200, 500];
  const { absences } = await absencesTold(1);
  expect(absences).toEqual([{ from: expect.any(Number) }]);
});

test('nobody who listens is an absence as well', async () => {
  server.close();
  const { told } = await absencesTold(1);
  expect(told).toEqual([expect.stringMatching(/^the API does not answer \(.*ECONNREFUSED/)]);
});

test('a client of the Service counts every call, and tells each that failed', async () => {
  answers = [200, 502, 200];
  const told: string[] = [];
  const watching = new AbortController();
  const watcher = new ClientWatcher();
  const timeline = new Timeline(line => {
    told.push(line);
    watching.abort();
  });
  await watcher.watch([address], timeline, watching.signal);
  expect(told).toEqual([expect.stringContaining(`CLIENT FAILED: ${address}: 502`)]);
  expect(watcher.failures).toEqual([expect.stringMatching(`^${address}: 502, after \\d+ ms$`)]);
  expect(watcher.calls).toBeGreaterThanOrEqual(2);
});
