import type { ClusterSnapshot, NodeView } from '../../../src/cluster/snapshot.ts';
import { isInPool, poolsOf } from '../../../src/plan/pools.ts';
import type { PlanRequest } from '../../../src/plan/request.ts';
import {
  cluster,
  component,
  controlPlane,
  outline,
  plan,
  planned,
  staticPods,
  version,
  worker,
} from './cluster-builder.ts';

const BLUE = { labels: { 'cloud.google.com/gke-nodepool': 'Blue' } };
const GREEN = { labels: { 'eks.amazonaws.com/nodegroup': 'green', team: 'a' } };
const NODES = [
  controlPlane('cp-1', '1.36.2'),
  worker('w-1', '1.35.4', BLUE),
  worker('w-2', '1.35.4', GREEN),
  worker('w-3', '1.35.4', GREEN),
];
const AHEAD = cluster(NODES);

function asked(snapshot: ClusterSnapshot, asks: Partial<PlanRequest>, target = 'next') {
  return plan(snapshot, target, undefined, { asks });
}

function passes(snapshot: ClusterSnapshot, asks: Partial<PlanRequest>, target = 'next'): string[] {
  return outline(planned(snapshot, target, undefined, { asks }));
}

describe('a pool', () => {
  it.each<[string, NodeView, string[]]>([
    [
      'Cluster API',
      worker('w', '1.35.4', { labels: { 'topology.cluster.x-k8s.io/deployment-name': 'md-0' } }),
      ['md-0'],
    ],
    ['Karpenter', worker('w', '1.35.4', { labels: { 'karpenter.sh/nodepool': 'spot' } }), ['spot']],
    ['AKS', worker('w', '1.35.4', { labels: { 'kubernetes.azure.com/agentpool': 'a', agentpool: 'a' } }), ['a', 'a']],
    ['a role', worker('w', '1.35.4', { labels: { 'node-role.kubernetes.io/gpu': '' } }), ['gpu']],
    ['the control plane', controlPlane('c', '1.35.4', { labels: { 'node-role.kubernetes.io/control-plane': '' } }), []],
    ['nothing that names one', worker('w', '1.35.4', { labels: { zone: 'a' } }), []],
  ])('is known by the labels of %s', (_what, node, pools) => {
    expect(poolsOf(node)).toEqual(pools);
  });

  it.each([
    ['blue', true],
    ['BLUE', true],
    ['green', false],
    ['cloud.google.com/gke-nodepool=blue', true],
    ['gke-nodepool=blue', false],
    ['team=a', false],
  ])('%s: a node of GKE’s pool "Blue" is in it: %s', (pool, expected) => {
    expect(isInPool(worker('w', '1.35.4', BLUE), pool)).toBe(expected);
  });

  it('is planned alone, up to the control plane', () => {
    expect(passes(AHEAD, { pool: 'green' }, 'latest')).toEqual(['1.36.2 workers/kubelet: w-2 w-3']);
    expect(passes(AHEAD, { pool: 'team=a' })).toEqual(['1.36.2 workers/kubelet: w-2 w-3']);
    expect(passes(AHEAD, { pool: 'Blue', only: 'workers' })).toEqual(['1.36.2 workers/kubelet: w-1']);
  });

  it('that does not exist is refused, and those that do are named', () => {
    expect(asked(AHEAD, { pool: 'red' })).toEqual({
      kind: 'refused',
      sentence: 'No node of this cluster is in a pool "red".',
      instead: 'Its pools are Blue, green. A label will do as well: label=value.',
    });
    expect(asked(cluster([controlPlane('cp-1', '1.36.2')]), { pool: 'red' })).toMatchObject({
      instead: expect.stringContaining('carry no label that names a pool'),
    });
    expect(asked(AHEAD, { pool: 'team=z' })).toMatchObject({
      sentence: 'No node of this cluster has the label team=z.',
    });
  });

  it('of which no node can take part is refused', () => {
    const down = cluster([...NODES.slice(0, 1), worker('w-1', '1.35.4', { ...BLUE, ready: 'False' })]);
    expect(asked(down, { pool: 'blue' })).toMatchObject({ sentence: expect.stringContaining('can take part') });
  });
});

describe('nodes by name', () => {
  it('are planned alone', () => {
    expect(passes(AHEAD, { nodes: ['w-1', 'w-3'] })).toEqual(['1.36.2 workers/kubelet: w-1 w-3']);
  });

  it('that do not exist are refused, and those that do are named', () => {
    expect(asked(AHEAD, { nodes: ['w-1', 'w-9'] })).toEqual({
      kind: 'refused',
      sentence: 'This cluster has no node w-9.',
      instead: 'Its nodes are cp-1, w-1, w-2, w-3.',
    });
  });

  it('name only those left out that are asked about', () => {
    const nodes = [...NODES, worker('w-4', '1.35.4', { ready: 'False' }), worker('w-5', '1.35.4', { ready: 'False' })];
    const { excluded } = planned(cluster(nodes), 'next', undefined, { asks: { nodes: ['w-1', 'w-4'] } });
    expect(excluded).toEqual([{ node: 'w-4', why: 'it is not Ready' }]);
  });

  it('may not be nodes above the control plane', () => {
    expect(asked(AHEAD, { nodes: ['w-1'] }, '1.37')).toMatchObject({
      kind: 'refused',
      sentence: expect.stringContaining('while the control plane runs v1.36.2'),
    });
  });
});

describe('a part of the control plane', () => {
  const THREE = ['cp-1', 'cp-2', 'cp-3'].map(name => controlPlane(name, '1.35.4'));

  it('may catch up with its kubelet', () => {
    const half = cluster(THREE, { components: ['cp-1', 'cp-2', 'cp-3'].flatMap(name => staticPods(name, '1.36.2')) });
    expect(passes(half, { nodes: ['cp-2'] })).toEqual(['1.36.2 control-plane/kubelet: cp-2']);
  });

  it('is not upgraded alone: what is asked says how far it may go', () => {
    expect(asked(cluster(THREE), { nodes: ['cp-2'] })).toEqual({
      kind: 'nothing-to-do',
      version: version('1.35.4'),
      limit: 'The control plane is not part of this and runs v1.35.4: kubelets may not pass it.',
    });
  });

  it('is refused while the control plane stands at several versions', () => {
    const torn = cluster(THREE, {
      components: [...staticPods('cp-1', '1.36.2'), ...staticPods('cp-2', '1.35.4'), ...staticPods('cp-3', '1.35.4')],
    });
    expect(asked(torn, { nodes: ['cp-2', 'cp-3'] })).toEqual({
      kind: 'refused',
      sentence: 'The control plane stands at different versions, and a part of it cannot be upgraded without the rest.',
      instead: 'Ask about all of it (cp-1, cp-2, cp-3), or only about workers.',
    });
    expect(passes(torn, { nodes: ['cp-1', 'cp-2', 'cp-3'] })[0]).toBe('1.36.2 control-plane/control-plane: cp-2* cp-3');
  });
});

describe('a control plane that is out of sight', () => {
  const WORKERS = [worker('w-1', '1.34.3'), worker('w-2', '1.35.4')];

  it('says by its own version how far workers may go, and through which minors', () => {
    const managed = cluster(WORKERS, { components: [component('kube-apiserver', undefined, '1.36.2')] });
    const made = planned(managed, 'latest');
    expect(outline(made)).toEqual(['1.35.9 workers/kubelet: w-1', '1.36.2 workers/kubelet: w-1 w-2']);
    expect(made.findings.find(({ code }) => code === 'MANAGED_CONTROL_PLANE')?.sentence).toContain('only workers');
    expect(plan(managed, '1.37')).toMatchObject({
      kind: 'refused',
      sentence: expect.stringContaining('while the control plane runs v1.36.2'),
    });
  });

  it('has nothing to do where all workers have its version', () => {
    const managed = cluster([worker('w-1', '1.36.2')], {
      components: [component('kube-apiserver', undefined, '1.36.2')],
    });
    expect(plan(managed, 'latest')).toMatchObject({ kind: 'nothing-to-do', limit: expect.stringContaining('v1.36.2') });
  });

  it('that does not tell its version is refused: nobody knows how far workers may go', () => {
    expect(plan(cluster(WORKERS))).toEqual({
      kind: 'refused',
      sentence:
        'No kube-apiserver is visible and none has told its version, so it is not known how far its workers may go.',
      instead: 'See that Capstan may read the API server\'s "/version"; then plan again.',
    });
  });
});

it('says of an answer about some nodes that it is one', () => {
  const done = cluster([controlPlane('cp-1', '1.37.2'), worker('w-1', '1.36.4')]);
  expect(plan(done, 'latest', 'control-plane')).toEqual({
    kind: 'nothing-to-do',
    version: version('1.37.2'),
    limit: 'Other nodes were not looked at.',
  });
  expect(plan(cluster([controlPlane('cp-1', '1.37.2')]), 'latest')).not.toHaveProperty('limit');
});
