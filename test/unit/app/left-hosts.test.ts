import type { Order } from '../../../src/approval/order.ts';
import type { NodeView } from '../../../src/cluster/snapshot.ts';
import { controlPlane, NOW, pod, version, worker } from '../plan/cluster-builder.ts';
import { createCluster, type MemoryCluster } from './memory-cluster.ts';
import { CLAIM, startWorker, TASK } from './recipe-example.ts';
import { pause, played, resumeTime, stopTime } from './virtual-time.ts';

beforeEach(() => stopTime(NOW));
afterEach(resumeTime);

const MINUTE = 60_000;
const LEFT = { ...CLAIM, run: 'r0' };
const CORDONED = { claim: LEFT, unschedulable: true };
const NEVER = new AbortController().signal;
const DONE = { kind: 'done' };

function createExample(node: Partial<NodeView>, upgradeMs = MINUTE) {
  const nodes = [worker('w-1', '1.35.4', node), worker('w-2', '1.35.4'), controlPlane('cp-1', '1.35.4')];
  return createCluster({ nodes, pods: [pod('web-0', 'w-1')], upgradeMs });
}

/** What a run that nobody remembers has begun on a host, and what goes on there. */
function leaveAtWork(cluster: MemoryCluster, { node = 'w-1', to = '1.35.9', id = 'r0-h0-2-w-1-1' } = {}): void {
  const work = { id, run: 'r0', node, phase: 'kubelet', from: TASK.from, to: version(to) } as const;
  void cluster.driver.perform({ ...work, kubeadm: undefined, ignorePreflightErrors: [] }, NEVER);
}

/** Every state of a node while something goes on. */
function watched(cluster: MemoryCluster, name: string) {
  const states: (NodeView | undefined)[] = [];
  void (async () => {
    for await (const node of cluster.nodes.watch(name, NEVER)) states.push(node);
  })();
  return states;
}

describe('a node that a forgotten run left with its host at work', () => {
  it('is claimed only once the host is done, and its cordon is never opened in between', async () => {
    const cluster = createExample(CORDONED);
    leaveAtWork(cluster);
    await played(pause(10));
    const states = watched(cluster, 'w-1');
    const running = startWorker(cluster);
    await played(pause(MINUTE / 2));
    expect(cluster.node('w-1')).toMatchObject(CORDONED);
    expect(running.steps).toEqual(['claim']);
    const why = 'its host may be at work still for run r0, which left it claimed: its host is at work';
    expect(running.waits).toMatchObject([{ closed: [{ gate: 'host', why }], overdue: false }]);
    expect(await played(running.outcome)).toEqual(DONE);
    const upTo = states.findIndex(node => node?.claim === undefined);
    expect(states.slice(0, upTo).map(node => node?.unschedulable)).not.toContain(false);
    expect(cluster.node('w-1')).toMatchObject({ claim: undefined, unschedulable: false, kubelet: version('1.36.4') });
    expect(cluster.started).toEqual(['r0-h0-2-w-1-1', 'r1-h0-2-w-1-1']);
  });

  it('is given back, and not drained again, where that has brought it to the version', async () => {
    const cluster = createExample(CORDONED);
    leaveAtWork(cluster, { to: '1.36.4' });
    await played(pause(10));
    expect(await played(startWorker(cluster).outcome)).toEqual(DONE);
    expect(cluster.node('w-1')).toMatchObject({ claim: undefined, unschedulable: false });
    expect(cluster.podsOn('w-1')).toEqual(['web-0']);
    expect(cluster.started).toEqual(['r0-h0-2-w-1-1']);
  });

  it('stays cordoned where somebody else had cordoned it before', async () => {
    const cluster = createExample({ ...CORDONED, claim: { ...LEFT, wasUnschedulable: true } });
    leaveAtWork(cluster);
    await played(pause(10));
    expect(await played(startWorker(cluster).outcome)).toEqual(DONE);
    expect(cluster.node('w-1')).toMatchObject({ claim: undefined, unschedulable: true });
  });

  it('halts the run where that does not end in time, and is as it was', async () => {
    const cluster = createExample(CORDONED, 60 * MINUTE);
    leaveAtWork(cluster);
    await played(pause(10));
    const running = startWorker(cluster);
    const reason = expect.stringMatching(/within 15 min: its host may be at work still for run r0, .* then retry\.$/);
    expect(await played(running.outcome)).toMatchObject({ kind: 'failed', step: 'claim', reason });
    expect(running.waits.at(-1)).toMatchObject({ overdue: true });
    expect(cluster.node('w-1')).toMatchObject(CORDONED);
  });

  it.each<Order>([{ kind: 'abort' }, { kind: 'skip', at: undefined }])(
    'is left as it is at once by an order to $kind',
    async order => {
      const cluster = createExample(CORDONED);
      leaveAtWork(cluster);
      await played(pause(10));
      const running = startWorker(cluster);
      await played(pause(MINUTE / 2));
      const given = Date.now();
      running.order(order);
      expect(await played(running.outcome)).toEqual({ kind: 'stopped' });
      expect(Date.now() - given).toBeLessThan(1_000);
      expect(cluster.node('w-1')).toMatchObject(CORDONED);
    },
  );
});

it('no control plane is begun with while the host of another one, which a forgotten run left, is at work', async () => {
  const nodes = [controlPlane('cp-1', '1.35.4', { claim: LEFT }), controlPlane('cp-2', '1.35.4')];
  const behind = { 'cp-1': '1.36.4', 'cp-2': '1.35.4' };
  const cluster = createCluster({ nodes, controlPlanes: behind, upgradeMs: MINUTE });
  leaveAtWork(cluster, { node: 'cp-1' });
  await played(pause(10));
  const task = { node: 'cp-2', uid: 'uid-cp-2', phase: 'control-plane', controlPlane: 'part' } as const;
  const running = startWorker(cluster, { ...task, pass: ['cp-1', 'cp-2'] });
  await played(pause(MINUTE / 2));
  expect(running.steps).toEqual(['claim']);
  expect(await played(running.outcome)).toEqual(DONE);
  expect(cluster.started).toEqual(['r0-h0-2-w-1-1', 'r1-h0-2-w-1-1']);
});

describe('a retry, while the attempt before goes on on the host', () => {
  it.each<Order>([{ kind: 'abort' }, { kind: 'skip', at: { work: TASK.work, attempt: 2 } }])(
    'that is ended by an order to $kind uncordons nothing: the run has it done once the host is idle',
    async order => {
      const cluster = createExample({ claim: CLAIM, unschedulable: true }, 10 * MINUTE);
      leaveAtWork(cluster, { id: 'r1-h0-2-w-1-1' });
      await played(pause(10));
      const running = startWorker(cluster, { attempt: 2 });
      await played(pause(MINUTE));
      expect(running.steps).toEqual(['claim', 'preflight']);
      running.order(order);
      expect(await played(running.outcome)).toEqual({ kind: 'stopped', waits: true });
      expect(cluster.node('w-1')).toMatchObject({ claim: { run: 'r1', attempt: 2 }, unschedulable: true });
    },
  );
});
