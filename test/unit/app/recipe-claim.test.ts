import { NOW, version, worker } from '../plan/cluster-builder.ts';
import { createCluster } from './memory-cluster.ts';
import { CLAIM, startWorker } from './recipe-example.ts';
import { createExample, DONE, failed, PODS } from './recipe-scene.ts';
import { played, resumeTime, stopTime } from './virtual-time.ts';

beforeEach(() => stopTime(NOW));
afterEach(resumeTime);

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
