import { ClusterRefused, ClusterUnreachable } from '../../../src/app/ports.ts';
import type { NodeView } from '../../../src/cluster/snapshot.ts';
import { controlPlane, NOW, pod, version, worker } from '../plan/cluster-builder.ts';
import { createCluster } from './memory-cluster.ts';
import { CLAIM, startWorker, TASK } from './recipe-example.ts';
import { played, resumeTime, stopTime } from './virtual-time.ts';

beforeEach(() => stopTime(NOW));
afterEach(resumeTime);

const PODS = [pod('web-0', 'w-1'), pod('web-1', 'w-1')];
const DONE = { kind: 'done' };

const BEHIND = { controlPlanes: { 'w-1': '1.35.4' } };

function createExample(node: Partial<NodeView> = {}, more: Partial<Parameters<typeof createCluster>[0]> = {}) {
  const nodes = [worker('w-1', '1.35.4', node), worker('w-2', '1.35.4'), controlPlane('cp-1', '1.35.4')];
  return createCluster({ nodes, pods: PODS, ...more });
}

function failed(step: string, reason: string | RegExp) {
  return {
    kind: 'failed',
    step,
    reason: typeof reason === 'string' ? reason : expect.stringMatching(reason),
    log: expect.any(Array),
  };
}

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

describe('a claim', () => {
  it('is refused on a node that was deleted or replaced', async () => {
    const cluster = createExample({ uid: 'uid-another' });
    const vanished = { kind: 'vanished', step: 'claim' };
    expect(await played(startWorker(cluster).outcome)).toEqual({ ...vanished, replaced: true });
    cluster.deleteNode('w-1');
    expect(await played(startWorker(cluster).outcome)).toEqual({ ...vanished, replaced: false });
    expect(cluster.requests.filter(name => !name.startsWith('get'))).toEqual([]);
  });

  it('is given back where another node took the name just before it was written', async () => {
    const cluster = createExample();
    cluster.onRequest(request => {
      if (request === 'claim w-1') cluster.putNode('w-1', { uid: 'uid-of-another' });
      return undefined;
    });
    const { outcome } = startWorker(cluster);
    expect(await played(outcome)).toEqual({ kind: 'vanished', step: 'claim', replaced: true });
    expect(cluster.node('w-1')).toMatchObject({ uid: 'uid-of-another', claim: undefined, unschedulable: false });
  });

  it('is refused where a newer attempt has the node', async () => {
    const claim = { ...CLAIM, attempt: 2 };
    const cluster = createExample({ claim });
    expect(await played(startWorker(cluster).outcome)).toEqual(
      failed('claim', 'Node w-1 is claimed by h0-2-w-1 of run r1 (attempt 2).'),
    );
    expect(cluster.node('w-1')?.claim).toEqual(claim);
  });

  it('of another run is refused while that run holds the cluster', async () => {
    const claim = { ...CLAIM, run: 'r0' };
    const cluster = createExample({ claim });
    cluster.giveLeaseTo('r0');
    expect(await played(startWorker(cluster).outcome)).toEqual(failed('claim', /Run r0 holds this cluster/));
    expect(cluster.node('w-1')?.claim).toEqual(claim);
  });

  it.each([
    ['in a fresh cluster', undefined],
    ['that it had begun', CLAIM],
  ])('is refused where no run holds the cluster, on a node %s', async (_which, claim) => {
    const cluster = createExample({ claim });
    cluster.giveLeaseTo(undefined);
    expect(await played(startWorker(cluster).outcome)).toEqual(failed('claim', /run r1 is over, or was never begun/));
    expect(cluster.node('w-1')?.claim).toEqual(claim);
    expect(cluster.requests).toEqual(['get w-1', 'read the lease']);
  });

  it.each([
    ['cordoned by that run', { unschedulable: true, was: false }, false],
    ['cordoned by a person before', { unschedulable: true, was: true }, true],
    ['left uncordoned by its control-plane phase', { unschedulable: false, was: true }, false],
  ])('left behind by another run on a node %s is taken over', async (_how, { unschedulable, was }, cordoned) => {
    const cluster = createExample({ unschedulable, claim: { ...CLAIM, run: 'r0', wasUnschedulable: was } });
    cluster.giveLeaseTo('r1');
    expect(await played(startWorker(cluster).outcome)).toEqual(DONE);
    expect(cluster.node('w-1')).toMatchObject({
      claim: undefined,
      unschedulable: cordoned,
      kubelet: version('1.36.4'),
    });
  });

  it('that somebody removes stops evictions and host work', async () => {
    const nodes = [worker('w-1', '1.35.4'), worker('w-2', '1.35.4')];
    const cluster = createCluster({ nodes, pods: PODS, budgets: { web: 1 }, startMs: 60_000 });
    setTimeout(() => cluster.putNode('w-1', { claim: undefined }), 30_000);
    const outcome = await played(startWorker(cluster).outcome);
    expect(outcome).toEqual(failed('drain', /no longer carries this run's claim/));
    expect(cluster.podsOn('w-1')).toEqual(['web-1']);
    expect(cluster.started).toEqual([]);
  });

  it.each([
    ['not cordoned', false],
    ['cordoned, as it had been before', true],
  ])(
    'that another worker of the same attempt has given back, with the node upgraded and %s, is no failure',
    async (_, unschedulable) => {
      const cluster = createExample({ unschedulable });
      const slow = startWorker(cluster);
      // What one does whose lock ran out while the other was under way already.
      const given = { claim: undefined, unschedulable, kubelet: version('1.36.4') };
      setTimeout(() => cluster.putNode('w-1', given), 25_000);
      await expect(played(slow.outcome)).rejects.toThrow('Another worker was through with node w-1 first.');
      expect(await played(startWorker(cluster, { reached: slow.reached() }).outcome)).toEqual(DONE);
      expect(cluster.started).toHaveLength(1);
    },
  );

  it('that is gone from a node which is cordoned still is one, though it is upgraded', async () => {
    const cluster = createExample();
    const { outcome } = startWorker(cluster);
    setTimeout(() => cluster.putNode('w-1', { claim: undefined, kubelet: version('1.36.4') }), 25_000);
    expect(await played(outcome)).toMatchObject({ kind: 'failed' });
  });

  it('that a newer attempt took keeps a worker that was frozen from changing anything', async () => {
    const cluster = createExample();
    const newer = { ...CLAIM, attempt: 2 };
    const frozen = startWorker(cluster);
    // The old worker is about to start the host's work when the node changes hands.
    setTimeout(() => cluster.putNode('w-1', { claim: newer }), 1_500);
    expect(await played(frozen.outcome)).toEqual(failed('upgrade', /no longer carries this run's claim/));
    expect(cluster.started).toEqual([]);
    expect(cluster.node('w-1')).toMatchObject({ claim: newer, unschedulable: true });
  });
});

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
