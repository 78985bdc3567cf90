import type { PodControl } from '../../../src/app/ports.ts';
import type { EvictionOutcome } from '../../../src/drain/eviction.ts';
import { NOW } from '../plan/cluster-builder.ts';
import { drain, MINUTE, NODES, web } from './drain-example.ts';
import { createCluster, type MemoryCluster } from './memory-cluster.ts';
import { pause, played, resumeTime, stopTime } from './virtual-time.ts';

beforeEach(() => stopTime(NOW));
afterEach(resumeTime);

describe('a drain whose API server says neither yes nor no', () => {
  /** Every eviction of the pod comes to this, as long as it is given. */
  const answering = (cluster: MemoryCluster, name: string, answer: () => EvictionOutcome | undefined) => {
    const asked: { readonly at: number; readonly mayBeGranted: boolean }[] = [];
    const evict: PodControl['evict'] = async (each, how, signal) => {
      if (each.name !== name) return cluster.pods.evict(each, how, signal);
      asked.push({ at: cluster.clock.now() - NOW, mayBeGranted: how.mayBeGranted });
      return answer() ?? cluster.pods.evict(each, how, signal);
    };
    return { asked, cluster: { ...cluster, pods: { ...cluster.pods, evict } } };
  };
  const FULL = {
    kind: 'trouble',
    code: 500,
    detail: 'etcdserver: mvcc: database space exceeded',
    retryAfterSeconds: undefined,
  } as const;

  it('names pod, owner, since when and the words of the server after the first delay, and ends when it is well', async () => {
    const cluster = createCluster({ nodes: NODES, pods: web(2) });
    const full = answering(cluster, 'web-0', () => (cluster.clock.now() < NOW + 7 * MINUTE ? FULL : undefined));
    const { reports, ms } = await played(drain(full.cluster));
    const { kind, code, detail } = FULL;
    expect(reports).toEqual([
      {
        at: 5 * MINUTE,
        blockers: [
          {
            pod: 'default/web-0',
            uid: 'uid-web-0',
            ready: true,
            owner: 'ReplicaSet/web',
            since: expect.any(Number),
            cause: { kind, code, detail },
          },
        ],
      },
      {
        at: expect.any(Number),
        blockers: [expect.objectContaining({ cause: { kind: 'stopping', graceSeconds: 30 } })],
      },
    ]);
    expect(reports[0]?.blockers[0]?.since).toBeLessThan(NOW + 100);
    expect(ms).toBeLessThan(7 * MINUTE + 8_000 + 2_100);
    expect(full.asked.map(each => each.mayBeGranted)).toEqual(full.asked.map((_, index) => index > 0));
    expect(full.asked.length).toBeLessThan((7 * MINUTE) / 8_000 + 6);
  });

  it('goes on with other pods meanwhile, and names the one with the words of the server when its time is over', async () => {
    const cluster = createCluster({ nodes: NODES, pods: web(40) });
    const full = answering(cluster, 'web-0', () => FULL);
    await expect(played(drain(full.cluster, { minutes: 6 }))).rejects.toThrow(
      'Still there: default/web-0 of ReplicaSet/web (the API server answers 500: etcdserver: mvcc: database space exceeded).',
    );
    expect(cluster.podsOn('w-1')).toEqual(['web-0']);
  });

  it('names it also while the claim on the node cannot be looked at', async () => {
    const cluster = createCluster({ nodes: NODES, pods: web(1) });
    const away = { ...FULL, code: undefined, detail: 'it refuses connections' };
    const silent = answering(cluster, 'web-0', () => (cluster.clock.now() < NOW + 10 * MINUTE ? away : undefined));
    const assertClaimed = async () => {
      const now = cluster.clock.now();
      if (now > NOW + MINUTE && now < NOW + 10 * MINUTE) await pause(NOW + 10 * MINUTE - now);
    };
    const { reports } = await played(drain(silent.cluster, { assertClaimed }));
    expect(reports[0]).toMatchObject({
      at: 5 * MINUTE,
      blockers: [{ cause: { kind: 'trouble', code: undefined, detail: 'it refuses connections' } }],
    });
  });
});
