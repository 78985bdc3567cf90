import { Redis } from 'ioredis';
import type { PlanRecord } from '../../src/app/ports.ts';
import { newKeyPair, sign, verify } from '../../src/approval/signing.ts';
import type { RedisServer } from '../../src/demo/embedded-redis.ts';
import { newRun } from '../../src/run/new-run.ts';
import { transition } from '../../src/run/transition.ts';
import { type ConnectedStore, connectStore } from '../../src/store/store.ts';
import { askingOf } from '../support/asking.ts';
import { redisTargets, UNHEARD } from '../support/redis.ts';
import { examplePlan } from '../unit/run/example.ts';

const conversation = { channel: 'C1', user: 'UALICE' };
const plan = examplePlan({ controlPlanes: 3, workers: 2, hops: 2 });
const open: PlanRecord = {
  plan,
  conversation,
  asking: askingOf('p1', conversation),
  decisions: [],
  count: undefined,
  state: { kind: 'open' },
};

/** As the first builds of 0.1.0 wrote it: written by hand, and never to be changed. */
const OLD_RUN = `{
  "run": {
    "id": "r1", "planId": "p1", "cluster": "prod", "digest": "d1", "seq": 7, "startedAt": 10,
    "status": { "kind": "halted", "work": "h0-2-w0", "at": 90 },
    "works": [
      {
        "key": "h0-0-cp0", "group": 0, "hop": 0, "stage": "control-plane", "phase": "kubelet", "node": "cp0",
        "kubelet": { "major": 1, "minor": 35, "patch": 4 }, "target": { "major": 1, "minor": 36, "patch": 2 },
        "state": { "kind": "active", "attempt": 1, "step": "drain", "startedAt": 10, "stepSince": 40 }
      },
      {
        "key": "h0-2-w0", "group": 2, "hop": 0, "stage": "workers", "phase": "kubelet", "node": "w0",
        "kubelet": { "major": 1, "minor": 35, "patch": 4 }, "target": { "major": 1, "minor": 36, "patch": 2 },
        "state": {
          "kind": "failed", "attempt": 2, "startedAt": 50, "at": 90, "step": "upgrade", "reason": "No.", "log": ["x"]
        }
      }
    ]
  },
  "conversation": { "channel": "C1", "user": "UALICE" }
}`;

describe.each(redisTargets())('the store on $name', ({ start }) => {
  let server: RedisServer;
  let store: ConnectedStore;
  let redis: Redis;

  beforeAll(async () => {
    server = await start();
    store = connectStore(server.url, { retries: 1, outage: UNHEARD, onError: () => {} });
    redis = new Redis(server.url);
  });
  beforeEach(() => redis.flushall());
  afterAll(async () => {
    await store.close();
    redis.disconnect();
    await server.stop();
  });

  test('a plan comes back as it was written, absent fields included', async () => {
    expect(await store.plans.create('p1', open)).toBe(true);
    expect(await store.plans.get('p1')).toEqual(open);
  });

  test('what is not there is undefined, and a change of it changes nothing', async () => {
    expect(await store.plans.get('p1')).toBeUndefined();
    expect(await store.plans.update('p1', record => record)).toBeUndefined();
  });

  test('a record is created once', async () => {
    await store.plans.create('p1', open);
    expect(await store.plans.create('p1', { ...open, state: { kind: 'checking' } })).toBe(false);
    expect(await store.plans.get('p1')).toEqual(open);
  });

  test('what works took is remembered newest first, once each, however many write, and no more than is of use', async () => {
    const took = (ms: number) => ({ phase: 'kubelet', role: 'worker', kubeadm: undefined, ms }) as const;
    expect(await store.history('prod')).toEqual([]);
    await store.remember('prod', 'r1-w1', took(1));
    await store.remember('prod', 'r1-w2', took(2));
    await store.remember('prod', 'r1-w1', took(9));
    expect(await store.history('prod')).toEqual([took(2), took(1)]);
    expect(await store.history('dev')).toEqual([]);
    await Promise.all(Array.from({ length: 8 }, (_, place) => store.remember('prod', `r2-w${place}`, took(place))));
    expect(await store.history('prod')).toHaveLength(10);
    for (let place = 0; place < 300; place += 1) await store.remember('prod', `r3-w${place}`, took(place));
    const history = await store.history('prod');
    expect(history).toHaveLength(300);
    expect(history[0]).toEqual(took(299));
    // Clusters are upgraded a few times a year.
    expect(await redis.pttl('capstan:{prod}:history')).toBeGreaterThan(300 * 24 * 3_600_000);
  });

  test('a run comes back in every state of its works, with its pending effects', async () => {
    const { run, effects } = transition(newRun(plan, { id: 'r1', now: 5 }), { kind: 'begin' }, 6);
    const record = { run, pending: effects, conversation, commands: [] };
    await store.runs.create('r1', record);
    expect(await store.runs.get('r1')).toEqual(record);
  });

  test('a signature still holds after the record was stored', async () => {
    const { privateKey, publicKey } = newKeyPair();
    const decision = sign(
      {
        id: 'd1',
        planId: 'p1',
        digest: 'x',
        cluster: 'prod',
        by: 'UBOB',
        via: 'SADMINS',
        verdict: 'approve' as const,
        reason: undefined,
        at: 1,
      },
      privateKey,
    );
    await store.plans.create('p1', { ...open, decisions: [decision] });
    const stored = await store.plans.get('p1');
    expect(stored?.decisions.map(signed => verify(signed, publicKey))).toEqual([true]);
  });

  test('fifty changes at the same moment all count', async () => {
    await store.plans.create('p1', { ...open, state: { kind: 'stale', changes: [] } });
    await Promise.all(
      Array.from({ length: 50 }, (_, index) =>
        store.plans.update('p1', record =>
          record.state.kind === 'stale'
            ? { ...record, state: { kind: 'stale', changes: [...record.state.changes, `change ${index}`] } }
            : undefined,
        ),
      ),
    );
    const record = await store.plans.get('p1');
    expect(record?.state).toMatchObject({ changes: { length: 50 } });
  });

  test.each([
    ['no JSON', '{'],
    ['another shape', '{"plan":{}}'],
  ])(
    'a broken record (%s) is a sentence that names its key, and other records stay readable',
    async (_name, broken) => {
      await redis.set('capstan:{p1}:plan', broken);
      await store.plans.create('p2', open);
      await expect(store.plans.get('p1')).rejects.toThrow('"capstan:{p1}:plan" may be deleted');
      expect(await store.plans.get('p2')).toEqual(open);
    },
  );

  test('a run of an older build is read, with what has come since as it was meant then', async () => {
    await redis.set('capstan:{r1}:run', OLD_RUN);
    const record = await store.runs.get('r1');
    expect(record).toMatchObject({ pending: [], commands: [] });
    expect(record?.run).toMatchObject({ joined: [], gone: [], finished: [], outside: [], unfit: [], leaving: [] });
    expect(record?.run.hold).toBeUndefined();
    expect(record?.run.status).toEqual({ kind: 'halted', work: 'h0-2-w0', at: 90, paused: undefined });
    expect(record?.run.works[0]?.state).toEqual({
      kind: 'active',
      attempt: 1,
      step: 'drain',
      startedAt: 10,
      stepSince: 40,
      blockers: [],
      toldAt: undefined,
      closed: [],
      countedFrom: 40,
      waiting: undefined,
      forced: [],
      skipping: undefined,
    });
    // It is gone on with, and written in the form of this build.
    if (record)
      await store.runs.update('r1', () => ({ ...record, run: transition(record.run, { kind: 'tick' }, 99).run }));
    expect(JSON.parse((await redis.get('capstan:{r1}:run')) ?? '{}')).toMatchObject({ form: 1 });
  });

  test('a record of a newer build is neither read nor written, and said to be so', async () => {
    const newer = JSON.stringify({ ...JSON.parse(OLD_RUN), form: 2, more: 'than this build knows' });
    await redis.set('capstan:{r1}:run', newer);
    const said =
      /run r1 .* was written by a newer build of Capstan \(form 2.*Bring bot and workers to the same version/;
    await expect(store.runs.get('r1')).rejects.toThrow(said);
    await expect(store.runs.update('r1', record => record)).rejects.toThrow(said);
    expect(await redis.get('capstan:{r1}:run')).toBe(newer);
  });

  test('records are forgotten after 30 days, counted from their last change', async () => {
    await store.plans.create('p1', open);
    await redis.pexpire('capstan:{p1}:plan', 1_000);
    await store.plans.update('p1', record => ({ ...record, state: { kind: 'checking' } }));
    expect(await redis.pttl('capstan:{p1}:plan')).toBeGreaterThan(29 * 24 * 3600 * 1000);
  });

  test('the newest run of a cluster is remembered', async () => {
    expect(await store.latestRun('prod')).toBeUndefined();
    await store.setLatestRun('prod', 'r2');
    expect(await store.latestRun('prod')).toBe('r2');
  });
});
