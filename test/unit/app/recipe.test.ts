import { ClusterRefused, ClusterUnreachable } from '../../../src/app/ports.ts';
import { controlPlane, NOW, pod, version, worker } from '../plan/cluster-builder.ts';
import { createCluster } from './memory-cluster.ts';
import { CLAIM, startWorker } from './recipe-example.ts';
import { createExample, DONE, failed, PODS } from './recipe-scene.ts';
import { played, resumeTime, stopTime } from './virtual-time.ts';

beforeEach(() => stopTime(NOW));
afterEach(resumeTime);
const BEHIND = { controlPlanes: { 'w-1': '1.35.4' } };

describe('the recipe', () => {
  it('claims, asks the host, cordons, drains, upgrades, waits and uncordons, and tells each step', async () => {
    const cluster = createExample();
    const { outcome, steps } = startWorker(cluster);
    expect(await played(outcome)).toEqual(DONE);
    expect(steps).toEqual(['claim', 'preflight', 'cordon', 'drain', 'upgrade', 'ready', 'uncordon', 'gates']);
    expect(cluster.node('w-1')).toMatchObject({
      kubelet: version('1.36.4'),
      unschedulable: false,
      claim: undefined,
    });
    expect(cluster.podsOn('w-1')).toEqual([]);
    expect(cluster.started).toEqual(['r1-h0-2-w-1-1']);
  });

  it('adds nothing but requests to what pods, host and readiness take', async () => {
    const cluster = createExample();
    await played(startWorker(cluster).outcome);
    // 2 s for the pods, 1 s and 20 s for the host, 10 s of being Ready; a request takes 2 ms.
    expect(cluster.clock.now() - NOW).toBeLessThan(33_000 + 50);
  });

  it('neither cordons nor drains for the control plane', async () => {
    const cluster = createCluster({
      nodes: [controlPlane('cp-1', '1.35.4')],
      pods: [pod('web-0', 'cp-1')],
      controlPlanes: { 'cp-1': '1.35.4' },
    });
    const task = { node: 'cp-1', uid: 'uid-cp-1', phase: 'control-plane' } as const;
    const { outcome, steps } = startWorker(cluster, task);
    expect(await played(outcome)).toEqual(DONE);
    expect(steps).toEqual(['claim', 'upgrade', 'ready', 'uncordon', 'gates']);
    expect(cluster.podsOn('cp-1')).toEqual(['web-0']);
    expect(cluster.node('cp-1')).toMatchObject({ claim: undefined, unschedulable: false });
  });

  it('neither cordons nor drains where the kubelet waits: kubeadm alone prepares the host', async () => {
    const cluster = createExample();
    const before = cluster.podsOn('w-1');
    const { outcome, steps } = startWorker(cluster, { phase: 'config' });
    expect(await played(outcome)).toEqual(DONE);
    expect(steps).toEqual(['claim', 'upgrade', 'uncordon']);
    expect(cluster.podsOn('w-1')).toEqual(before);
    expect(cluster.node('w-1')).toMatchObject({ claim: undefined, unschedulable: false });
  });

  it.each(['kubelet', 'config', 'control-plane'] as const)(
    'leaves a node cordoned that somebody had cordoned before the %s phase',
    async phase => {
      const cluster = createExample({ unschedulable: true }, phase === 'control-plane' ? BEHIND : {});
      expect(await played(startWorker(cluster, { phase }).outcome)).toEqual(DONE);
      expect(cluster.node('w-1')).toMatchObject({ claim: undefined, unschedulable: true });
    },
  );

  it('leaves a cordon that somebody makes during the control-plane phase', async () => {
    const cluster = createExample({}, BEHIND);
    setTimeout(() => cluster.putNode('w-1', { unschedulable: true }), 10_000);
    expect(await played(startWorker(cluster, { phase: 'control-plane' }).outcome)).toEqual(DONE);
    expect(cluster.node('w-1')).toMatchObject({ claim: undefined, unschedulable: true });
  });

  it('has nothing to do on a node that was upgraded by other means', async () => {
    const cluster = createExample({ kubelet: version('1.36.4') });
    expect(await played(startWorker(cluster).outcome)).toEqual(DONE);
    expect(cluster.requests).toEqual(['get w-1']);
    expect(await played(startWorker(cluster, { phase: 'config' }).outcome)).toEqual(DONE);
    expect(cluster.requests).toEqual(['get w-1', 'get w-1']);
  });

  it('says what keeps the drain, and goes on when it is gone', async () => {
    const nodes = [worker('w-1', '1.35.4'), worker('w-2', '1.35.4')];
    const cluster = createCluster({ nodes, pods: PODS, budgets: { web: 2 } });
    setTimeout(() => cluster.putPod(pod('web-2', 'w-2')), 600_000);
    const { outcome, blocked } = startWorker(cluster);
    expect(await played(outcome)).toEqual(DONE);
    expect(blocked[0]?.map(each => each.pod)).toEqual(['default/web-0', 'default/web-1']);
  });
});

describe('a failure', () => {
  it('on the host halts with its step and its log, and keeps the node claimed and cordoned', async () => {
    const cluster = createExample();
    cluster.failHostWork('r1-h0-2-w-1-1', 'kubelet', 'dpkg is locked');
    expect(await played(startWorker(cluster).outcome)).toEqual({
      kind: 'failed',
      step: 'upgrade',
      reason: 'On the host, step "kubelet" failed: dpkg is locked',
      log: ['kubelet: dpkg is locked'],
    });
    expect(cluster.node('w-1')).toMatchObject({ unschedulable: true, claim: CLAIM });
  });

  it('is mended by a retry, which uncordons in the end what the first attempt had cordoned', async () => {
    const cluster = createExample();
    cluster.failHostWork('r1-h0-2-w-1-1', 'kubelet', 'dpkg is locked');
    await played(startWorker(cluster).outcome);
    const reached = { step: 'claim', since: cluster.clock.now() } as const;
    expect(await played(startWorker(cluster, { attempt: 2, reached }).outcome)).toEqual(DONE);
    expect(cluster.node('w-1')).toMatchObject({ kubelet: version('1.36.4'), unschedulable: false, claim: undefined });
  });

  it('of the preflight leaves the node as it is, with its pods', async () => {
    const cluster = createExample();
    const pods = cluster.podsOn('w-1');
    cluster.failHostWork('r1-h0-2-w-1-1-preflight', 'preflight', 'DiskSpace: /var/lib has 90 MiB left.');
    expect(await played(startWorker(cluster).outcome)).toEqual(
      failed(
        'preflight',
        'The host is not fit for it, and nothing was changed there. DiskSpace: /var/lib has 90 MiB left.',
      ),
    );
    expect(cluster.node('w-1')).toMatchObject({ unschedulable: false, claim: { ...CLAIM, cordons: 0 } });
    expect(cluster.podsOn('w-1')).toEqual(pods);
    expect(pods.length).toBeGreaterThan(0);
    expect(cluster.started).toEqual([]);
  });

  it('of the preflight does not come from a host that has passed it with this attempt', async () => {
    const cluster = createExample();
    cluster.failHostWork('r1-h0-2-w-1-1-preflight', 'preflight', 'DiskSpace: /var/lib has 90 MiB left.');
    const { outcome, steps } = startWorker(cluster, { reached: { step: 'drain', since: NOW } });
    expect(await played(outcome)).toEqual(DONE);
    expect(steps).toEqual(['claim', 'cordon', 'drain', 'upgrade', 'ready', 'uncordon', 'gates']);
  });

  it('of the API server that says no is final', async () => {
    const cluster = createExample();
    cluster.onRequest(name => (name === 'cordon w-1' ? new ClusterRefused('may not patch nodes') : undefined));
    expect(await played(startWorker(cluster).outcome)).toEqual(failed('cordon', 'may not patch nodes'));
  });

  it('that may pass is left to the queue', async () => {
    const cluster = createExample();
    cluster.onRequest(name => (name === 'cordon w-1' ? new ClusterUnreachable('no answer') : undefined));
    await expect(played(startWorker(cluster).outcome)).rejects.toThrow('no answer');
    cluster.onRequest(() => undefined);
    expect(await played(startWorker(cluster).outcome)).toEqual(DONE);
  });

  it('of a drain whose time is over says what is still there', async () => {
    const nodes = [worker('w-1', '1.35.4'), worker('w-2', '1.35.4')];
    const cluster = createCluster({ nodes, pods: PODS, budgets: { web: 2 } });
    const outcome = await played(startWorker(cluster).outcome);
    expect(outcome).toEqual(failed('drain', /^Node w-1 was not drained within 60 min\. Still there: default\/web-0/));
    expect(cluster.clock.now() - NOW).toBeLessThan(3_600_000 + 2_000);
    expect(cluster.started).toEqual([]);
  });

  it('of a host that never ends says so', async () => {
    const cluster = createCluster({ nodes: [worker('w-1', '1.35.4')], upgradeMs: 10 * 3_600_000 });
    expect(await played(startWorker(cluster).outcome)).toEqual(
      failed('upgrade', 'Step upgrade of node w-1 did not end within 30 min.'),
    );
  });
});
