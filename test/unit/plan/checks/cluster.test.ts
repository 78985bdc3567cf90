import type { Component } from '../../../../src/cluster/snapshot.ts';
import { stopsApproval } from '../../../../src/plan/finding.ts';
import { cluster, component, controlPlane, pod, staticPods, worker } from '../cluster-builder.ts';
import { codes, findingsOf, found } from './found.ts';

const NODES = [controlPlane('cp-1', '1.36.2'), worker('w-1', '1.36.2')];
const MASTERS = ['cp-1', 'cp-2', 'cp-3'];
const SOUND = cluster([...MASTERS.map(name => controlPlane(name, '1.36.2')), worker('w-1', '1.36.2')], {
  components: MASTERS.flatMap(name => [...staticPods(name, '1.36.2'), component('etcd', name, '3.6.8')]),
});

describe('a sound cluster', () => {
  it('has every check say so or leave it to the hosts, each under its own code, and nothing to settle', () => {
    const findings = findingsOf(SOUND);
    const deferred = findings.filter(({ severity }) => severity === 'deferred').map(({ code }) => code);
    expect(deferred).toEqual(['CERTIFICATE_FILES', 'DISK_SPACE', 'ETCD_MEMBERS', 'MANIFESTS_EDITED']);
    expect(findings.filter(({ severity }) => severity !== 'ok' && severity !== 'deferred')).toEqual([]);
    expect(new Set(findings.map(({ code }) => code)).size).toBe(findings.length);
    expect(findings.some(stopsApproval)).toBe(false);
  });
});

describe('every finding that is not ok', () => {
  it('says what to do about it', () => {
    const lease = { run: 'r0', owner: 'worker-1' };
    const unreadable = [{ what: 'the pods', why: 'forbidden' }];
    const bare = pod('bare', 'w-1', { controller: undefined, emptyDir: true });
    const findings = findingsOf(cluster(NODES, { lease, unreadable, pods: [bare] }));
    const telling = findings.filter(({ severity }) => severity !== 'ok');
    expect(telling.length).toBeGreaterThan(3);
    for (const { sentence, remedy } of telling) {
      expect(sentence).toMatch(/\.$/);
      expect(remedy).toMatch(/\.$/);
    }
  });

  it('stands before the others, worst first', () => {
    const lease = { run: 'r0', owner: 'worker-1' };
    const unreadable = [{ what: 'the pods', why: 'forbidden' }];
    const cordoned = worker('w-2', '1.36.2', { unschedulable: true });
    expect(codes({ ...SOUND, nodes: [...SOUND.nodes, cordoned], lease, unreadable })).toEqual([
      'ANOTHER_RUN',
      'LOOK_FAILED',
      'NODE_CORDONED',
      'CERTIFICATE_FILES',
      'DISK_SPACE',
      'ETCD_MEMBERS',
      'MANIFESTS_EDITED',
    ]);
  });
});

describe('another run', () => {
  const held = cluster(NODES, { lease: { run: 'r0', owner: 'worker-1' } });

  it('that holds the cluster stops the plan', () => {
    expect(found('ANOTHER_RUN', held)).toEqual([['block', 'Run r0 holds this cluster (lease of worker-1).']]);
  });

  it('is not what asks', () => {
    expect(found('ANOTHER_RUN', held, 'next', undefined, { ownRun: 'r0' })).toEqual([]);
    expect(found('ANOTHER_RUN', held, 'next', undefined, { ownRun: 'r1' })).toHaveLength(1);
  });
});

describe('the health of the control plane', () => {
  const unready: Partial<Component> = { ready: false };
  it.each<[string, Component, string | undefined]>([
    ['etcd', component('etcd', 'cp-1', '3.6.8', unready), 'etcd on cp-1'],
    ['a scheduler', component('kube-scheduler', 'cp-1', '1.36.2', unready), 'kube-scheduler on cp-1'],
    ['something out of sight', component('etcd', undefined, '3.6.8', unready), 'etcd'],
    ['kube-proxy, which nothing waits for', component('kube-proxy', 'w-1', '1.36.2', unready), undefined],
    ['nothing', component('etcd', 'cp-1', '3.6.8'), undefined],
  ])('with %s not ready', (_what, sick, named) => {
    const snapshot = cluster(NODES, { components: [...staticPods('cp-1', '1.36.2'), sick] });
    expect(found('CONTROL_PLANE_UNHEALTHY', snapshot)).toEqual(
      named === undefined ? [] : [['block', `Control-plane pods are not ready: ${named}.`]],
    );
  });
});

describe('a static pod that is not there', () => {
  const without = (...missing: [Component['kind'], string][]) => ({
    ...SOUND,
    components: SOUND.components.filter(
      ({ kind, node }) => !missing.some(each => each[0] === kind && each[1] === node),
    ),
  });

  it.each<[string, [Component['kind'], string][], string]>([
    ['a scheduler', [['kube-scheduler', 'cp-3']], 'kube-scheduler on cp-3'],
    [
      'controllers, and an etcd that the other nodes have',
      [
        ['etcd', 'cp-2'],
        ['kube-controller-manager', 'cp-1'],
      ],
      'etcd on cp-2, kube-controller-manager on cp-1',
    ],
  ])('is not taken for a sound one: %s', (_what, missing, named) => {
    expect(found('CONTROL_PLANE_UNHEALTHY', without(...missing))).toEqual([
      ['block', `Control-plane pods that kubeadm would look for are not there: ${named}.`],
    ]);
  });

  it('is a member that etcd is short of', () => {
    expect(found('ETCD_QUORUM', without(['etcd', 'cp-3']))).toEqual([
      ['block', expect.stringContaining('Only 2 of 3 etcd members are ready (cp-1, cp-2, cp-3, not ready)')],
    ]);
  });

  it('is none of an etcd that runs elsewhere', () => {
    const external = without(['etcd', 'cp-1'], ['etcd', 'cp-2'], ['etcd', 'cp-3']);
    expect(codes(external)).not.toContain('CONTROL_PLANE_UNHEALTHY');
    expect(codes(external)).toContain('ETCD_EXTERNAL');
  });
});

describe('a node that runs a kube-apiserver and does not bear the label of its role', () => {
  const nodes = [...NODES, worker('cp-2', '1.36.2')];
  const components = [...staticPods('cp-1', '1.36.2'), ...staticPods('cp-2', '1.36.2')];

  it('stops the plan, which would take it for a worker', () => {
    expect(found('CONTROL_PLANE_UNLABELLED', cluster(nodes, { components }), '1.36.4')).toEqual([
      [
        'block',
        'These nodes run static pods of a control plane, and without its label they would be upgraded as workers: cp-2.',
      ],
    ]);
    expect(found('CONTROL_PLANE_UNLABELLED', SOUND)).toEqual([]);
  });

  it('is told with the command that labels it', () => {
    const { remedy } = findingsOf(cluster(nodes, { components }), '1.36.4').filter(stopsApproval)[0] ?? {};
    expect(remedy).toContain('`kubectl label node cp-2 node-role.kubernetes.io/control-plane=`');
  });
});

describe('a control plane that nobody sees', () => {
  it('is said to be managed by someone else', () => {
    const managed = cluster([worker('w-1', '1.35.4')], {
      components: [component('kube-apiserver', undefined, '1.36.2')],
    });
    expect(found('MANAGED_CONTROL_PLANE', managed)).toEqual([
      ['warn', expect.stringContaining('run by someone else: only workers are planned.')],
    ]);
    expect(found('MANAGED_CONTROL_PLANE', SOUND)).toEqual([]);
  });
});
