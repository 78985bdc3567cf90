import { componentTable, grouped } from '../../../src/plan/component-table.ts';
import { versionOf } from '../../support/version.ts';
import { cluster, component, controlPlane, staticPods, worker } from './cluster-builder.ts';

function table(...input: Parameters<typeof cluster>): string[] {
  return componentTable(cluster(...input)).map(({ kind, node, version, allowed, verdict }) =>
    [kind, node, version, allowed, verdict].join(' | '),
  );
}

describe('the table of components', () => {
  it('shows each with its node, its version, what it may be, and the verdict', () => {
    const components = [
      component('kube-proxy', 'w-2', 'v1.37.2'),
      component('cloud-controller-manager', 'cp-1', 'v1.34.1'),
      component('etcd', 'cp-1', '3.6.8-0'),
      ...staticPods('cp-1', '1.36.4'),
      component('kube-scheduler', 'cp-2', 'latest'),
    ];
    const nodes = [worker('w-2', '1.36.4'), worker('w-10', '1.32.9'), controlPlane('cp-1', '1.36.4')];
    expect(table(nodes, { components })).toEqual([
      'kube-apiserver | cp-1 | v1.36.4 | 1.35 to 1.37 | within',
      'kube-controller-manager | cp-1 | v1.36.4 | 1.35 to 1.36 | within',
      'kube-scheduler | cp-1 | v1.36.4 | 1.35 to 1.36 | within',
      'kube-scheduler | cp-2 | latest |  | unreadable',
      'cloud-controller-manager | cp-1 | v1.34.1 | 1.35 to 1.36 | too old',
      'etcd | cp-1 | v3.6.8-0 |  | not held',
      'kubelet | cp-1 | v1.36.4 | 1.33 to 1.36 | within',
      'kubelet | w-2 | v1.36.4 | 1.33 to 1.36 | within',
      'kubelet | w-10 | v1.32.9 | 1.33 to 1.36 | too old',
      'kube-proxy | w-2 | v1.37.2 | 1.33 to 1.36 | too new',
    ]);
  });

  it('shows versions as their vendor writes them', () => {
    const nodes = [worker('w-1', '1.36.4', { kubeletText: 'v1.36.4+k3s1' })];
    const components = [component('kube-proxy', 'w-1', 'v1.36.4_k3s1', { version: versionOf('1.36.4+k3s1') })];
    expect(componentTable(cluster(nodes, { components })).map(({ version }) => version)).toEqual([
      'v1.36.4+k3s1',
      'v1.36.4+k3s1',
    ]);
  });

  it('cannot judge what no kube-apiserver is in sight of', () => {
    expect(table([worker('w-1', '1.36.4')])).toEqual(['kubelet | w-1 | v1.36.4 |  | not held']);
  });

  it('is the same in whichever order the API lists things', () => {
    const nodes = [worker('w-2', '1.36.4'), worker('w-1', '1.35.4'), controlPlane('cp-1', '1.36.4')];
    const components = [...staticPods('cp-1', '1.36.4'), component('kube-proxy', 'w-1', 'v1.35.4')];
    expect(table(nodes, { components })).toEqual(table(nodes.toReversed(), { components: components.toReversed() }));
  });

  it('of 5,000 nodes makes few groups: alike ones are counted, and what is wrong is named', () => {
    const workers = Array.from({ length: 5_000 }, (_, index) => worker(`w-${index}`, index < 7 ? '1.32.9' : '1.36.4'));
    const groups = grouped(componentTable(cluster([controlPlane('cp-1', '1.36.4'), ...workers])), {
      right: 2,
      wrong: 5,
    });
    expect(groups.filter(({ kind }) => kind === 'kubelet')).toEqual([
      {
        kind: 'kubelet',
        version: 'v1.36.4',
        allowed: '1.33 to 1.36',
        verdict: 'within',
        count: 4_994,
        nodes: ['cp-1', 'w-7'],
      },
      {
        kind: 'kubelet',
        version: 'v1.32.9',
        allowed: '1.33 to 1.36',
        verdict: 'too old',
        count: 7,
        nodes: ['w-0', 'w-1', 'w-2', 'w-3', 'w-4'],
      },
    ]);
    expect(groups).toHaveLength(5);
  });
});
