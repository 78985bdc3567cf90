import { ClusterUnreachable } from '../../../src/app/ports.ts';
import { NOW, version, worker } from '../plan/cluster-builder.ts';
import { createCluster } from './memory-cluster.ts';
import { CLAIM, startWorker, TASK } from './recipe-example.ts';
import { createExample, DONE, failed, PODS } from './recipe-scene.ts';
import { played, resumeTime, stopTime } from './virtual-time.ts';

beforeEach(() => stopTime(NOW));
afterEach(resumeTime);

describe('readiness', () => {
  it('counts on where the worker before had begun to wait', async () => {
    const upgraded = { kubelet: version('1.36.4'), claim: CLAIM, unschedulable: true, readySince: NOW - 20_000 };
    const cluster = createCluster({ nodes: [worker('w-1', '1.36.4', upgraded)], upgradeMs: 0 });
    const reached = { step: 'ready', since: NOW - 30_000 } as const;
    await played(startWorker(cluster, { reached }, { settings: { readySeconds: 60 } }).outcome);
    expect(cluster.clock.now() - NOW).toBeGreaterThanOrEqual(40_000);
    expect(cluster.clock.now() - NOW).toBeLessThan(40_100);
  });

  it('is never counted from a time that is still to come', async () => {
    const ahead = { kubelet: version('1.36.4'), claim: CLAIM, readySince: NOW + 3_600_000 };
    const cluster = createCluster({ nodes: [worker('w-1', '1.36.4', ahead)], upgradeMs: 0 });
    await played(startWorker(cluster).outcome);
    expect(cluster.clock.now() - NOW).toBeLessThan(11_100);
  });

  it('counts only with the kubelet that was planned', async () => {
    const cluster = createExample();
    const late = { perform: async () => ({ kind: 'succeeded', log: [] }) as const };
    setTimeout(() => cluster.putNode('w-1', { kubelet: version('1.36.4'), readySince: NOW }), 60_000);
    const worker = startWorker({ ...cluster, driver: { ...cluster.driver, ...late } });
    expect(await played(worker.outcome)).toEqual(DONE);
    expect(cluster.clock.now() - NOW).toBeGreaterThanOrEqual(60_000);
  });

  it('begins again whenever the node falls back', async () => {
    const cluster = createExample();
    const down = (at: number) => {
      setTimeout(() => cluster.putNode('w-1', { ready: 'False', readySince: cluster.clock.now() }), at);
      setTimeout(() => cluster.putNode('w-1', { ready: 'True', readySince: cluster.clock.now() }), at + 1_000);
    };
    down(25_000);
    down(33_000);
    expect(await played(startWorker(cluster).outcome)).toEqual(DONE);
    expect(cluster.clock.now() - NOW).toBeGreaterThanOrEqual(34_000 + 10_000);
  });

  it('does not believe a clock of the cluster that runs ahead or behind', async () => {
    for (const skew of [-3_600_000, 3_600_000]) {
      const cluster = createExample();
      const begun = cluster.clock.now();
      const flap = () => {
        cluster.putNode('w-1', { ready: 'False', readySince: cluster.clock.now() + skew });
        cluster.putNode('w-1', { ready: 'True', readySince: cluster.clock.now() + skew + 1 });
      };
      setTimeout(flap, 25_000);
      const reached = { step: 'claim', since: begun } as const;
      expect(await played(startWorker(cluster, { reached }).outcome)).toEqual(DONE);
      const took = cluster.clock.now() - begun;
      expect(took).toBeGreaterThanOrEqual(35_000);
      expect(took).toBeLessThan(35_100);
    }
  });

  it('that does not come halts with what was seen last', async () => {
    const cluster = createExample();
    setTimeout(() => cluster.putNode('w-1', { ready: 'Unknown', readySince: cluster.clock.now() }), 22_500);
    expect(await played(startWorker(cluster).outcome)).toEqual(
      failed(
        'ready',
        'Node w-1 was not well again within 10 min: its kubelet has stopped reporting. ' +
          'Look at the kubelet and the container runtime on the host, then retry.',
      ),
    );
    expect(cluster.node('w-1')).toMatchObject({ claim: CLAIM, unschedulable: true });
  });

  it('of a node that is deleted meanwhile never comes', async () => {
    const cluster = createExample();
    setTimeout(() => cluster.deleteNode('w-1'), 25_000);
    expect(await played(startWorker(cluster).outcome)).toEqual({ kind: 'vanished', step: 'ready', replaced: false });
  });
});

describe('time', () => {
  it('of an earlier worker counts', async () => {
    const nodes = [worker('w-1', '1.35.4', { claim: CLAIM, unschedulable: true }), worker('w-2', '1.35.4')];
    const cluster = createCluster({ nodes, pods: PODS, budgets: { web: 2 } });
    const reached = { step: 'drain', since: NOW - 3_000_000 } as const;
    const { outcome, blocked } = startWorker(cluster, { reached }, { settings: { blockedAfterSeconds: 700 } });
    expect(await played(outcome)).toEqual(failed('drain', /within 60 min/));
    expect(cluster.clock.now() - NOW).toBeLessThan(601_000);
    // The first delay was over long before this worker came.
    expect(blocked.length).toBeGreaterThan(0);
  });

  it('that is over still allows one look, which finds what has ended meanwhile', async () => {
    const cluster = createExample({ claim: CLAIM, unschedulable: true });
    const reached = { step: 'upgrade', since: NOW - 7_200_000 } as const;
    expect(await played(startWorker(cluster, { reached }).outcome)).toEqual(DONE);
  });

  it('that is over turns an error that might pass into a failure', async () => {
    const cluster = createExample({ claim: CLAIM, unschedulable: true });
    cluster.onRequest(name => (name.startsWith('perform') ? new ClusterUnreachable('no answer') : undefined));
    const reached = { step: 'upgrade', since: NOW - 7_200_000 } as const;
    expect(await played(startWorker(cluster, { reached }).outcome)).toEqual(
      failed('upgrade', 'Step upgrade of node w-1 did not end within 30 min. no answer'),
    );
  });

  it('of the steps is not shortened by a task that began long ago', async () => {
    const cluster = createExample();
    expect(await played(startWorker(cluster, { ...TASK, reached: { step: 'claim', since: 0 } }).outcome)).toEqual(DONE);
  });
});
