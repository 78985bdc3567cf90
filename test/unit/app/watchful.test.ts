import type { NodeView } from '../../../src/cluster/snapshot.ts';
import type { Step } from '../../../src/run/run.ts';
import { examplePolicy } from '../../support/policy.ts';
import { NOW, pod, worker } from '../plan/cluster-builder.ts';
import { createCluster } from './memory-cluster.ts';
import { EXCLUDE } from './memory-node.ts';
import { CLAIM, startWorker } from './recipe-example.ts';
import { pause, played, resumeTime, stopTime } from './virtual-time.ts';

beforeEach(() => stopTime(NOW));
afterEach(resumeTime);
const PODS = [pod('web-0', 'w-1'), pod('web-1', 'w-1')];
const DONE = { kind: 'done' };
const EXCLUDING = { settings: { drain: { ...examplePolicy().drain, excludeFromLoadBalancers: true } } };

/** Its pods take a minute to stop, so that the drain is under way from the second second to the end of the first minute. */
function createExample(node: Partial<NodeView> = {}) {
  const nodes = [worker('w-1', '1.35.4', node), worker('w-2', '1.35.4')];
  return createCluster({ nodes, pods: PODS, stopMs: 60_000 });
}

function failed(step: string, reason: RegExp) {
  return { kind: 'failed', step, reason: expect.stringMatching(reason), log: [] };
}

describe('a node that somebody uncordons', () => {
  it.each([
    ['drained', 20_000],
    ['upgraded', 70_000],
  ])('while it is %s is cordoned again at once, and that is said', async (_doing, at) => {
    const cluster = createExample();
    setTimeout(() => cluster.putNode('w-1', { unschedulable: false }), at);
    let soon: NodeView | undefined;
    setTimeout(() => (soon = cluster.node('w-1')), at + 100);
    const { outcome, recordoned, overruled } = startWorker(cluster);
    expect(await played(outcome)).toEqual(DONE);
    expect(soon).toMatchObject({ unschedulable: true, claim: { cordons: 2 } });
    expect([...recordoned, ...overruled]).toHaveLength(1);
    expect(cluster.node('w-1')).toMatchObject({ unschedulable: false, claim: undefined });
  });

  it('for the second time halts the run and asks; nothing is cordoned behind their back', async () => {
    const cluster = createExample();
    for (const at of [20_000, 30_000]) setTimeout(() => cluster.putNode('w-1', { unschedulable: false }), at);
    const { outcome } = startWorker(cluster);
    expect(await played(outcome)).toEqual(failed('drain', /^Node w-1 was uncordoned for the second time/));
    expect(cluster.clock.now() - NOW).toBeLessThan(30_100);
    expect(cluster.node('w-1')).toMatchObject({ unschedulable: false, claim: { cordons: 2 } });
    expect(cluster.started).toEqual([]);
  });

  it('is cordoned again by a retry, which overrules them once more', async () => {
    const cluster = createExample();
    for (const at of [20_000, 30_000]) setTimeout(() => cluster.putNode('w-1', { unschedulable: false }), at);
    await played(startWorker(cluster).outcome);
    const since = cluster.clock.now();
    setTimeout(() => cluster.putNode('w-1', { unschedulable: false }), 5_000);
    const { outcome, recordoned } = startWorker(cluster, { attempt: 2, reached: { step: 'claim', since } });
    expect(await played(outcome)).toEqual(DONE);
    expect(recordoned).toHaveLength(1);
  });

  it('is overruled each time while the host is at work, which nothing may leave behind', async () => {
    const cluster = createExample();
    for (const after of [30_000, 63_000, 66_000, 70_000]) {
      setTimeout(() => cluster.putNode('w-1', { unschedulable: false }), after);
    }
    const { outcome, recordoned, overruled } = startWorker(cluster);
    await played(pause(71_000));
    expect(cluster.started).toHaveLength(1);
    expect(cluster.node('w-1')).toMatchObject({ unschedulable: true });
    expect(await played(outcome)).toEqual(DONE);
    expect([recordoned.length > 0, overruled.length]).toEqual([true, 3]);
  });

  it('between two workers does not end the work of a host either', async () => {
    const cluster = createExample({ unschedulable: false, claim: { ...CLAIM, cordons: 2 } });
    const reached = { step: 'upgrade', since: NOW } as const;
    expect(await played(startWorker(cluster, { reached }).outcome)).toEqual(DONE);
  });

  it('between two workers is counted too', async () => {
    const cluster = createExample({ unschedulable: false, claim: CLAIM });
    const reached = { step: 'drain', since: NOW } as const;
    const { outcome, recordoned } = startWorker(cluster, { reached });
    setTimeout(() => cluster.putNode('w-1', { unschedulable: false }), 20_000);
    expect(await played(outcome)).toEqual(failed('drain', /second time/));
    expect(recordoned.length).toBeGreaterThan(0);

    cluster.putNode('w-1', { unschedulable: false, claim: { ...CLAIM, cordons: 2 } });
    expect(await played(startWorker(cluster, { reached }).outcome)).toEqual(failed('cordon', /second time/));
  });

  it('and had cordoned it before us gets it back uncordoned', async () => {
    const cluster = createExample({ unschedulable: true });
    setTimeout(() => cluster.putNode('w-1', { unschedulable: false }), 20_000);
    expect(await played(startWorker(cluster).outcome)).toEqual(DONE);
    expect(cluster.node('w-1')).toMatchObject({ unschedulable: false, claim: undefined });
  });

  it('while the host is only asked was not ours yet: a cordon made then is kept', async () => {
    const cluster = createExample();
    setTimeout(() => cluster.putNode('w-1', { unschedulable: true }), 500);
    const { outcome, recordoned } = startWorker(cluster);
    expect(await played(outcome)).toEqual(DONE);
    expect(recordoned).toEqual([]);
    expect(cluster.node('w-1')).toMatchObject({ unschedulable: true, claim: undefined });
  });
});

describe('load balancers', () => {
  const labels = (cluster: ReturnType<typeof createExample>) => Object.keys(cluster.node('w-1')?.labels ?? {});

  it('are kept away by a label from before the first eviction until the node is given back', async () => {
    const cluster = createExample();
    let during: string[] = [];
    cluster.onRequest(name => {
      if (name.startsWith('evict')) during = labels(cluster);
      return undefined;
    });
    expect(await played(startWorker(cluster, {}, EXCLUDING).outcome)).toEqual(DONE);
    expect(during).toContain(EXCLUDE);
    expect(labels(cluster)).not.toContain(EXCLUDE);
  });

  it('are let alone unless the policy says otherwise', async () => {
    const cluster = createExample();
    let seen = false;
    cluster.onRequest(() => {
      seen ||= labels(cluster).includes(EXCLUDE);
      return undefined;
    });
    await played(startWorker(cluster).outcome);
    expect(seen).toBe(false);
  });

  it('stay away where somebody else had set the label', async () => {
    const cluster = createExample({ labels: { [EXCLUDE]: 'true' } });
    expect(await played(startWorker(cluster, {}, EXCLUDING).outcome)).toEqual(DONE);
    expect(cluster.node('w-1')?.labels).toEqual({ [EXCLUDE]: 'true' });
  });
});

describe('a node that somebody deletes, or an autoscaler', () => {
  // The preflight takes a second, the drain a minute, the host 20 s, and 10 s the node is to be Ready.
  const moments: readonly (readonly [Step, number])[] = [
    ['preflight', 500],
    ['drain', 20_000],
    ['upgrade', 70_000],
    ['ready', 85_000],
    ['gates', 110_000],
  ];
  const soaking = { settings: { soakSeconds: 60 } };

  it.each([['claim', 0] as const, ...moments])(
    'is noticed at once during %s, and nothing is done any more',
    async (step, at) => {
      const cluster = createExample();
      if (at === 0) cluster.deleteNode('w-1');
      else setTimeout(() => cluster.deleteNode('w-1'), at);
      const outcome = await played(startWorker(cluster, {}, soaking).outcome);
      expect(outcome).toEqual({ kind: 'vanished', step, replaced: false });
      expect(cluster.clock.now() - NOW).toBeLessThan(at + 100);
    },
  );

  it.each(moments)('during %s is told from another one that has its name by then', async (step, at) => {
    const cluster = createExample();
    const other = { uid: 'uid-other', claim: undefined, unschedulable: false };
    setTimeout(() => cluster.putNode('w-1', other), at);
    const outcome = await played(startWorker(cluster, {}, soaking).outcome);
    expect(outcome).toEqual({ kind: 'vanished', step, replaced: true });
    expect(cluster.clock.now() - NOW).toBeLessThan(at + 100);
    expect(cluster.node('w-1')).toMatchObject(other);
  });

  it('halts the run where it carries a part of the control plane, for a member of etcd may have gone with it', async () => {
    const cluster = createExample();
    setTimeout(() => cluster.deleteNode('w-1'), 20_000);
    const outcome = await played(startWorker(cluster, { controlPlane: 'part' }).outcome);
    expect(outcome).toEqual(failed('drain', /^Node w-1 was deleted/));
  });
});
