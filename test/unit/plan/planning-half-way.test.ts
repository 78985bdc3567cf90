import { cluster, component, controlPlane, outline, planned, staticPods, worker } from './cluster-builder.ts';

describe('a cluster that stands half-way', () => {
  it('leaves out the phases that are done', () => {
    const half = cluster([controlPlane('cp-1', '1.36.4'), controlPlane('cp-2', '1.35.4'), worker('w-1', '1.35.4')], {
      components: [...staticPods('cp-1', '1.36.4'), ...staticPods('cp-2', '1.36.4')],
    });
    expect(outline(planned(half))).toEqual(['1.36.4 control-plane/kubelet: cp-2', '1.36.4 workers/kubelet: w-1']);
  });

  it('runs kubeadm again where one static pod of a node was left behind', () => {
    const torn = cluster([controlPlane('cp-1', '1.36.4')], {
      components: [
        component('kube-apiserver', 'cp-1', '1.36.4'),
        component('kube-controller-manager', 'cp-1', '1.35.4'),
        component('kube-scheduler', 'cp-1', '1.35.4'),
      ],
    });
    expect(outline(planned(torn))).toEqual(['1.36.4 control-plane/control-plane: cp-1*']);
  });

  it('finishes the step that was begun before it thinks of the next minor', () => {
    const half = cluster([controlPlane('cp-1', '1.36.3'), worker('w-1', '1.36.3'), worker('w-2', '1.35.4')]);
    expect(outline(planned(half))).toEqual(['1.36.3 workers/kubelet: w-2']);
  });

  it('lets lagging workers follow through each minor, no further than the control plane, which stands still', () => {
    const lagging = cluster([controlPlane('cp-1', '1.36.2'), worker('w-1', '1.34.3')]);
    expect(outline(planned(lagging, 'latest'))).toEqual([
      '1.35.9 workers/kubelet: w-1',
      '1.36.2 workers/kubelet: w-1',
      '1.37.2 control-plane/control-plane: cp-1*',
      '1.37.2 control-plane/kubelet: cp-1',
      '1.37.2 workers/kubelet: w-1',
    ]);
  });

  it('spares a worker on the way a patch that the next hop replaces', () => {
    const mixed = cluster([controlPlane('cp-1', '1.36.2'), worker('w-1', '1.35.4'), worker('w-2', '1.36.0')]);
    expect(outline(planned(mixed, 'latest'))).toEqual([
      '1.36.2 workers/kubelet: w-1',
      '1.37.2 control-plane/control-plane: cp-1*',
      '1.37.2 control-plane/kubelet: cp-1',
      '1.37.2 workers/kubelet: w-1 w-2',
    ]);
  });
});

describe('a cluster that somebody was upgrading by hand with kubeadm, and left half-way', () => {
  /** What its API server, controllers and scheduler run, and its kubelet. */
  const mixed = (controlPlanes: readonly (readonly [string, string])[], workers: readonly string[]) =>
    cluster(
      [
        ...controlPlanes.map(([, kubelet], place) => controlPlane(`cp-${place + 1}`, kubelet)),
        ...workers.map((kubelet, place) => worker(`w-${place + 1}`, kubelet)),
      ],
      { components: controlPlanes.flatMap(([pods], place) => staticPods(`cp-${place + 1}`, pods)) },
    );
  const [OLD_ONE, NEW_ONE] = ['1.35.4', '1.36.4'];

  it.each<[string, ReturnType<typeof mixed>, string[]]>([
    [
      'the first of three control planes, with its kubelet',
      mixed(
        [
          [NEW_ONE, NEW_ONE],
          [OLD_ONE, OLD_ONE],
          [OLD_ONE, OLD_ONE],
        ],
        [OLD_ONE, OLD_ONE],
      ),
      ['control-plane/control-plane: cp-2* cp-3', 'control-plane/kubelet: cp-2 cp-3', 'workers/kubelet: w-1 w-2'],
    ],
    [
      'two of three control planes, one with its kubelet, and half of the workers',
      mixed(
        [
          [NEW_ONE, NEW_ONE],
          [NEW_ONE, OLD_ONE],
          [OLD_ONE, OLD_ONE],
        ],
        [NEW_ONE, OLD_ONE, NEW_ONE, OLD_ONE],
      ),
      ['control-plane/control-plane: cp-3*', 'control-plane/kubelet: cp-2 cp-3', 'workers/kubelet: w-2 w-4'],
    ],
    [
      'every control plane, one kubelet of them, and half of the workers',
      mixed(
        [
          [NEW_ONE, OLD_ONE],
          [NEW_ONE, NEW_ONE],
          [NEW_ONE, OLD_ONE],
        ],
        [OLD_ONE, NEW_ONE],
      ),
      ['control-plane/kubelet: cp-1 cp-3', 'workers/kubelet: w-1'],
    ],
    [
      'all but a worker',
      mixed(
        [
          [NEW_ONE, NEW_ONE],
          [NEW_ONE, NEW_ONE],
          [NEW_ONE, NEW_ONE],
        ],
        [NEW_ONE, OLD_ONE],
      ),
      ['workers/kubelet: w-2'],
    ],
  ])('is given the rest: done was %s', (_what, snapshot, rest) => {
    const expected = rest.map(line => `1.36.4 ${line}`);
    for (const asked of ['1.36', '1.36.4']) expect(outline(planned(snapshot, asked))).toEqual(expected);
    // On the way to another minor that rest comes first.
    const further = outline(planned(snapshot, 'latest'));
    expect(further.slice(0, expected.length)).toEqual(expected);
    expect(further.slice(expected.length).every(line => line.startsWith('1.37.2 '))).toBe(true);
  });

  it('finishes the patch that was begun on the way, and takes all to a newer one where that is asked for', () => {
    const half = mixed(
      [
        ['1.36.2', '1.36.2'],
        [OLD_ONE, OLD_ONE],
      ],
      ['1.36.2', OLD_ONE],
    );
    const rest = ['control-plane/control-plane: cp-2*', 'control-plane/kubelet: cp-2', 'workers/kubelet: w-2'];
    expect(outline(planned(half, 'latest')).slice(0, 3)).toEqual(rest.map(line => `1.36.2 ${line}`));
    expect(outline(planned(half, '1.36'))).toEqual([
      '1.36.4 control-plane/control-plane: cp-1* cp-2',
      '1.36.4 control-plane/kubelet: cp-1 cp-2',
      '1.36.4 workers/kubelet: w-1 w-2',
    ]);
  });
});
