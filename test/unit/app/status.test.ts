import { nodeRows, statusReport } from '../../../src/app/status.ts';
import { newRun } from '../../../src/run/new-run.ts';
import type { RunState } from '../../../src/run/run.ts';
import { EXAMPLE_CALENDAR } from '../../support/calendar.ts';
import { cluster, component, controlPlane, staticPods, worker } from '../plan/cluster-builder.ts';
import { examplePlan } from '../run/example.ts';

function report(snapshot: ReturnType<typeof cluster>, run?: RunState) {
  return statusReport(snapshot, EXAMPLE_CALENDAR, run);
}

describe('the status of a cluster', () => {
  it('groups components that are alike, newest first, and shows what cannot be read as it is', () => {
    const nodes = [
      controlPlane('cp-1', '1.36.4'),
      worker('w-1', '1.35.4'),
      worker('w-2', '1.35.4'),
      worker('w-3', 'odd', { kubeletText: 'odd' }),
    ];
    const components = [
      ...staticPods('cp-1', '1.36.4'),
      component('kube-apiserver', 'cp-2', '1.36.10'),
      component('etcd', 'cp-1', '3.6.8'),
    ];
    const { components: groups } = report(cluster(nodes, { components }));
    expect(groups.map(({ kind, version, count, nodes: named }) => [kind, version, count, named])).toEqual([
      ['kube-apiserver', 'v1.36.10', 1, ['cp-2']],
      ['kube-apiserver', 'v1.36.4', 1, ['cp-1']],
      ['kube-controller-manager', 'v1.36.4', 1, ['cp-1']],
      ['kube-scheduler', 'v1.36.4', 1, ['cp-1']],
      ['etcd', 'v3.6.8', 1, ['cp-1']],
      ['kubelet', 'v1.36.4', 1, ['cp-1']],
      ['kubelet', 'v1.35.4', 2, ['w-1']],
      ['kubelet', 'odd', 1, ['w-3']],
    ]);
  });

  it('of 5,000 nodes stays small, names the first that are wrong, and counts the rest', () => {
    const workers = Array.from({ length: 5_000 }, (_, index) =>
      worker(`w-${index}`, index < 3_000 ? '1.32.9' : '1.36.4'),
    );
    const big = report(cluster([controlPlane('cp-1', '1.36.4'), ...workers]));
    expect(big.skew).toMatchObject({ sentences: { length: 20 }, total: 3_000 });
    expect(big.components.find(({ verdict }) => verdict === 'too old')).toMatchObject({
      count: 3_000,
      nodes: { length: 20 },
    });
    expect(JSON.stringify(big).length).toBeLessThan(6_000);
  });

  it('tells how far the run has come', () => {
    const run = newRun(examplePlan({ controlPlanes: 1, workers: 2, hops: 1 }), { id: 'r1', now: 0 });
    const works = run.works.map((work, place): RunState['works'][number] => ({
      ...work,
      state:
        place === 0
          ? { kind: 'done', attempt: 1, startedAt: 0, finishedAt: 1 }
          : place === 1
            ? { kind: 'skipped', by: 'UBOB', at: 1 }
            : work.state,
    }));
    const healthy = cluster([controlPlane('cp-1', '1.36.4')]);
    expect(report(healthy).run).toBeUndefined();
    expect(report(healthy, { ...run, works }).run).toEqual({ id: 'r1', status: 'running', done: 2, total: 4 });
  });
});

describe('the table of nodes', () => {
  it('is that of kubectl get nodes, by name', () => {
    const rows = nodeRows([
      worker('w-2', '1.36.4', { unschedulable: true }),
      worker('w-1', '1.36.4', { ready: 'Unknown', createdAt: 7 }),
      controlPlane('cp-1', '1.36.4'),
    ]);
    expect(rows).toEqual([
      { name: 'cp-1', status: 'Ready', roles: 'control-plane', createdAt: 0, version: 'v1.36.4' },
      { name: 'w-1', status: 'NotReady', roles: '<none>', createdAt: 7, version: 'v1.36.4' },
      { name: 'w-2', status: 'Ready,SchedulingDisabled', roles: '<none>', createdAt: 0, version: 'v1.36.4' },
    ]);
  });

  it.each<[string, Readonly<Record<string, string>>, string]>([
    ['no label', {}, '<none>'],
    ['one role', { 'node-role.kubernetes.io/gpu': '' }, 'gpu'],
    ['several roles, sorted', { 'node-role.kubernetes.io/web': '', 'node-role.kubernetes.io/gpu': 'true' }, 'gpu,web'],
    ['the older label', { 'kubernetes.io/role': 'node' }, 'node'],
    ['both labels for one role', { 'kubernetes.io/role': 'gpu', 'node-role.kubernetes.io/gpu': '' }, 'gpu'],
    ['a label without a name', { 'node-role.kubernetes.io/': '' }, '<none>'],
  ])('names the roles of a node with %s', (_what, labels, roles) => {
    expect(nodeRows([worker('w-1', '1.36.4', { labels })])[0]?.roles).toBe(roles);
  });
});
