import type { NodeTask } from '../../../src/app/node-task.ts';
import { controlPlane, NOW, worker } from '../plan/cluster-builder.ts';
import { createCluster } from './memory-cluster.ts';
import { CLAIM, startWorker } from './recipe-example.ts';
import { played, resumeTime, stopTime } from './virtual-time.ts';

beforeEach(() => stopTime(NOW));
afterEach(resumeTime);

const NODES = [
  controlPlane('cp-1', '1.35.4'),
  controlPlane('cp-2', '1.35.4'),
  controlPlane('cp-3', '1.35.4'),
  worker('w-1', '1.35.4'),
];
const OLD = { 'cp-1': '1.35.4', 'cp-2': '1.35.4', 'cp-3': '1.35.4' };
const NEW = { 'cp-1': '1.36.4', 'cp-2': '1.36.4', 'cp-3': '1.36.4' };

function controlPlaneTask(node: string): Partial<NodeTask> {
  const pass = ['cp-1', 'cp-2', 'cp-3'];
  return { node, uid: `uid-${node}`, work: `h0-0-${node}`, phase: 'control-plane', controlPlane: 'part', pass };
}

const failure = (reason: string) => ({
  kind: 'failed',
  step: 'claim',
  reason: expect.stringContaining(reason),
  log: [],
});

describe('before anything is touched, a work', () => {
  it.each(['kubelet', 'config'] as const)('of phase %s waits for every kube-apiserver', async phase => {
    const cluster = createCluster({ nodes: NODES, controlPlanes: { ...NEW, 'cp-2': '1.35.4' } });
    expect(await played(startWorker(cluster, { phase }).outcome)).toEqual(
      failure('kube-apiserver on cp-2 (v1.35.4) is not at v1.36.4 yet'),
    );
    expect(cluster.node('w-1')).toEqual(NODES[3]);
    expect(cluster.requests).toEqual(['get w-1', 'read the lease', 'look at the control plane']);
  });

  it('takes no kubelet over a minor', async () => {
    const nodes = [worker('w-1', '1.34.1')];
    const cluster = createCluster({ nodes });
    expect(await played(startWorker(cluster).outcome)).toEqual(failure('is v1.34.1: it cannot go to v1.36.4 at once'));
  });

  it('leaves no kubelet behind, though its node came after the plan: it is named', async () => {
    const nodes = [...NODES, worker('w-9', '1.32.1')];
    const cluster = createCluster({ nodes, controlPlanes: OLD });
    expect(await played(startWorker(cluster, controlPlaneTask('cp-1')).outcome)).toEqual(
      failure('kubelet on w-9 (v1.32.1) is 4 minors older than kube-apiserver on cp-1 (v1.36.4)'),
    );
    cluster.deleteNode('w-9');
    expect(await played(startWorker(cluster, controlPlaneTask('cp-1')).outcome)).toEqual({ kind: 'done' });
  });

  it('reads every node once for a hop, however many control planes there are', async () => {
    const cluster = createCluster({ nodes: NODES, controlPlanes: OLD });
    for (const node of ['cp-1', 'cp-2', 'cp-3'])
      expect(await played(startWorker(cluster, controlPlaneTask(node)).outcome)).toEqual({ kind: 'done' });
    await played(startWorker(cluster).outcome);
    expect(cluster.requests.filter(name => name === 'list nodes')).toHaveLength(1);
    expect(cluster.requests.filter(name => name === 'list control-plane nodes')).toHaveLength(3);
  });

  it('is not looked at once it has begun: whatever came since, it goes on', async () => {
    const [cp1, ...others] = NODES;
    const claim = { ...CLAIM, work: 'h0-0-cp-1', wasUnschedulable: true };
    const nodes = [...(cp1 ? [{ ...cp1, claim }] : []), ...others, worker('w-9', '1.32.1')];
    const cluster = createCluster({ nodes, controlPlanes: OLD });
    expect(await played(startWorker(cluster, controlPlaneTask('cp-1')).outcome)).toEqual({ kind: 'done' });
  });
});

describe('control planes', () => {
  it('are taken one at a time, though works of several begin in the same moment', async () => {
    const cluster = createCluster({ nodes: NODES, controlPlanes: OLD });
    const workers = ['cp-1', 'cp-2', 'cp-3'].map(node => startWorker(cluster, controlPlaneTask(node)).outcome);
    const outcomes = await played(Promise.all(workers));
    expect(outcomes.filter(({ kind }) => kind === 'done').length).toBeLessThanOrEqual(1);
    expect(outcomes).toContainEqual(failure('one at a time'));
    expect(cluster.started.length).toBeLessThanOrEqual(1);
    for (const node of ['cp-1', 'cp-2', 'cp-3']) expect(cluster.node(node)?.claim).toBeUndefined();
  });

  it.each(['control-plane', 'kubelet'] as const)(
    'wait in phase %s for one that this run is at work on',
    async phase => {
      const [cp1, ...others] = NODES;
      const claim = { ...CLAIM, work: 'h0-0-cp-1' };
      const nodes = [...(cp1 ? [{ ...cp1, claim }] : []), ...others];
      const cluster = createCluster({ nodes, controlPlanes: phase === 'kubelet' ? NEW : OLD });
      const task = { ...controlPlaneTask('cp-2'), phase };
      expect(await played(startWorker(cluster, task).outcome)).toEqual(failure('this run is at work on cp-1'));
      expect(cluster.node('cp-2')).toMatchObject({ claim: undefined, unschedulable: false });
      expect(cluster.started).toEqual([]);
    },
  );

  it('are not held up by what an earlier run left on another', async () => {
    const [cp1, ...others] = NODES;
    const nodes = [...(cp1 ? [{ ...cp1, claim: { ...CLAIM, run: 'r0' } }] : []), ...others];
    const cluster = createCluster({ nodes, controlPlanes: OLD });
    expect(await played(startWorker(cluster, controlPlaneTask('cp-2')).outcome)).toEqual({ kind: 'done' });
  });

  it('are applied to by the first of a pass, and followed by the others', async () => {
    const cluster = createCluster({ nodes: NODES, controlPlanes: OLD });
    for (const node of ['cp-2', 'cp-1', 'cp-3']) await played(startWorker(cluster, controlPlaneTask(node)).outcome);
    expect(cluster.asked.map(({ node, kubeadm }) => `${node} ${kubeadm}`)).toEqual([
      'cp-2 apply',
      'cp-1 node',
      'cp-3 node',
    ]);
  });
});
