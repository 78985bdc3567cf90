import type { Component } from '../../../src/cluster/snapshot.ts';
import { kubeadmCommand, raisesNewest, type Turn, whyNotItsTurn } from '../../../src/plan/turn.ts';
import { component, staticPods, version } from './cluster-builder.ts';

const control = (...runs: readonly string[]): Component[] =>
  runs.flatMap((each, place) => staticPods(`cp-${place}`, each));

const kubelet = (node: string, runs: string) => ({ kind: 'kubelet', node, version: version(runs) });

function turn(phase: Turn['phase'], more: Partial<Turn> = {}): Turn {
  const node = phase === 'control-plane' ? 'cp-0' : 'w-1';
  return { node, phase, to: version('1.37.2'), kubelet: version('1.36.3'), controlPlane: [], kubelets: [], ...more };
}

describe('it is the turn of', () => {
  test.each<[string, Turn]>([
    ['a kubelet once every kube-apiserver is there', turn('kubelet', { controlPlane: control('1.37.2', '1.37.2') })],
    ['a kubelet below a newer one', turn('kubelet', { controlPlane: control('1.38.0') })],
    [
      'a kubelet below a control plane out of sight',
      turn('kubelet', { controlPlane: [component('kube-apiserver', undefined, '1.37.2')] }),
    ],
    [
      'files of a kubelet that stays further behind',
      turn('config', { controlPlane: control('1.37.2'), kubelet: version('1.35.4') }),
    ],
    [
      'a kubelet over a minor that was seen to go well',
      turn('kubelet', { controlPlane: control('1.37.2'), kubelet: version('1.35.4') }),
    ],
    ['the first control plane', turn('control-plane', { controlPlane: control('1.36.3', '1.36.3') })],
    [
      'a control plane that was left between two versions',
      turn('control-plane', {
        controlPlane: [...staticPods('cp-0', '1.36.3').slice(1), component('kube-apiserver', 'cp-0', '1.37.2')],
      }),
    ],
    [
      'a control plane whose kubelets are behind as far as they may',
      turn('control-plane', { controlPlane: control('1.36.3'), kubelets: [kubelet('w-1', '1.34.0')] }),
    ],
    [
      'a control plane beside a kubelet that was too old before',
      turn('control-plane', { controlPlane: control('1.37.0'), kubelets: [kubelet('w-1', '1.33.0')] }),
    ],
    [
      'etcd of whatever version',
      turn('control-plane', { controlPlane: [...control('1.36.3'), component('etcd', 'cp-0', 'latest')] }),
    ],
  ])('%s', (_what, each) => {
    expect(whyNotItsTurn(each)).toBeUndefined();
  });
});

describe('it is not the turn of', () => {
  test.each<[string, Turn, string]>([
    [
      'a kubelet before one kube-apiserver',
      turn('kubelet', { controlPlane: control('1.37.2', '1.37.1') }),
      'kube-apiserver on cp-1 (v1.37.1) is not at v1.37.2 yet: the control plane comes before kubelets.',
    ],
    [
      'files before one kube-apiserver',
      turn('config', { controlPlane: control('1.36.3') }),
      'kube-apiserver on cp-0 (v1.36.3) is not at v1.37.2 yet: the control plane comes before kubelets.',
    ],
    [
      'a kubelet where no kube-apiserver is seen',
      turn('kubelet'),
      'No kube-apiserver can be seen, so it cannot be told which kubelets it bears.',
    ],
    [
      'anything beside what cannot be read',
      turn('kubelet', { controlPlane: [...control('1.37.2'), component('kube-apiserver', 'cp-9', 'latest')] }),
      'The version of kube-apiserver on cp-9 cannot be told (latest), and with it not what may run beside it.',
    ],
    [
      'a kubelet over two minors',
      turn('kubelet', { controlPlane: control('1.37.2'), kubelet: version('1.34.0') }),
      'The kubelet on w-1 is v1.34.0: it cannot go to v1.37.2 at once.',
    ],
    [
      'a kubelet of no version',
      turn('kubelet', { controlPlane: control('1.37.2'), kubelet: undefined }),
      'The version of the kubelet on w-1 cannot be told.',
    ],
    [
      'a control plane over two minors',
      turn('control-plane', { controlPlane: control('1.35.4') }),
      'kube-apiserver on cp-0 (v1.35.4) cannot go to v1.37.2 at once: kubeadm goes from minor to minor.',
    ],
    [
      'a control plane that is newer',
      turn('control-plane', { controlPlane: control('1.38.0') }),
      'kube-apiserver on cp-0 (v1.38.0) is newer than v1.37.2, and kubeadm would take it back.',
    ],
    [
      'a control plane that is not there',
      turn('control-plane', { node: 'w-1', controlPlane: control('1.36.3') }),
      'No static pod of a control plane can be seen on w-1.',
    ],
    [
      'a control plane too far from another',
      turn('control-plane', { controlPlane: control('1.36.3', '1.35.4') }),
      'With the control plane of cp-0 at v1.37.2, kube-apiserver on cp-1 (v1.35.4) is 2 minors older than kube-apiserver on cp-0 (v1.37.2): at most 1 minor is allowed.',
    ],
    [
      'a control plane that would leave kubelets behind',
      turn('control-plane', {
        controlPlane: control('1.36.3'),
        kubelets: [kubelet('w-8', '1.33.1'), kubelet('w-9', '1.33.1')],
      }),
      'With the control plane of cp-0 at v1.37.2, kubelet on w-8 (v1.33.1) is 4 minors older than kube-apiserver on cp-0 (v1.37.2): at most 3 minors are allowed. And 1 more.',
    ],
  ])('%s', (_what, each, sentence) => {
    expect(whyNotItsTurn(each)).toBe(sentence);
  });
});

test.each([
  ['the first to a new minor', control('1.36.3', '1.36.3'), true],
  ['another to a minor that is there already', control('1.36.3', '1.37.2'), false],
  ['a patch', control('1.37.0'), false],
])('kubelets are looked at before %s: %s', (_what, controlPlane, looked) => {
  expect(raisesNewest(turn('control-plane', { controlPlane }))).toBe(looked);
  expect(raisesNewest(turn('kubelet', { controlPlane }))).toBe(false);
});

test.each<[string, Component[], readonly string[], 'apply' | 'node']>([
  ['the first of them', control('1.36.3', '1.36.3'), ['cp-0', 'cp-1'], 'apply'],
  ['one that was interrupted half-way', control('1.37.2', '1.36.3'), ['cp-0', 'cp-1'], 'apply'],
  ['whoever comes after the first', control('1.36.3', '1.37.2'), ['cp-0', 'cp-1'], 'node'],
  [
    'whoever comes while the first is half-way',
    [...control('1.36.3'), ...staticPods('cp-1', '1.36.3').slice(1), component('kube-apiserver', 'cp-1', '1.37.2')],
    ['cp-0', 'cp-1'],
    'apply',
  ],
  ['the only one that was approved, beside one that was there before', control('1.36.3', '1.37.2'), ['cp-0'], 'apply'],
])('kubeadm on %s', (_what, controlPlane, pass, command) => {
  expect(kubeadmCommand({ node: 'cp-0', to: version('1.37.2'), controlPlane }, pass)).toBe(command);
});
