import type { DrainRules } from '../../../src/app/drain.ts';
import type { PodView } from '../../../src/cluster/snapshot.ts';
import { NOW, pod } from '../plan/cluster-builder.ts';
import { drain, evictionsOf, MINUTE, NODES, RULES } from './drain-example.ts';
import { createCluster } from './memory-cluster.ts';
import { played, resumeTime, stopTime } from './virtual-time.ts';

beforeEach(() => stopTime(NOW));
afterEach(resumeTime);

describe('what the policy says of drains', () => {
  const bare = pod('bare', 'w-1', { controller: undefined, labels: { app: 'bare' } });
  const scratch = pod('scratch', 'w-1', { emptyDir: true, labels: { app: 'scratch' } });
  const evicted = async (given: Partial<DrainRules>, ...pods: readonly PodView[]) => {
    const cluster = createCluster({ nodes: NODES, pods });
    await played(drain(cluster, { rules: { ...RULES, ...given } }));
    return evictionsOf(cluster);
  };

  it('lets pods without a controller be evicted by force', async () => {
    expect(await evicted({ force: true }, bare)).toEqual(['bare']);
  });

  it('keeps pods with an emptyDir from being evicted', async () => {
    expect(await evicted({}, scratch)).toEqual(['scratch']);
    await expect(evicted({ deleteEmptyDirData: false }, scratch)).rejects.toThrow(/default\/scratch: .*emptyDir/);
  });

  it('leaves pods alone that its selector does not match', async () => {
    const podSelector = { matchLabels: { app: 'scratch' }, matchExpressions: [] };
    expect(await evicted({ podSelector }, bare, scratch)).toEqual(['scratch']);
  });

  it('does not wait for pods that were deleted too long ago', async () => {
    const stuck = pod('stuck', 'w-1', { deletingSince: NOW - 120_000 });
    expect(await evicted({ skipWaitForDeleteTimeoutSeconds: 60 }, stuck)).toEqual([]);
  });

  it('nor for one that would be, from then on, though nothing else happens', async () => {
    const pods = [pod('stuck', 'w-1', { deletingSince: NOW - 50_000 })];
    const cluster = createCluster({ nodes: NODES, pods });
    const rules = { ...RULES, skipWaitForDeleteTimeoutSeconds: 60 };
    const { ms } = await played(drain(cluster, { rules, reportAfter: 60 * MINUTE }));
    expect(ms).toBeGreaterThan(10_000);
    expect(ms).toBeLessThan(10_010);
  });

  it('lets pods of lower priority leave before others, where it says so', async () => {
    const pods = [pod('high', 'w-1', { priority: 9 }), pod('low', 'w-1', { priority: -9 }), pod('plain', 'w-1')];
    const cluster = createCluster({ nodes: NODES, pods, stopMs: 2_000 });
    const { ms } = await played(drain(cluster, { rules: { ...RULES, order: 'priority' } }));
    expect(evictionsOf(cluster)).toEqual(['low', 'plain', 'high']);
    expect(ms).toBeGreaterThanOrEqual(6_000);
    expect(ms).toBeLessThan(6_050);
  });

  it('gives every pod its grace period', async () => {
    expect(await evicted({ graceSeconds: 5 }, scratch)).toEqual(['scratch within 5 s']);
  });
});
