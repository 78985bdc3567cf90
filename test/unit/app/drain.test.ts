import { withDeadline } from '../../../src/app/deadline.ts';
import { type DrainRules, drainNode } from '../../../src/app/drain.ts';
import type { Forced } from '../../../src/app/orders.ts';
import type { PodControl } from '../../../src/app/ports.ts';
import { StepFailed } from '../../../src/app/step-failed.ts';
import type { PodView } from '../../../src/cluster/snapshot.ts';
import type { Blocker } from '../../../src/run/blocker.ts';
import { examplePolicy } from '../../support/policy.ts';
import { NOW, pod, worker } from '../plan/cluster-builder.ts';
import { createCluster, type MemoryCluster } from './memory-cluster.ts';
import { pause, played, resumeTime, stopTime } from './virtual-time.ts';

beforeEach(() => stopTime(NOW));
afterEach(resumeTime);

const NODES = [worker('w-1', '1.35.4', { unschedulable: true }), worker('w-2', '1.35.4')];
const MINUTE = 60_000;

function web(count: number, more: Partial<PodView> = {}): PodView[] {
  return Array.from({ length: count }, (_, index) => pod(`web-${index}`, 'w-1', more));
}

interface Drained {
  readonly ms: number;
  /** Each report, with the milliseconds since the beginning. */
  readonly reports: readonly { readonly at: number; readonly blockers: readonly Blocker[] }[];
  readonly looks: number;
  /** Names of the pods that were deleted by order. */
  readonly deleted: readonly string[];
}

const RULES: DrainRules = examplePolicy().drain;

interface Options {
  readonly minutes?: number;
  readonly reportAfter?: number;
  readonly assertClaimed?: () => Promise<void>;
  readonly signal?: AbortSignal;
  readonly rules?: DrainRules;
  readonly ownPod?: string;
  readonly forced?: () => readonly Forced[];
  readonly onReport?: (blockers: readonly Blocker[]) => void;
}

async function drain(cluster: MemoryCluster, options: Options = {}): Promise<Drained> {
  const { minutes = 60, reportAfter = 5 * MINUTE, assertClaimed = async () => {}, signal } = options;
  const { rules = RULES, ownPod, onReport } = options;
  const { clock, pods } = cluster;
  const begun = clock.now();
  const reports: { at: number; blockers: readonly Blocker[] }[] = [];
  const deleted: string[] = [];
  let looks = 0;
  const limits = { at: () => begun + minutes * MINUTE, seconds: minutes * 60, clock };
  await withDeadline({ ...limits, signal: signal ?? new AbortController().signal }, deadline =>
    drainNode(
      {
        node: 'w-1',
        ownPod,
        rules,
        deadline,
        orders: {
          course: () => ({ kind: 'go', countedFrom: begun }),
          forced: () => options.forced?.() ?? [],
          onChange: () => () => {},
        },
        onDeleted: async ({ name }) => void deleted.push(name),
        reportFrom: begun + reportAfter,
        report: async blockers => {
          reports.push({ at: clock.now() - begun, blockers });
          onReport?.(blockers);
        },
        assertClaimed: () => {
          looks += 1;
          return assertClaimed();
        },
      },
      { pods, clock },
    ),
  );
  return { ms: clock.now() - begun, reports, looks, deleted };
}

function evictionsOf(cluster: MemoryCluster): string[] {
  return cluster.requests.filter(name => name.startsWith('evict ')).map(name => name.slice('evict '.length));
}

describe('a drain', () => {
  it('evicts everything at once and waits until it has left: one list and one request for each pod', async () => {
    const cluster = createCluster({ nodes: NODES, pods: web(20), stopMs: 2_000 });
    const { ms, reports } = await played(drain(cluster));
    expect(cluster.podsOn('w-1')).toEqual([]);
    expect(cluster.requests).toHaveLength(21);
    expect(ms).toBeLessThan(2_010);
    expect(reports).toEqual([]);
  });

  it('never has more than 32 evictions under way', async () => {
    const cluster = createCluster({ nodes: NODES, pods: web(80) });
    const whole = played(drain(cluster));
    let most = 0;
    let begun = 0;
    cluster.onRequest(() => {
      // Called as each request is served, in the order in which they came, 1 ms before its answer.
      begun += 1;
      most = Math.max(most, evictionsOf(cluster).length - begun + 2);
      return undefined;
    });
    await whole;
    expect(evictionsOf(cluster)).toHaveLength(80);
    expect(most).toBe(32);
  });

  it('leaves DaemonSets, static pods and other nodes alone', async () => {
    const agent = pod('agent-1', 'w-1', { controller: { kind: 'DaemonSet', name: 'agent', uid: 'uid-agent' } });
    const mirror = pod('proxy-w-1', 'w-1', { mirror: true });
    const pods = [...web(1), agent, mirror, pod('elsewhere', 'w-2')];
    const cluster = createCluster({ nodes: NODES, pods, daemonSets: ['default/agent'] });
    await played(drain(cluster));
    expect(evictionsOf(cluster)).toEqual(['web-0']);
    expect(cluster.podsOn('w-1')).toEqual(['agent-1', 'proxy-w-1']);
  });

  it('evicts the pod that carries it out when all others have left, those that a budget held up included', async () => {
    const own = pod('worker-1', 'w-1', { labels: { app: 'worker' } });
    const cluster = createCluster({ nodes: NODES, pods: [own, ...web(4)], budgets: { web: 3 }, stopMs: 2_000 });
    const left: string[][] = [];
    cluster.onRequest(request => {
      if (request === 'evict worker-1') left.push(cluster.podsOn('w-1'));
      return undefined;
    });
    await played(drain(cluster, { ownPod: own.uid }));
    expect(left).toEqual([['worker-1']]);
    expect(cluster.podsOn('w-1')).toEqual([]);
  });

  it('asks for no eviction of a pod that is stopping already, and waits for it', async () => {
    const cluster = createCluster({ nodes: NODES, pods: web(1, { deletingSince: NOW }) });
    setTimeout(() => cluster.putPod(pod('web-0', 'w-2')), 7_000);
    const { ms } = await played(drain(cluster));
    expect(ms).toBeGreaterThanOrEqual(7_000);
    expect(evictionsOf(cluster)).toEqual([]);
  });

  it('is over at once where nothing has to leave', async () => {
    const cluster = createCluster({ nodes: NODES });
    const { ms, looks } = await played(drain(cluster));
    expect(ms).toBeLessThan(5);
    expect(looks).toBe(0);
  });

  it('does not follow pods that tolerate the cordon and come back', async () => {
    const everything = { key: undefined, operator: 'Exists', value: '', effect: undefined } as const;
    const cluster = createCluster({ nodes: NODES, pods: web(1, { tolerations: [everything] }) });
    await played(drain(cluster));
    expect(evictionsOf(cluster)).toEqual(['web-0']);
    expect(cluster.podsOn('w-1')).toEqual(['web-new-1']);
  });

  it('does not follow those that a controller puts back on the node past the scheduler, again and again', async () => {
    const cluster = createCluster({ nodes: NODES, pods: web(1) });
    let back = 0;
    cluster.onRequest(request => {
      if (!request.startsWith('evict') || back > 20) return undefined;
      back += 1;
      const pinned = pod(`pinned-${back}`, 'w-1', { controller: { kind: 'ReplicaSet', name: 'web', uid: 'uid-web' } });
      setTimeout(() => cluster.putPod(pinned), 100);
      return undefined;
    });
    await played(drain(cluster));
    const evicted = Array.from({ length: 10 }, (_, index) => `pinned-${index + 1}`);
    expect(evictionsOf(cluster)).toEqual(['web-0', ...evicted]);
    expect(cluster.podsOn('w-1')).toEqual(['pinned-11']);
  });

  it('does follow those that only tolerate another value of the taint', async () => {
    const other = {
      key: 'node.kubernetes.io/unschedulable',
      operator: 'Equal',
      value: 'x',
      effect: undefined,
    } as const;
    const cluster = createCluster({ nodes: NODES, pods: web(1) });
    setTimeout(() => cluster.putPod(pod('late', 'w-1', { tolerations: [other] })), 1_000);
    await played(drain(cluster));
    expect(evictionsOf(cluster)).toEqual(['web-0', 'late']);
  });
});

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

describe('a drain that must not go on', () => {
  it('evicts nothing where one pod would be lost, and names it', async () => {
    const cluster = createCluster({ nodes: NODES, pods: [...web(3), pod('bare', 'w-1', { controller: undefined })] });
    await expect(played(drain(cluster))).rejects.toThrow(/default\/bare: it has no controller/);
    expect(evictionsOf(cluster)).toEqual([]);
  });

  it('evicts nothing where the node is not ours any more', async () => {
    const cluster = createCluster({ nodes: NODES, pods: web(3) });
    const lost = async () => {
      throw new StepFailed('lost');
    };
    await expect(played(drain(cluster, { assertClaimed: lost }))).rejects.toThrow('lost');
    expect(evictionsOf(cluster)).toEqual([]);
  });

  it('passes on what an eviction throws, and leaves the rest to whoever tries again', async () => {
    const cluster = createCluster({ nodes: NODES, pods: web(3) });
    cluster.onRequest(request => (request === 'evict web-1' ? new Error('connection reset') : undefined));
    await expect(played(drain(cluster))).rejects.toThrow('connection reset');
    cluster.onRequest(() => undefined);
    await played(drain(cluster));
    expect(cluster.podsOn('w-1')).toEqual([]);
  });

  it('stops with the signal, and by no failure of its own', async () => {
    const cluster = createCluster({ nodes: NODES, pods: web(1), budgets: { web: 1 } });
    const letGo = new AbortController();
    setTimeout(() => letGo.abort(new Error('the worker stops')), 10_000);
    await expect(played(drain(cluster, { signal: letGo.signal }))).rejects.toThrow('the worker stops');
  });

  it('waits for the evictions under way when it is stopped, and asks for no more', async () => {
    const cluster = createCluster({ nodes: NODES, pods: web(40), evictionMs: 100, stopMs: 1_000 });
    const letGo = new AbortController();
    setTimeout(() => letGo.abort(new Error('skipped')), 50);
    await expect(played(drain(cluster, { signal: letGo.signal }))).rejects.toThrow('skipped');
    expect(cluster.clock.now() - NOW).toBeGreaterThanOrEqual(200);
    expect(evictionsOf(cluster)).toHaveLength(32);
    await played(pause(2_000));
    expect(cluster.podsOn('w-1')).toHaveLength(8);
  });

  it('waits half a second at most for an API server that does not answer them', async () => {
    const cluster = createCluster({ nodes: NODES, pods: web(1), evictionMs: MINUTE });
    const letGo = new AbortController();
    setTimeout(() => letGo.abort(new Error('skipped')), 10_000);
    await expect(played(drain(cluster, { signal: letGo.signal }))).rejects.toThrow('skipped');
    expect(cluster.clock.now() - NOW).toBe(10_500);
  });
});
