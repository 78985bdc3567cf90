import type { NodeView, Taint } from '../../../src/cluster/snapshot.ts';
import { OUT_OF_SERVICE } from '../../../src/cluster/taints.ts';
import { NOW, pod, worker } from '../plan/cluster-builder.ts';
import { createCluster } from './memory-cluster.ts';
import { CLAIM, startWorker } from './recipe-example.ts';
import { played, resumeTime, stopTime } from './virtual-time.ts';

beforeEach(() => stopTime(NOW));
afterEach(resumeTime);
const PODS = [pod('web-0', 'w-1'), pod('web-1', 'w-1')];
const DONE = { kind: 'done' };

/** Its pods take a minute to stop, so that the drain is under way from the second second to the end of the first minute. */
function createExample(node: Partial<NodeView> = {}) {
  const nodes = [worker('w-1', '1.35.4', node), worker('w-2', '1.35.4')];
  return createCluster({ nodes, pods: PODS, stopMs: 60_000 });
}

function failed(step: string, reason: RegExp) {
  return { kind: 'failed', step, reason: expect.stringMatching(reason), log: [] };
}

describe('a node whose kubelet falls silent', () => {
  it('during the drain halts at once, names the pods that hang, and says what to do', async () => {
    const cluster = createExample();
    setTimeout(() => cluster.putNode('w-1', { ready: 'Unknown', heardAt: NOW + 10_000 }), 25_000);
    const outcome = await played(startWorker(cluster).outcome);
    expect(outcome).toEqual({
      kind: 'failed',
      step: 'drain',
      reason:
        `Node w-1 stopped answering while it was being drained: its kubelet has not reported since ${words(NOW + 10_000)} UTC. ` +
        'Of its pods, default/web-0, default/web-1 were told to stop and cannot. Look at the host: its power, its ' +
        'network, the kubelet and the container runtime. Once the node is Ready again, retry; or skip it. Where the host ' +
        'is certainly off, and only there, the order "out of service" sets the taint ' +
        'node.kubernetes.io/out-of-service=nodeshutdown:NoExecute and lets its pods and volumes go to other nodes. Where ' +
        'it is off for good, delete the node.',
      log: [],
      silent: true,
    });
    expect(cluster.clock.now() - NOW).toBeLessThan(25_100);
    expect(cluster.node('w-1')).toMatchObject({ unschedulable: true, claim: CLAIM });
    expect(cluster.started).toEqual([]);
  });

  it('before the drain is not waited for by the preflight either', async () => {
    const cluster = createExample();
    setTimeout(() => cluster.putNode('w-1', { ready: 'Unknown' }), 500);
    const silent = { ...failed('preflight', /stopped answering/), silent: true };
    expect(await played(startWorker(cluster).outcome)).toEqual(silent);
    expect(cluster.node('w-1')).toMatchObject({ unschedulable: false });
  });

  it('and was taken out of service takes pods again by the patch with which a retry finds it Ready', async () => {
    const claim = { ...CLAIM, outOfService: true };
    const taken = { unschedulable: true, claim, taints: [OUT_OF_SERVICE] };
    const still = createExample({ ...taken, ready: 'Unknown' });
    const first = startWorker(still, { attempt: 2 });
    expect(await played(first.outcome)).toMatchObject({ kind: 'failed', step: 'preflight', silent: true });
    expect(first.back).toEqual([]);
    expect(still.node('w-1')).toMatchObject({ taints: [OUT_OF_SERVICE], claim: { attempt: 2, outOfService: true } });

    const cluster = createExample(taken);
    let during: readonly Taint[] = [OUT_OF_SERVICE];
    cluster.onRequest(name => {
      if (name.startsWith('evict')) during = cluster.node('w-1')?.taints ?? during;
      return undefined;
    });
    const again = startWorker(cluster, { attempt: 2 });
    expect(await played(again.outcome)).toEqual(DONE);
    expect(again.back).toHaveLength(1);
    expect(during).toEqual([]);
    expect(cluster.node('w-1')).toMatchObject({ taints: [], unschedulable: false, claim: undefined });
  });

  it('and was taken out of service is freed of that with the claim, whenever it came back', async () => {
    const cluster = createExample({
      unschedulable: true,
      claim: { ...CLAIM, outOfService: true },
      ready: 'Unknown',
      taints: [OUT_OF_SERVICE],
    });
    setTimeout(() => cluster.putNode('w-1', { ready: 'True' }), 3);
    const again = startWorker(cluster, { attempt: 2 });
    expect(await played(again.outcome)).toEqual(DONE);
    expect(again.back).toHaveLength(1);
    expect(cluster.node('w-1')).toMatchObject({ taints: [], claim: undefined });
  });

  it('is left alone where that was so when its turn came', async () => {
    for (const ready of ['Unknown', 'False'] as const) {
      const cluster = createExample({ ready });
      expect(await played(startWorker(cluster).outcome)).toEqual(
        failed('claim', /^Node w-1 (stopped answering|is not Ready), and was left alone/),
      );
      expect(cluster.requests).toEqual(['get w-1']);
      expect(cluster.node('w-1')).toMatchObject({ unschedulable: false, claim: undefined });
    }
  });

  it('is waited for while its host is at work, which may restart it', async () => {
    const cluster = createExample();
    setTimeout(() => cluster.putNode('w-1', { ready: 'Unknown' }), 65_000);
    setTimeout(() => cluster.putNode('w-1', { ready: 'True' }), 75_000);
    expect(await played(startWorker(cluster).outcome)).toEqual(DONE);
  });
});

describe('a node that is not Ready during its drain, though it reports', () => {
  const ail = (cluster: ReturnType<typeof createExample>, from: number, to: number) => {
    setTimeout(() => cluster.putNode('w-1', { ready: 'False' }), from);
    setTimeout(() => cluster.putNode('w-1', { ready: 'True' }), to);
  };

  it('may get over it', async () => {
    const cluster = createExample();
    ail(cluster, 10_000, 35_000);
    expect(await played(startWorker(cluster).outcome)).toEqual(DONE);
  });

  it('halts after half a minute', async () => {
    const cluster = createExample();
    ail(cluster, 10_000, 45_000);
    expect(await played(startWorker(cluster).outcome)).toEqual(failed('drain', /was not Ready for 30 s/));
    expect(cluster.clock.now() - NOW).toBeGreaterThanOrEqual(40_000);
    expect(cluster.clock.now() - NOW).toBeLessThan(40_100);
  });

  it('is mended by a retry where this very work has made it so', async () => {
    const ailing = worker('w-1', '1.35.4', { ready: 'False', unschedulable: true, claim: CLAIM });
    const cluster = createCluster({ nodes: [ailing, worker('w-2', '1.35.4')] });
    setTimeout(() => cluster.putNode('w-1', { ready: 'True' }), 15_000);
    const reached = { step: 'claim', since: NOW } as const;
    expect(await played(startWorker(cluster, { attempt: 2, reached }).outcome)).toEqual(DONE);
  });
});

function words(ms: number): string {
  return new Date(ms).toISOString().replace('T', ' ').slice(0, 19);
}
