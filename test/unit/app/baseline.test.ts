import { baselineOf } from '../../../src/app/baseline.ts';
import type { Baseline, WorkloadStanding } from '../../../src/app/workload-ports.ts';
import type { NodeView, PodView, VolumeView } from '../../../src/cluster/snapshot.ts';
import { pod, worker } from '../plan/cluster-builder.ts';

const HOSTNAME = 'kubernetes.io/hostname';
const named = (name: string, more: Partial<NodeView> = {}) =>
  worker(name, '1.35.4', { labels: { [HOSTNAME]: name }, ...more });
const HERE = named('w-1', { unschedulable: true });
const OTHER = named('w-2');

async function* once<T>(state: T): AsyncGenerator<T> {
  yield state;
}

/** The baseline of w-1, on which two pods of `web` run, of three that are ready in all; `looks` are those that cost more. */
async function baseline(
  pods: readonly PodView[],
  {
    nodes = [HERE, OTHER],
    volumes = [],
    staysCordoned = true,
  }: { nodes?: readonly NodeView[]; volumes?: readonly VolumeView[]; staysCordoned?: boolean } = {},
) {
  const looks: string[] = [];
  const remembered = new Map<string, Baseline>();
  const web: WorkloadStanding = { kind: 'ReplicaSet', namespace: 'default', name: 'web', ready: 3, wanted: 3 };
  const never = () => Promise.reject(new Error('not asked for'));
  const found = await baselineOf(
    'r1-h0-2-w-1',
    { node: 'w-1', staysCordoned },
    {
      pods: { watchOn: () => once(pods), watchBudgets: () => once([]), evict: never, delete: never, daemonSets: never },
      workloads: { watch: () => once([web]) },
      volumes: {
        local: async () => {
          looks.push('volumes');
          return volumes;
        },
      },
      surroundings: {
        nodes: async () => {
          looks.push('nodes');
          return nodes;
        },
      },
      baselines: {
        get: async id => remembered.get(id),
        create: async (id, value) => Boolean(remembered.set(id, value)),
      },
    },
    new AbortController().signal,
  );
  return { tied: found.tied, ready: found.workloads.map(({ ready }) => ready), looks };
}

const FREE = pod('web-0', 'w-1');
const local = (node: string): VolumeView => ({
  name: 'pv-1',
  claim: 'default/data',
  nodeAffinity: [{ labels: [{ key: HOSTNAME, operator: 'In', values: [node] }], fields: [] }],
  hostPath: false,
});

describe('the baseline of a node that stays cordoned', () => {
  it.each<[string, Partial<PodView>, Parameters<typeof baseline>[1]]>([
    ['its node selector', { nodeSelector: { [HOSTNAME]: 'w-1' } }, {}],
    ['a local volume', { claims: ['data'] }, { volumes: [local('w-1')] }],
    ['the cordons of all other nodes', {}, { nodes: [HERE, { ...OTHER, unschedulable: true }] }],
  ])('does not count a pod that can run nowhere else because of %s', async (_, more, given) => {
    const tied = pod('web-1', 'w-1', more);
    const { tied: names, ready } = await baseline([tied], given);
    expect(names).toEqual(['default/web-1']);
    expect(ready).toEqual([2]);
  });

  it('counts one that was not ready no less, since it was not counted', async () => {
    const { ready } = await baseline([
      pod('web-1', 'w-1', { nodeSelector: { [HOSTNAME]: 'w-1' }, ready: false }),
      FREE,
    ]);
    expect(ready).toEqual([3]);
  });

  it.each<[string, Partial<PodView>, Parameters<typeof baseline>[1]]>([
    ['nothing ties', {}, {}],
    ['a volume of another node does not tie', { claims: ['data'] }, { volumes: [local('w-2')] }],
    ['only lacks room elsewhere', { requests: { cpuMilli: 1_000_000, memoryBytes: 0, pods: 1 } }, {}],
  ])('counts a pod that %s', async (_, more, given) => {
    const { tied, ready } = await baseline([pod('web-1', 'w-1', more)], given);
    expect(tied).toEqual([]);
    expect(ready).toEqual([3]);
  });
});

it('the baseline of a node that is given back counts all its pods, and looks at no other node', async () => {
  const { tied, ready, looks } = await baseline([pod('web-1', 'w-1', { nodeSelector: { [HOSTNAME]: 'w-1' } })], {
    staysCordoned: false,
  });
  expect({ tied, ready, looks }).toEqual({ tied: [], ready: [3], looks: [] });
});
