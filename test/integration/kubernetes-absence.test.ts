import { ClusterRefused, ClusterUnreachable } from '../../src/app/ports.ts';
import type { NodeView } from '../../src/cluster/snapshot.ts';
import type { ConnectedKubernetes } from '../../src/kubernetes/kubernetes.ts';
import { NEVER, type Stage, startStage } from '../support/kubernetes.ts';
import { failure, type Meddling, next, PASS } from '../support/meddling-proxy.ts';

let stage: Stage;

beforeEach(async () => {
  stage = await startStage();
});

afterEach(() => stage.stop());

const NODE = 'worker-1';
const GET = `GET /api/v1/nodes/${NODE}`;
const READY = 'GET /readyz';
const FORBIDDEN = failure(403, 'Forbidden', 'nodes "worker-1" is forbidden: User "x" cannot get resource "nodes"');

function getNode(kubernetes: ConnectedKubernetes = stage.kubernetes, signal = NEVER): Promise<NodeView | undefined> {
  return kubernetes.nodes.get(NODE, signal);
}

async function errorOf(promise: Promise<unknown>): Promise<Error> {
  try {
    await promise;
  } catch (error) {
    if (error instanceof Error) return error;
  }
  throw new Error('expected it to fail');
}

describe('an absence of the API server', () => {
  it('is waited for: hanging, refusing connections, and 403 to everybody at its end', async () => {
    await getNode();
    stage.cluster.faults.outage(
      { mode: 'hang', seconds: 20 },
      { mode: 'refuse', seconds: 20 },
      { mode: 'forbid', seconds: 20 },
    );
    expect((await getNode())?.name).toBe(NODE);
    expect(stage.warnings).toEqual([
      expect.stringContaining(`${stage.proxy.url} is away: `),
      expect.stringContaining('answers again'),
    ]);
  });

  it.each<[string, Meddling]>([
    ['500', failure(500, 'InternalError', 'etcdserver: leader changed')],
    ['503 in plain text', { kind: 'answer', code: 503, body: 'no healthy upstream' }],
    ['504', failure(504, 'Timeout', 'the server was unable to return a response in the time allotted')],
    ['a cut connection', { kind: 'cut' }],
    ['an answer that is no JSON', { kind: 'answer', code: 200, body: '<html>' }],
  ])('shows itself by %s', async (_, meddling) => {
    stage.proxy.meddle = next(2, 'GET /api/v1/nodes?', meddling);
    expect(await stage.kubernetes.reader.nodes(NEVER)).toHaveLength(3);
    expect(stage.warnings).toHaveLength(2);
  });

  it('is told from too many requests (429), whose Retry-After is kept to', async () => {
    const meddling = failure(429, 'TooManyRequests', 'please try again later', { 'retry-after': '1' });
    stage.proxy.meddle = next(1, GET, meddling);
    const before = performance.now();
    expect((await getNode())?.name).toBe(NODE);
    expect(performance.now() - before).toBeGreaterThan(990);
    expect(stage.warnings).toEqual([]);
  });

  it('is told from a kept connection that the server has closed: that is opened anew without a word', async () => {
    await getNode();
    stage.proxy.meddle = next(1, GET, { kind: 'cut' });
    expect((await getNode())?.name).toBe(NODE);
    expect(stage.warnings).toEqual([]);
  });

  it('is not waited for longer than the patience; then address, request and last sign are named', async () => {
    const impatient = stage.connect({ patienceMs: 1_500 });
    stage.proxy.meddle = () => failure(503, 'ServiceUnavailable', 'apiserver is shutting down');
    const before = performance.now();
    const error = await errorOf(getNode(impatient));
    expect(performance.now() - before).toBeLessThan(3_000);
    expect(error).toBeInstanceOf(ClusterUnreachable);
    expect(error.message).toContain(stage.proxy.url);
    expect(error.message).toContain(`get nodes ${NODE}`);
    expect(error.message).toContain('503 (apiserver is shutting down)');
  });

  it('ends within the patience even where every request hangs', async () => {
    const impatient = stage.connect({ patienceMs: 600 });
    stage.cluster.faults.outage({ mode: 'hang', seconds: 600 });
    const before = performance.now();
    const error = await errorOf(getNode(impatient));
    expect(error.message).toContain('did not answer');
    expect(performance.now() - before).toBeLessThan(2_000);
  });

  it('is left at once when the signal aborts, by a hanging request and by a pause', async () => {
    for (const mode of ['hang', 'refuse'] as const) {
      const stop = new AbortController();
      const reason = new Error('enough');
      stage.cluster.faults.outage({ mode, seconds: 600 });
      const pending = errorOf(getNode(stage.kubernetes, stop.signal));
      setTimeout(() => stop.abort(reason), 100);
      const before = performance.now();
      expect(await pending).toBe(reason);
      expect(performance.now() - before).toBeLessThan(1_000);
    }
  });
});

describe('a refusal', () => {
  it('is believed when the server says that it is ready and refuses once more', async () => {
    stage.proxy.meddle = line => (line.startsWith(GET) ? FORBIDDEN : PASS);
    const error = await errorOf(getNode());
    expect(error).toBeInstanceOf(ClusterRefused);
    expect(error.message).toContain(`does not let us get nodes ${NODE}`);
    expect([stage.proxy.count(GET), stage.proxy.count(READY)]).toEqual([2, 1]);
  });

  it.each<[string, Meddling]>([
    ['401', failure(401, 'Unauthorized', 'Unauthorized')],
    ['403', FORBIDDEN],
    ['404', failure(404, 'NotFound', 'nodes "worker-1" not found')],
  ])('by %s is not believed while the server is not ready', async (_, meddling) => {
    let ready = 0;
    stage.proxy.meddle = line => {
      if (line.startsWith(READY)) {
        ready += 1;
        return ready < 3 ? failure(403, 'Forbidden', 'forbidden: User "x" cannot get path "/readyz"') : PASS;
      }
      return ready < 3 ? meddling : PASS;
    };
    expect((await getNode())?.name).toBe(NODE);
    expect(ready).toBe(3);
  });

  it.each([403, 404])('by %i is believed at once long after the last outage', async code => {
    const calm = stage.connect({ doubtMs: 0 });
    stage.proxy.meddle = line => (line.startsWith(GET) ? failure(code, 'X', 'no') : PASS);
    if (code === 404) expect(await getNode(calm)).toBeUndefined();
    else expect(await errorOf(getNode(calm))).toBeInstanceOf(ClusterRefused);
    expect([stage.proxy.count(GET), stage.proxy.count(READY)]).toEqual([1, 0]);
  });

  it('is believed in the end where readiness cannot be asked for', async () => {
    const patient = stage.connect({ doubtMs: 500 });
    stage.proxy.meddle = () => FORBIDDEN;
    expect(await errorOf(getNode(patient))).toBeInstanceOf(ClusterRefused);
    expect(stage.proxy.count(GET)).toBeGreaterThan(1);
  });

  it('is what a doubt comes to when the patience is over', async () => {
    const impatient = stage.connect({ patienceMs: 400 });
    stage.proxy.meddle = () => failure(401, 'Unauthorized', 'Unauthorized');
    const error = await errorOf(getNode(impatient));
    expect(error).toBeInstanceOf(ClusterRefused);
    expect(error.message).toContain('Unauthorized');
  });

  it('of a wrong token is told quickly, because readiness is asked for without it', async () => {
    const stranger = stage.connect({ kubeconfig: stage.kubeconfig(text => text.replace(/token: .*/, 'token: wrong')) });
    const before = performance.now();
    const error = await errorOf(getNode(stranger));
    expect(error).toBeInstanceOf(ClusterRefused);
    expect(performance.now() - before).toBeLessThan(2_000);
  });

  it.each([400, 405, 413, 422])('is also any other answer that nobody expects, such as %i', async code => {
    stage.proxy.meddle = line => (line.startsWith(GET) ? failure(code, 'X', 'denied the request') : PASS);
    const error = await errorOf(getNode());
    expect(error).toBeInstanceOf(ClusterRefused);
    expect(error.message).toContain(`answered ${code} when asked to get nodes ${NODE}: denied the request`);
  });
});
