import { StepFailed } from '../../../src/app/step-failed.ts';
import { NOW, pod } from '../plan/cluster-builder.ts';
import { drain, evictionsOf, MINUTE, NODES, web } from './drain-example.ts';
import { createCluster } from './memory-cluster.ts';
import { pause, played, resumeTime, stopTime } from './virtual-time.ts';

beforeEach(() => stopTime(NOW));
afterEach(resumeTime);

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
