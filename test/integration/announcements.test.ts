import { Redis } from 'ioredis';
import type { RunRecord } from '../../src/app/ports.ts';
import type { RedisServer } from '../../src/demo/embedded-redis.ts';
import { newRun } from '../../src/run/new-run.ts';
import { type ConnectedStore, connectStore } from '../../src/store/store.ts';
import { redisTargets, UNHEARD } from '../support/redis.ts';
import { Seen } from '../support/seen.ts';
import { examplePlan } from '../unit/run/example.ts';

const RUN = newRun(examplePlan({ controlPlanes: 1, workers: 1, hops: 1 }), { id: 'r1', now: 0 });
const RECORD: RunRecord = { run: RUN, pending: [], conversation: { channel: 'C1', user: 'UALICE' }, commands: [] };

describe.each(redisTargets())('whoever follows a run on $name', ({ start }) => {
  let server: RedisServer;
  let mine: ConnectedStore;
  let theirs: ConnectedStore;
  let admin: Redis;
  let stop: AbortController;

  const open = () =>
    connectStore(server.url, {
      retries: null,
      // A test cuts connections on purpose.
      outage: UNHEARD,
      onError: error => {
        if (!/ECONN|closed/i.test(error.message)) throw error;
      },
    });

  beforeAll(async () => {
    server = await start();
    admin = new Redis(server.url);
  });
  beforeEach(async () => {
    await admin.flushall();
    stop = new AbortController();
    mine = open();
    theirs = open();
    await mine.runs.create('r1', RECORD);
  });
  afterEach(async () => {
    stop.abort();
    await mine.close();
    await theirs.close();
  });
  afterAll(async () => {
    admin.disconnect();
    await server.stop();
  });

  /** The `seq` of each look; -1 where there is no such run. */
  function followed(id = 'r1'): Seen<number> {
    const seen = new Seen<number>();
    const follow = async () => {
      for await (const record of theirs.followRun(id, stop.signal)) seen.add(record?.run.seq ?? -1);
    };
    void follow().catch((error: unknown) => {
      if (!stop.signal.aborted) throw error;
    });
    return seen;
  }

  async function change(seq: number): Promise<void> {
    await mine.runs.update('r1', record => ({ ...record, run: { ...record.run, seq } }));
    await mine.announceRun('r1');
  }

  test('sees it as it is, and what is announced within a second', async () => {
    const seen = followed();
    await seen.until(1);
    const before = performance.now();
    await change(7);
    await seen.untilSeen(7);
    expect(performance.now() - before).toBeLessThan(1_000);
  });

  test('is not woken by another run, and sees nothing after its end', async () => {
    const seen = followed('r2');
    await seen.until(1);
    const other = followed();
    await other.until(1);
    await change(3);
    await other.untilSeen(3);
    expect(seen.all).not.toContain(3);
    expect(seen.all.every(seq => seq === -1)).toBe(true);
    stop.abort();
    const count = other.all.length;
    await change(4);
    expect(other.all).toHaveLength(count);
  });

  test('looks again after its connection was lost, since what was announced meanwhile was heard by nobody', async () => {
    const seen = followed();
    await seen.until(1);
    await mine.runs.update('r1', record => ({ ...record, run: { ...record.run, seq: 9 } }));
    const self = await admin.client('ID');
    for (const [, id] of String(await admin.client('LIST')).matchAll(/id=(\d+) /g)) {
      if (id !== undefined && Number(id) !== self) await admin.client('KILL', 'ID', id);
    }
    await seen.untilSeen(9);
    await change(10);
    await seen.untilSeen(10);
  });
});
