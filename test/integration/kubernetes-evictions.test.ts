import { ClusterRefused, type HowToEvict } from '../../src/app/ports.ts';
import type { PodView } from '../../src/cluster/snapshot.ts';
import type { EvictionOutcome, Trouble } from '../../src/drain/eviction.ts';
import { NEVER, type Stage, startStage } from '../support/kubernetes.ts';
import { failure, type Meddling, next, PASS } from '../support/meddling-proxy.ts';

let stage: Stage;
let web: readonly PodView[];

beforeEach(async () => {
  // In real time, so that no replacement is ready before a test has ended.
  stage = await startStage({}, { speed: 1 });
  web = await podsOf('web');
});

afterEach(() => stage.stop());

async function podsOf(app: string): Promise<readonly PodView[]> {
  const { pods } = await stage.kubernetes.reader.snapshot(NEVER);
  return pods.filter(({ labels }) => labels.app === app);
}

function evict(pod: PodView | undefined, how: Partial<HowToEvict> = {}, signal = NEVER): Promise<EvictionOutcome> {
  if (!pod) throw new Error('the scenario has no such pod');
  return stage.kubernetes.pods.evict(pod, { graceSeconds: undefined, mayBeGranted: false, ...how }, signal);
}

function trouble(code: number, detail: string): Trouble {
  return { code, detail, retryAfterSeconds: undefined };
}

function isThere({ uid }: PodView): boolean {
  return stage.cluster.pods().some(({ metadata }) => metadata.uid === uid);
}

async function budget(name: string, minAvailable: number, namespace = 'default'): Promise<void> {
  const spec = { minAvailable, selector: { matchLabels: { app: 'web' } } };
  await stage.kubernetes.client.policy.createNamespacedPodDisruptionBudget({
    namespace,
    body: { metadata: { name }, spec },
  });
}

describe('a deletion by order', () => {
  it('lets a pod go whatever its budget says, with its own grace period', async () => {
    const [pod] = web;
    if (!pod) throw new Error('the scenario has no such pod');
    await budget('all', 3);
    expect(await stage.kubernetes.pods.delete(pod, NEVER)).toEqual({ kind: 'evicted' });
    const left = stage.cluster.pods().find(({ metadata }) => metadata.uid === pod.uid);
    expect(left?.metadata.deletionGracePeriodSeconds).toBe(30);
    expect(await stage.kubernetes.pods.delete(pod, NEVER)).toEqual({ kind: 'evicted' });
  });

  it('spares a pod of the same name that came later', async () => {
    const [pod] = web;
    if (!pod) throw new Error('the scenario has no such pod');
    const other = { ...pod, uid: '00000000-0000-4000-8000-000000000000' };
    expect(await stage.kubernetes.pods.delete(other, NEVER)).toEqual({ kind: 'gone' });
    expect(isThere(pod)).toBe(true);
    expect(await stage.kubernetes.pods.delete({ ...pod, name: 'nobody' }, NEVER)).toEqual({ kind: 'gone' });
  });
});

describe('an eviction', () => {
  it('lets a pod go that its budget can spare, however often it is asked for', async () => {
    const [pod] = web;
    expect(await evict(pod)).toEqual({ kind: 'evicted' });
    expect(await evict(pod)).toEqual({ kind: 'evicted' });
  });

  it('is refused by a budget that is used up, which is named with what it needs', async () => {
    await evict(web[0]);
    expect(await evict(web[1])).toEqual({
      kind: 'refused',
      budget: 'web',
      detail: expect.stringMatching(/^The disruption budget web needs 2 healthy pods and has \d currently$/),
      retryAfterSeconds: undefined,
    });
  });

  it('gives the pod its own grace period, unless it is told another', async () => {
    const graceOf = ({ uid }: PodView) =>
      stage.cluster.pods().find(({ metadata }) => metadata.uid === uid)?.metadata.deletionGracePeriodSeconds;
    const [pod] = web;
    if (!pod) throw new Error('the scenario has no such pod');
    await evict(pod);
    const own = graceOf(pod);
    expect(own).toBeGreaterThan(1);
    // A second eviction may shorten it, never lengthen it.
    await evict(pod, { graceSeconds: 1 });
    expect(graceOf(pod)).toBe(1);
  });

  it('finds the pod gone where there is none of the name', async () => {
    const [pod] = web;
    expect(await evict(pod && { ...pod, name: 'nobody' })).toEqual({ kind: 'gone' });
  });

  it('finds the pod gone where the name belongs to another now, and leaves that one alone', async () => {
    const [pod] = web;
    if (!pod) throw new Error('the scenario has no such pod');
    expect(await evict({ ...pod, uid: '00000000-0000-4000-8000-000000000000' })).toEqual({ kind: 'gone' });
    expect(isThere(pod)).toBe(true);
  });

  it('is not now, where the very pod was being written at the same time', async () => {
    const conflict = failure(409, 'Conflict', 'the object has been modified');
    stage.proxy.meddle = line => (line.endsWith('/eviction') ? conflict : PASS);
    expect(await evict(web[0])).toMatchObject({ kind: 'refused', budget: undefined, retryAfterSeconds: 1 });
  });

  it('is hopeless under two budgets', async () => {
    await budget('another', 0);
    expect(await evict(web[0])).toEqual({
      kind: 'misconfigured',
      detail: expect.stringContaining('more than one PodDisruptionBudget'),
    });
  });

  it('is none of our business in a namespace that is being deleted', async () => {
    const body = JSON.stringify({
      kind: 'Status',
      apiVersion: 'v1',
      status: 'Failure',
      message:
        'pods "web" is forbidden: unable to create new content in namespace default because it is being terminated',
      reason: 'Forbidden',
      details: { name: 'web', kind: 'pods', causes: [{ reason: 'NamespaceTerminating', field: 'metadata.namespace' }] },
      code: 403,
    });
    stage.proxy.meddle = line => (line.startsWith('POST') ? { kind: 'answer', code: 403, body } : PASS);
    expect(await evict(web[0])).toEqual({
      kind: 'namespace-terminating',
      detail: expect.stringContaining('because it is being terminated'),
    });
  });

  it.each<[string, Meddling, Trouble]>([
    [
      '500 of its storage',
      failure(500, 'InternalError', 'etcdserver: no leader'),
      trouble(500, 'etcdserver: no leader'),
    ],
    ['503 in plain text', { kind: 'answer', code: 503, body: 'no upstream' }, trouble(503, 'no upstream')],
    [
      '504 of another kind than a budget’s',
      failure(504, 'Timeout', 'Timeout: request did not complete within requested timeout'),
      trouble(504, 'Timeout: request did not complete within requested timeout'),
    ],
    ['404 of something in between', { kind: 'answer', code: 404, body: 'no such page' }, trouble(404, 'no such page')],
    [
      '429 without a cause',
      failure(429, 'TooManyRequests', 'too many requests', { 'retry-after': '3' }),
      { ...trouble(429, 'too many requests'), retryAfterSeconds: 3 },
    ],
  ])(
    'that the server answers with %s is in trouble, and so is a deletion: neither is asked for again',
    async (...row) => {
      const [, meddling, outcome] = row;
      const [pod] = web;
      if (!pod) throw new Error('the scenario has no such pod');
      stage.proxy.meddle = line => (/^(POST|DELETE)/.test(line) ? meddling : PASS);
      expect(await evict(pod)).toEqual({ kind: 'trouble', ...outcome });
      expect(await stage.kubernetes.pods.delete(pod, NEVER)).toEqual({ kind: 'trouble', ...outcome });
      // 404 may be that of a server that has just come, which is asked a second time.
      const times = outcome.code === 404 ? 2 : 1;
      expect([stage.proxy.count('POST'), stage.proxy.count('DELETE')]).toEqual([times, times]);
      stage.proxy.meddle = () => PASS;
      expect(await evict(pod, { mayBeGranted: true })).toEqual({ kind: 'evicted' });
    },
  );

  it('that may have been granted before is asked for only where the pod is still there, and stays', async () => {
    const [pod, other] = web;
    const again = { mayBeGranted: true };
    expect(await evict(pod)).toEqual({ kind: 'evicted' });
    expect(await evict(pod, again)).toEqual({ kind: 'evicted' });
    expect(await evict(pod && { ...pod, uid: '00000000-0000-4000-8000-000000000000' }, again)).toEqual({
      kind: 'gone',
    });
    expect(await evict(pod && { ...pod, name: 'nobody' }, again)).toEqual({ kind: 'gone' });
    expect(stage.proxy.count('POST')).toBe(1);
    expect(await evict(other, again)).toMatchObject({ kind: 'refused', budget: 'web' });
    expect(stage.proxy.count('POST')).toBe(2);
  });

  it('has happened though its answer was lost', async () => {
    stage.proxy.meddle = next(1, 'POST', { kind: 'lose-answer' });
    expect(await evict(web[0])).toEqual({ kind: 'evicted' });
    const leaving = stage.cluster.pods().filter(({ metadata }) => metadata.labels?.app === 'web');
    expect(leaving.filter(({ metadata }) => metadata.deletionTimestamp !== undefined).length).toBeLessThanOrEqual(1);
    expect(stage.proxy.count('POST')).toBe(1);
  });

  it('is asked for once more where its answer was lost and the pod stays, or stops later than it should', async () => {
    const [pod, other] = web;
    stage.proxy.meddle = next(1, 'POST', { kind: 'cut' });
    expect(await evict(pod)).toEqual({ kind: 'evicted' });
    expect(stage.proxy.count('POST')).toBe(2);
    if (!other) throw new Error('the scenario has no such pod');
    await stage.kubernetes.pods.delete(other, NEVER);
    stage.proxy.meddle = next(1, 'POST', { kind: 'cut' });
    expect(await evict(other, { graceSeconds: 1 })).toEqual({ kind: 'evicted' });
    expect(stage.proxy.count('POST')).toBe(4);
  });

  it('is finished although its drain ends while it is under way, and not asked for again', async () => {
    const drain = new AbortController();
    const [pod] = web;
    if (!pod) throw new Error('the scenario has no such pod');
    stage.proxy.meddle = line => {
      if (line.startsWith('POST')) drain.abort(new Error('skipped'));
      return PASS;
    };
    expect(await evict(pod, {}, drain.signal)).toEqual({ kind: 'evicted' });
    await expect(evict(pod, {}, drain.signal)).rejects.toThrow('skipped');
    expect(stage.proxy.count('POST')).toBe(1);
  });

  it('that RBAC forbids throws, and says so', async () => {
    const forbidden = failure(403, 'Forbidden', 'User "x" cannot create resource "pods/eviction" in API group ""');
    stage.proxy.meddle = line => (line.startsWith('POST') ? forbidden : PASS);
    await expect(evict(web[0])).rejects.toThrow(ClusterRefused);
    await expect(evict(web[0])).rejects.toThrow(
      /does not let us create pods\/eviction default\/web-.*User "x" cannot create resource/,
    );
  });

  it.each([400, 403, 404, 429, 500])(
    'that an admission webhook denies with %i is asked for once, and says so',
    async code => {
      const by = { kind: 'webhook', name: 'x' };
      const detail = 'admission webhook "x" denied the request: not now';
      const denied = failure(code, 'Whatever', detail, { 'retry-after': '3' });
      const [pod] = web;
      if (!pod) throw new Error('the scenario has no such pod');
      for (const ask of [() => evict(pod), () => stage.kubernetes.pods.delete(pod, NEVER)]) {
        let asked = 0;
        stage.proxy.meddle = line => {
          if (!/^(POST|DELETE)/.test(line)) return PASS;
          asked += 1;
          return denied;
        };
        expect(await ask()).toEqual({ kind: 'denied', by, detail, retryAfterSeconds: 3 });
        // Where 403 and 404 may be those of a server that has just come, it is asked a second time.
        expect(asked).toBeLessThanOrEqual(2);
      }
    },
  );
});

describe('the DaemonSets whose pods a drain leaves alone', () => {
  it('are those that exist, with their namespaces', async () => {
    expect(await stage.kubernetes.pods.daemonSets(NEVER)).toEqual(
      new Set(['kube-system/kindnet', 'kube-system/kube-proxy']),
    );
  });
});
