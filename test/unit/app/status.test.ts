import { nodeRows, statusReport } from '../../../src/app/status.ts';
import type { NodeView } from '../../../src/cluster/snapshot.ts';
import { newRun } from '../../../src/run/new-run.ts';
import type { RunState } from '../../../src/run/run.ts';
import { EXAMPLE_CALENDAR } from '../../support/calendar.ts';
import { cluster, component, controlPlane, staticPods, worker } from '../plan/cluster-builder.ts';
import { examplePlan } from '../run/example.ts';

function report(snapshot: ReturnType<typeof cluster>, run?: RunState) {
  return statusReport(snapshot, EXAMPLE_CALENDAR, run);
}

describe('the status of a cluster', () => {
  it('counts the versions of each component, newest first, and shows what cannot be read as it is', () => {
    const nodes = [
      controlPlane('cp-1', '1.36.4'),
      worker('w-1', '1.35.4'),
      worker('w-2', '1.35.4'),
      worker('w-3', 'odd'),
    ];
    const components = [
      ...staticPods('cp-1', '1.36.4'),
      component('kube-apiserver', 'cp-2', '1.36.10'),
      component('etcd', 'cp-1', '3.6.8'),
    ];
    const { components: rows } = report(cluster(nodes, { components }));
    expect(rows).toEqual([
      {
        kind: 'kube-apiserver',
        versions: [
          { version: 'v1.36.10', count: 1 },
          { version: 'v1.36.4', count: 1 },
        ],
      },
      { kind: 'kube-controller-manager', versions: [{ version: 'v1.36.4', count: 1 }] },
      { kind: 'kube-scheduler', versions: [{ version: 'v1.36.4', count: 1 }] },
      { kind: 'etcd', versions: [{ version: 'v3.6.8', count: 1 }] },
      {
        kind: 'kubelet',
        versions: [
          { version: 'v1.36.4', count: 1 },
          { version: 'v1.35.4', count: 2 },
          { version: 'vodd', count: 1 },
        ],
      },
    ]);
  });

  it('tells skew in sentences, and none where there is none', () => {
    const within = [controlPlane('cp-1', '1.36.4'), worker('w-1', '1.35.4')];
    expect(report(cluster(within)).skew).toEqual([]);
    expect(report(cluster([...within, worker('w-2', '1.32.4')])).skew).toEqual([
      expect.stringMatching(/^kubelet on w-2 \(v1\.32\.4\) is 4 minors older/),
    ]);
  });

  it('counts nodes that are Ready and nodes that are cordoned', () => {
    const nodes = [
      controlPlane('cp-1', '1.36.4'),
      worker('w-1', '1.36.4', { ready: 'False', unschedulable: true }),
      worker('w-2', '1.36.4', { ready: 'Unknown' }),
    ];
    expect(report(cluster(nodes)).nodes).toEqual({ total: 3, ready: 1, cordoned: 1 });
  });

  it.each<[string, readonly NodeView[], string]>([
    [
      'is supported',
      [controlPlane('cp-1', '1.36.2'), worker('w-1', '1.35.4')],
      '1.36 is supported until 2027-06-28; its newest patch is v1.36.4; the newest version is v1.37.2 (as of 2026-11-23).',
    ],
    [
      'is supported no longer',
      [controlPlane('cp-1', '1.33.2')],
      '1.33 has not been supported since 2026-06-28; its newest patch is v1.33.13; the newest version is v1.37.2 (as of 2026-11-23).',
    ],
    [
      'is newer than the calendar',
      [controlPlane('cp-1', '1.38.0')],
      '1.38 is newer than this calendar knows; its patches are not known; the newest version is v1.37.2 (as of 2026-11-23).',
    ],
    ['cannot be read', [], 'No version could be read, so nothing can be said about support.'],
  ])('says until when the oldest kube-apiserver is supported where it %s', (_what, nodes, sentence) => {
    expect(report(cluster(nodes)).support).toBe(sentence);
  });

  it('speaks of the oldest kubelet where the control plane is out of sight', () => {
    const managed = cluster([worker('w-1', '1.36.2'), worker('w-2', '1.35.4')]);
    expect(report(managed).support).toMatch(/^1\.35 is supported until 2027-02-28;/);
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
