import type { PodControl } from '../../../src/app/ports.ts';
import { StepFailed } from '../../../src/app/step-failed.ts';
import type { Blocker } from '../../../src/run/blocker.ts';
import { NOW, pod } from '../plan/cluster-builder.ts';
import { drain, evictionsOf, MINUTE, NODES, web } from './drain-example.ts';
import { createCluster } from './memory-cluster.ts';
import { played, resumeTime, stopTime } from './virtual-time.ts';

beforeEach(() => stopTime(NOW));
afterEach(resumeTime);

describe('a drain under a budget', () => {
  it('goes on as soon as the budget opens, with no pod refused more than twice', async () => {
    const budgets = { web: 8 };
    const cluster = createCluster({ nodes: NODES, pods: web(10), budgets, stopMs: 1_000, startMs: 3_000 });
    const { ms } = await played(drain(cluster));
    // Two at a time, each pair replaced after 3 s, the last pair stopped after 1 s.
    expect(ms).toBeLessThan(4 * 3_000 + 1_000 + 100);
    expect(evictionsOf(cluster).length).toBeLessThanOrEqual(20);
    expect(cluster.podsOn('w-1')).toEqual([]);
  });

  it('says after the first delay what keeps it, and again when that changes', async () => {
    const cluster = createCluster({ nodes: NODES, pods: web(2, { labels: { app: 'web' } }), budgets: { web: 2 } });
    setTimeout(() => cluster.putPod(pod('other', 'w-1', { mirror: true, labels: {} })), 6 * MINUTE);
    setTimeout(() => cluster.putPod(pod('web-9', 'w-2')), 8 * MINUTE);
    const { reports } = await played(drain(cluster));
    const budget = {
      name: 'default/web',
      rule: 'minAvailable: 2',
      healthy: 2,
      desired: 2,
      expected: 2,
      allowed: 0,
      evicting: 0,
      alwaysEvictUnhealthy: false,
    };
    expect(reports[0]).toEqual({
      at: 5 * MINUTE,
      blockers: ['web-0', 'web-1'].map(name => ({
        pod: `default/${name}`,
        uid: `uid-${name}`,
        ready: true,
        owner: 'ReplicaSet/web',
        since: expect.any(Number),
        cause: { kind: 'budget', budget },
      })),
    });
    expect(reports[0]?.blockers[0]?.since).toBeLessThan(NOW + 100);
    expect(reports[1]?.at).toBeGreaterThanOrEqual(8 * MINUTE);
    expect(reports[1]?.blockers.map(each => each.pod)).toEqual(['default/web-1']);
  });

  it('says at once what no waiting will change, and the rest after the first delay', async () => {
    const pods = [pod('torn', 'w-1', { labels: { app: 'torn' } }), ...web(1)];
    const cluster = createCluster({ nodes: NODES, pods, budgets: { torn: 0, web: 1 } });
    const evict: PodControl['evict'] = async (each, ...rest) =>
      each.name === 'torn'
        ? { kind: 'misconfigured', detail: 'This pod has more than one budget' }
        : cluster.pods.evict(each, ...rest);
    async function* watchBudgets(...asked: Parameters<PodControl['watchBudgets']>) {
      for await (const all of cluster.pods.watchBudgets(...asked)) {
        yield all.flatMap(each => (each.name === 'torn' ? [each, { ...each, name: 'torn-2' }] : [each]));
      }
    }
    const told: [number, string[]][] = [];
    const onReport = (blockers: readonly Blocker[]) =>
      told.push([cluster.clock.now() - NOW, blockers.map(({ pod: name }) => name)]);
    const drained = drain({ ...cluster, pods: { ...cluster.pods, evict, watchBudgets } }, { minutes: 6, onReport });
    await expect(played(drained)).rejects.toThrow('the budgets default/torn, default/torn-2 cover it');
    expect(told[0]?.[0]).toBeLessThan(10);
    expect(told.map(([, names]) => names)).toEqual([['default/torn'], ['default/torn', 'default/web-0']]);
    expect(told[1]?.[0]).toBe(5 * MINUTE);
  });

  it('follows the budgets of a namespace that joins later', async () => {
    const cluster = createCluster({ nodes: NODES, pods: web(2), budgets: { web: 2 } });
    const asked: string[][] = [];
    const watchBudgets: PodControl['watchBudgets'] = (namespaces, signal) => {
      asked.push([...namespaces].sort());
      return cluster.pods.watchBudgets(namespaces, signal);
    };
    setTimeout(() => cluster.putPod(pod('late', 'w-1', { namespace: 'shop', labels: { app: 'late' } })), 1_000);
    setTimeout(() => cluster.putPod(pod('web-9', 'w-2')), 3_000);
    setTimeout(() => cluster.putPod(pod('web-8', 'w-2')), 4_000);
    await played(drain({ ...cluster, pods: { ...cluster.pods, watchBudgets } }));
    expect(asked).toEqual([['default'], ['default', 'shop']]);
    expect(evictionsOf(cluster)).toEqual(['web-0', 'web-1', 'late', 'web-0', 'web-1']);
  });

  it('names the Deployment that people know, not its ReplicaSet', async () => {
    const labels = { app: 'web', 'pod-template-hash': '5d4f' };
    const controller = { kind: 'ReplicaSet', name: 'shop-web-5d4f', uid: 'uid-rs' };
    const cluster = createCluster({ nodes: NODES, pods: web(1, { labels, controller }), budgets: { web: 1 } });
    await expect(played(drain(cluster, { minutes: 6 }))).rejects.toThrow('of Deployment/shop-web (budget default/web ');
  });

  it('fails when its time is over, naming pod, owner and budget, and evicts by force never', async () => {
    const cluster = createCluster({ nodes: NODES, pods: web(2), budgets: { web: 2 } });
    await expect(played(drain(cluster, { minutes: 60 }))).rejects.toThrow(
      new StepFailed(
        'Node w-1 was not drained within 60 min. Still there: ' +
          'default/web-0 of ReplicaSet/web (budget default/web (minAvailable: 2) needs 2 healthy pods and has 2 of 2, so it allows no disruption); ' +
          'default/web-1 of ReplicaSet/web (budget default/web (minAvailable: 2) needs 2 healthy pods and has 2 of 2, so it allows no disruption). ' +
          'Make room for these pods, then retry.',
      ),
    );
    expect(cluster.podsOn('w-1')).toEqual(['web-0', 'web-1']);
    expect(evictionsOf(cluster)).toEqual(['web-0', 'web-1']);
  });
});
