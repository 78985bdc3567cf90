import { controlPlane, NOW, pod, version, worker } from '../plan/cluster-builder.ts';
import { DONE, daemon, failed, GIVEN_BACK_MS, NODES, PODS, took } from './gate-example.ts';
import { createCluster } from './memory-cluster.ts';
import { CLAIM, startWorker } from './recipe-example.ts';
import { played, resumeTime, stopTime } from './virtual-time.ts';

beforeEach(() => stopTime(NOW));
afterEach(resumeTime);

describe('a node is ready', () => {
  it('only once its kubelet was heard of after it had reported the version: its host may have died right then', async () => {
    const cluster = createCluster({ nodes: NODES, pods: PODS });
    setTimeout(() => cluster.silence('w-1'), 23_500);
    setTimeout(() => cluster.putNode('w-1', { ready: 'Unknown' }), 63_500);
    expect(await played(startWorker(cluster).outcome)).toEqual(failed('ready', /its kubelet has stopped reporting/));
    expect(cluster.node('w-1')).toMatchObject({ unschedulable: true, claim: CLAIM });
  });

  it('without a sign of life, where nobody asked it to stay ready for any time', async () => {
    const cluster = createCluster({ nodes: NODES, pods: PODS });
    setTimeout(() => cluster.silence('w-1'), 20_000);
    expect(await played(startWorker(cluster, {}, { settings: { readySeconds: 0 } }).outcome)).toEqual(DONE);
  });

  it('once the pods of its DaemonSets are, and says which it waits for', async () => {
    const cluster = createCluster({ nodes: NODES, pods: [...PODS, daemon('cni')], daemonSets: ['kube-system/cni'] });
    setTimeout(() => cluster.putPod(daemon('cni', { ready: false })), 20_000);
    setTimeout(() => cluster.putPod(daemon('cni')), 100_000);
    const { outcome, waits } = startWorker(cluster);
    expect(await played(outcome)).toEqual(DONE);
    expect(took(cluster)).toBeGreaterThanOrEqual(100_000);
    expect(waits.map(({ closed }) => closed)).toEqual([
      [{ gate: 'daemon-pods', why: 'pods of its DaemonSets are not ready: kube-system/cni-x' }],
    ]);
  });

  it('where a DaemonSet pod is as little ready as it was before, or is being replaced', async () => {
    const pods = [...PODS, daemon('gpu', { ready: false }), daemon('log', { ready: false, deletingSince: NOW })];
    const cluster = createCluster({ nodes: NODES, pods, daemonSets: ['kube-system/gpu', 'kube-system/log'] });
    expect(await played(startWorker(cluster).outcome)).toEqual(DONE);
    expect(took(cluster)).toBeLessThan(GIVEN_BACK_MS + 100);
  });

  it('never, where a DaemonSet pod does not come back: it halts with that pod', async () => {
    const cluster = createCluster({ nodes: NODES, pods: [...PODS, daemon('cni')], daemonSets: ['kube-system/cni'] });
    setTimeout(() => cluster.putPod(daemon('cni', { ready: false })), 20_000);
    const { outcome, waits } = startWorker(cluster);
    expect(await played(outcome)).toEqual(
      failed('ready', /^Node w-1 was not well again within 10 min: pods of its.*cni-x\. Look/),
    );
    expect(waits.at(-1)).toMatchObject({ overdue: true });
  });
});

describe('the next node waits', () => {
  it('until what lost pods has as many ready as before, with the node given back meanwhile', async () => {
    const cluster = createCluster({ nodes: NODES, pods: PODS, startMs: 120_000 });
    const { outcome, steps, waits } = startWorker(cluster);
    let between: unknown;
    setTimeout(() => (between = cluster.node('w-1')), 60_000);
    expect(await played(outcome)).toEqual(DONE);
    expect(steps.slice(-2)).toEqual(['uncordon', 'gates']);
    expect(took(cluster)).toBeGreaterThanOrEqual(120_000);
    expect(between).toMatchObject({ unschedulable: false, claim: undefined });
    const why = 'not back at what they had before the drain: ReplicaSet default/web (0 of 2 ready)';
    expect(waits[0]).toMatchObject({ closed: [{ gate: 'workloads', why }], overdue: false });
  });

  it('for pods that could run nowhere else', async () => {
    const cluster = createCluster({ nodes: NODES.slice(0, 1), pods: PODS });
    expect(await played(startWorker(cluster).outcome)).toEqual(DONE);
    expect(cluster.podsOn('w-1')).toHaveLength(2);
  });

  it('not for pods that could run nowhere else, where somebody else had cordoned their node: they are told', async () => {
    const nodes = NODES.map(node => ({ ...node, unschedulable: true }));
    const cluster = createCluster({ nodes, pods: PODS });
    const { outcome, tied, waits } = startWorker(cluster);
    expect(await played(outcome)).toEqual(DONE);
    expect(cluster.node('w-1')).toMatchObject({ unschedulable: true, claim: undefined });
    expect(tied).toEqual([['default/web-0', 'default/web-1']]);
    expect(waits).toEqual([]);
  });

  it('for pods that could run elsewhere, though somebody else had cordoned their node', async () => {
    const [own, ...others] = NODES.map(node => ({ ...node, unschedulable: node.name === 'w-1' }));
    const cluster = createCluster({ nodes: own ? [own, ...others] : [], pods: PODS, startMs: 120_000 });
    const { outcome, tied } = startWorker(cluster);
    expect(await played(outcome)).toEqual(DONE);
    expect(took(cluster)).toBeGreaterThanOrEqual(120_000);
    expect(tied).toEqual([]);
  });

  it('for no more than the spec asks for by now, and for nothing that is gone', async () => {
    for (const to of [0, undefined]) {
      const cluster = createCluster({ nodes: NODES, pods: PODS, startMs: 10 * 3_600_000 });
      setTimeout(() => cluster.scale('web', to), took(cluster) + 60_000);
      const before = cluster.clock.now();
      const reached = { step: 'claim', since: before } as const;
      expect(await played(startWorker(cluster, { reached }).outcome)).toEqual(DONE);
      expect(cluster.clock.now() - before).toBeGreaterThanOrEqual(GIVEN_BACK_MS);
    }
  });

  it('for no more than was ready before', async () => {
    const pods = [pod('web-0', 'w-1'), pod('web-1', 'w-2', { ready: false })];
    const cluster = createCluster({ nodes: NODES, pods });
    expect(await played(startWorker(cluster).outcome)).toEqual(DONE);
  });

  it('until the time for it is over: then it halts, says what is short, and leaves the node in service', async () => {
    const cluster = createCluster({ nodes: NODES, pods: PODS, startMs: 10 * 3_600_000 });
    const { outcome, waits } = startWorker(cluster);
    expect(await played(outcome)).toEqual(
      failed('gates', /^Node w-1 was not well again within 10 min: not back .* \(0 of 2 ready\)\. Look at why/),
    );
    expect(cluster.node('w-1')).toMatchObject({ unschedulable: false, claim: undefined });
    const overdue = waits.find(each => each.overdue);
    expect(overdue?.at).toBeGreaterThanOrEqual(NOW + GIVEN_BACK_MS + 300_000);
    expect(overdue?.at).toBeLessThan(NOW + GIVEN_BACK_MS + 300_100);
  });

  it('and a retry asks again, without touching the node', async () => {
    const cluster = createCluster({ nodes: NODES, pods: PODS, startMs: 800_000 });
    expect(await played(startWorker(cluster).outcome)).toEqual(failed('gates', /0 of 2 ready/));
    const reached = { step: 'claim', since: cluster.clock.now() } as const;
    const { outcome, steps } = startWorker(cluster, { attempt: 2, reached });
    expect(await played(outcome)).toEqual(DONE);
    expect(steps).toEqual(['claim', 'gates']);
    expect(took(cluster)).toBeGreaterThanOrEqual(800_000);
  });

  it('and the next worker goes on waiting, in the same time', async () => {
    const cluster = createCluster({ nodes: NODES, pods: PODS, startMs: 10 * 3_600_000 });
    const life = new AbortController();
    setTimeout(() => life.abort(new Error('killed')), 200_000);
    const first = startWorker(cluster, {}, { signal: life.signal });
    await expect(played(first.outcome)).rejects.toThrow('killed');
    expect(first.reached().step).toBe('gates');
    const next = startWorker(cluster, { reached: first.reached() });
    expect(await played(next.outcome)).toEqual(failed('gates', /within 10 min/));
    expect(next.steps).toEqual(['claim', 'gates']);
    expect(took(cluster)).toBeLessThan(GIVEN_BACK_MS + 600_000 + 1_000);
  });

  it('no longer once somebody does not want to wait', async () => {
    const cluster = createCluster({ nodes: NODES, pods: PODS, startMs: 10 * 3_600_000 });
    const worker = startWorker(cluster);
    setTimeout(() => worker.order({ kind: 'skip', at: undefined }), 100_000);
    expect(await played(worker.outcome)).toEqual({ kind: 'left' });
    expect(took(cluster)).toBeLessThan(100_100);
    expect(cluster.node('w-1')).toMatchObject({ unschedulable: false, claim: undefined });
  });

  it('has nothing to wait for where a node was upgraded by other means', async () => {
    const cluster = createCluster({ nodes: [worker('w-1', '1.36.4', { kubelet: version('1.36.4') })] });
    const { outcome, steps } = startWorker(cluster);
    expect(await played(outcome)).toEqual(DONE);
    expect(steps).toEqual(['claim']);
  });
});

describe('soaking', () => {
  const SOAK = { settings: { soakSeconds: 300 } };

  it('takes its time, and says until when', async () => {
    const cluster = createCluster({ nodes: NODES, pods: PODS });
    const { outcome, waits } = startWorker(cluster, {}, SOAK);
    expect(await played(outcome)).toEqual(DONE);
    expect(took(cluster)).toBeGreaterThanOrEqual(GIVEN_BACK_MS + 300_000);
    expect(took(cluster)).toBeLessThan(GIVEN_BACK_MS + 300_200);
    expect(waits).toMatchObject([{ closed: [{ gate: 'soak' }], overdue: false }]);
  });

  it('begins anew where something falls back meanwhile', async () => {
    const cluster = createCluster({ nodes: NODES, pods: PODS });
    setTimeout(() => cluster.putNode('w-1', { ready: 'False' }), 200_000);
    setTimeout(() => cluster.putNode('w-1', { ready: 'True' }), 210_000);
    expect(await played(startWorker(cluster, {}, SOAK).outcome)).toEqual(DONE);
    expect(took(cluster)).toBeGreaterThanOrEqual(510_000);
  });

  it('follows a control plane, too, which is not drained', async () => {
    const cluster = createCluster({ nodes: [controlPlane('cp-1', '1.35.4')], controlPlanes: { 'cp-1': '1.35.4' } });
    const task = { node: 'cp-1', uid: 'uid-cp-1', phase: 'control-plane' } as const;
    const { outcome, steps } = startWorker(cluster, task, SOAK);
    expect(await played(outcome)).toEqual(DONE);
    expect(steps.at(-1)).toBe('gates');
    expect(took(cluster)).toBeGreaterThanOrEqual(300_000);
  });
});
