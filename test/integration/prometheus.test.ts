import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connectPrometheus } from '../../src/prometheus/prometheus.ts';
import { type Reply, startPrometheus, vector } from '../support/prometheus.ts';

type Prometheus = Awaited<ReturnType<typeof startPrometheus>>;
const NEVER = new AbortController().signal;
const QUERY = 'ALERTS{alertstate="firing"} and on() (up == 1)';

let prometheus: Prometheus;

beforeAll(async () => {
  prometheus = await startPrometheus();
});
afterAll(() => prometheus.stop());
beforeEach(() => {
  prometheus.asked.splice(0);
});

const answerTo = (reply: Reply, tokenFile?: string) => {
  prometheus.answers(() => reply);
  return connectPrometheus({ url: prometheus.url, tokenFile }).ask(QUERY, NEVER);
};
const success = (data: object): Reply => ({ body: { status: 'success', data } });

describe('Prometheus', () => {
  it('is asked the very query, and says nothing where all is well', async () => {
    expect(await answerTo(vector())).toEqual({ kind: 'samples', samples: [] });
    expect(prometheus.asked).toMatchObject([{ path: '/api/v1/query', query: QUERY }]);
    expect(prometheus.asked[0]?.headers.authorization).toBeUndefined();
  });

  it('may lie below a path', async () => {
    prometheus.answers(() => vector());
    const below = connectPrometheus({ url: `${prometheus.url}/prom/`, tokenFile: undefined });
    await below.ask(QUERY, NEVER);
    expect(prometheus.asked[0]?.path).toBe('/prom/api/v1/query');
  });

  it.each<[string, Reply, string[]]>([
    ['samples', vector({ __name__: 'up', job: 'a"b' }, { job: 'c' }), ['up{job="a\\"b"} 1', '{job="c"} 1']],
    [
      'a histogram, which has no single value',
      success({ resultType: 'vector', result: [{ metric: { a: 'b' }, histogram: [1, {}] }] }),
      ['{a="b"}'],
    ],
    ['a range', success({ resultType: 'matrix', result: [{ metric: { a: 'b' }, values: [[1, '2']] }] }), ['{a="b"}']],
    ['a scalar, which is never nothing', success({ resultType: 'scalar', result: [1, '0'] }), ['0']],
    ['a string', success({ resultType: 'string', result: [1, 'x'] }), ['x']],
  ])('says what is wrong by %s', async (_what, reply, samples) => {
    expect(await answerTo(reply)).toEqual({ kind: 'samples', samples });
  });

  it.each<[string, Reply, string | RegExp]>([
    [
      'an error of the query',
      { code: 400, body: { status: 'error', errorType: 'bad_data', error: 'parse error: unexpected "}"' } },
      'parse error: unexpected "}"',
    ],
    ['another server', { body: '<html>login</html>' }, 'it answers 200, and not as Prometheus does'],
    ['a refusal', { code: 401, body: 'Unauthorized' }, 'it answers 401, and not as Prometheus does'],
    [
      'success that is none',
      { code: 503, body: { status: 'success', data: { resultType: 'vector', result: [] } } },
      'it answers 503',
    ],
    [
      'an answer that is not the whole one',
      {
        body: { status: 'success', warnings: ['store-1 does not answer'], data: { resultType: 'vector', result: [] } },
      },
      'its answer is not the whole one: store-1 does not answer',
    ],
    ['data of another kind', success({ resultType: 'streams', result: [] }), /not as Prometheus does/],
  ])('has not said that all is well with %s', async (_what, reply, why) => {
    const answer = await answerTo(reply);
    expect(answer).toEqual({ kind: 'failed', why: typeof why === 'string' ? why : expect.stringMatching(why) });
  });

  it('has not said so either where nobody answers', async () => {
    const gone = await startPrometheus();
    await gone.stop();
    const answer = await connectPrometheus({ url: gone.url, tokenFile: undefined }).ask(QUERY, NEVER);
    expect(answer).toMatchObject({ kind: 'failed', why: expect.stringContaining('ECONNREFUSED') });
  });

  it('has ten seconds for it', async () => {
    const began = performance.now();
    expect(await answerTo('silence')).toEqual({ kind: 'failed', why: 'no answer within 10 s' });
    expect(performance.now() - began).toBeLessThan(15_000);
  }, 20_000);

  it('is let go with the step that asks', async () => {
    prometheus.answers(() => 'silence');
    const step = new AbortController();
    const asked = connectPrometheus({ url: prometheus.url, tokenFile: undefined }).ask(QUERY, step.signal);
    step.abort(new Error('the step is over'));
    await expect(asked).rejects.toThrow('the step is over');
  });

  it('gets the token that stands in the file now', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'capstan-token-'));
    const file = join(folder, 'token');
    for (const token of ['one', 'two']) {
      writeFileSync(file, `${token}\n`);
      await answerTo(vector(), file);
    }
    expect(prometheus.asked.map(({ headers }) => headers.authorization)).toEqual(['Bearer one', 'Bearer two']);
    rmSync(folder, { recursive: true });
    expect(await answerTo(vector(), file)).toMatchObject({ kind: 'failed', why: expect.stringContaining('ENOENT') });
  });

  it('cannot send the token elsewhere', async () => {
    prometheus.answers(() => ({ code: 302, body: '' }));
    const answer = await connectPrometheus({ url: prometheus.url, tokenFile: undefined }).ask(QUERY, NEVER);
    expect(answer.kind).toBe('failed');
  });
});
