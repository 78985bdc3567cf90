import {
  cluster,
  component,
  controlPlane,
  outline,
  plan,
  planned,
  pod,
  staticPods,
  version,
  worker,
} from './cluster-builder.ts';

const OLD = [controlPlane('cp-1', '1.35.4'), controlPlane('cp-2', '1.35.4'), worker('w-1', '1.35.4')];

describe('the chain of hops', () => {
  it('takes the control plane first, in two passes, then the workers', () => {
    expect(outline(planned(cluster(OLD)))).toEqual([
      '1.36.4 control-plane/control-plane: cp-1* cp-2',
      '1.36.4 control-plane/kubelet: cp-1 cp-2',
      '1.36.4 workers/kubelet: w-1',
    ]);
  });

  it('goes one minor at a time, through the newest patch of each, when several lie ahead', () => {
    expect(outline(planned(cluster(OLD), '1.37.1'))).toEqual([
      '1.36.4 control-plane/control-plane: cp-1* cp-2',
      '1.36.4 control-plane/kubelet: cp-1 cp-2',
      '1.36.4 workers/kubelet: w-1',
      '1.37.1 control-plane/control-plane: cp-1* cp-2',
      '1.37.1 control-plane/kubelet: cp-1 cp-2',
      '1.37.1 workers/kubelet: w-1',
    ]);
  });

  it.each([
    ['next', '1.36.4'],
    ['patch', '1.35.9'],
    ['latest', '1.37.2'],
    ['1.36', '1.36.4'],
    ['1.36.2', '1.36.2'],
    ['v1.36.2-eks-1234567', '1.36.2'],
  ])('resolves %s to %s', (asked, expected) => {
    expect(planned(cluster(OLD), asked).to).toEqual(version(expected));
  });

  it('goes to the newest patch when no newer minor exists', () => {
    expect(planned(cluster([controlPlane('cp-1', '1.37.0')])).to).toEqual(version('1.37.2'));
  });

  it.each(['next', 'patch', 'latest', '1.37', '1.37.2'])('has nothing to do for %s where all run the newest', asked => {
    const newest = cluster([controlPlane('cp-1', '1.37.2'), worker('w-1', '1.37.2')]);
    expect(plan(newest, asked)).toEqual({ kind: 'nothing-to-do', version: version('1.37.2') });
  });

  it('may plan only the control plane, or only workers up to the control plane', () => {
    expect(outline(planned(cluster(OLD), 'next', 'control-plane'))).toEqual([
      '1.36.4 control-plane/control-plane: cp-1* cp-2',
      '1.36.4 control-plane/kubelet: cp-1 cp-2',
    ]);
    const ahead = cluster([controlPlane('cp-1', '1.36.2'), worker('w-1', '1.35.4')]);
    expect(outline(planned(ahead, 'latest', 'workers'))).toEqual(['1.36.2 workers/kubelet: w-1']);
    expect(plan(cluster(OLD), 'next', 'workers').kind).toBe('nothing-to-do');
  });

  it('plans only workers where the control plane is managed by someone else', () => {
    const managed = cluster([worker('w-1', '1.35.4'), worker('w-2', '1.36.2')], {
      components: [component('kube-apiserver', undefined, '1.36.2')],
    });
    expect(outline(planned(managed))).toEqual(['1.36.2 workers/kubelet: w-1']);
    expect(planned(managed).findings.find(({ code }) => code === 'MANAGED_CONTROL_PLANE')?.severity).toBe('warn');
  });
});

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

describe('a target that cannot be', () => {
  it.each([
    ['1.34', /^v1\.34\.9 is older than the control plane, which already runs v1\.35\.4: /],
    ['1.35.1', /^v1\.35\.1 is older than the control plane/],
  ])('%s is refused with the reason and what would work', (asked, words) => {
    expect(plan(cluster(OLD), asked)).toEqual({
      kind: 'refused',
      sentence: expect.stringMatching(words),
      instead: 'What would work: next (v1.36.4), patch (v1.35.9), latest (v1.37.2).',
    });
  });

  it('is refused where one kubelet is already newer', () => {
    const odd = cluster([controlPlane('cp-1', '1.35.4'), worker('w-1', '1.35.9')]);
    expect(plan(odd, '1.35.6')).toMatchObject({
      sentence: expect.stringContaining('older than the kubelet of at least one node, which already runs v1.35.9'),
    });
  });

  it('is refused for workers that would overtake the control plane', () => {
    expect(plan(cluster(OLD), '1.36', 'workers')).toMatchObject({
      kind: 'refused',
      sentence: expect.stringContaining('Workers cannot go to v1.36.4 while the control plane runs v1.35.4'),
    });
  });

  it('is refused when workers that stay behind would fall out of the policy', () => {
    const behind = cluster([controlPlane('cp-1', '1.36.4'), worker('w-1', '1.33.5')]);
    expect(plan(behind, '1.37', 'control-plane')).toEqual({
      kind: 'refused',
      sentence: expect.stringMatching(
        /version-skew policy\. After cp-1 went to v1\.37\.2: kubelet on w-1 \(v1\.33\.5\)/,
      ),
      instead: 'Plan for all nodes, or choose a nearer target.',
    });
  });

  it('is refused where it would leave the cloud-controller-manager behind, with how far it goes', () => {
    const plans = (text: string, to: string) =>
      plan(
        cluster(OLD, {
          components: [
            ...['cp-1', 'cp-2'].flatMap(name => staticPods(name, '1.35.4')),
            component('cloud-controller-manager', 'cp-1', text),
          ],
        }),
        to,
      );
    expect(plans('1.35.2', '1.36').kind).toBe('plan');
    expect(plans('1.35.2', '1.37')).toMatchObject({
      kind: 'refused',
      sentence: expect.stringContaining('cloud-controller-manager on cp-1 (v1.35.2) is 2 minors older than'),
      instead: expect.stringMatching(
        /^kubeadm does not upgrade .* Plan for 1\.36 first, install its release for 1\.36 after that, then plan the rest\.$/,
      ),
    });
    expect(plans('1.34.2', '1.36')).toMatchObject({
      kind: 'refused',
      instead: expect.stringMatching(/ Install its release for 1\.35, then plan for 1\.36 at most\.$/),
    });
  });

  it('is refused where it would leave kube-proxy too far behind, with what brings kube-proxy along', () => {
    const behind = cluster(OLD, {
      components: [
        ...['cp-1', 'cp-2'].flatMap(name => staticPods(name, '1.35.4')),
        component('kube-proxy', 'w-1', '1.32.9'),
      ],
    });
    expect(plan(behind, '1.36')).toMatchObject({
      kind: 'refused',
      sentence: expect.stringContaining('kube-proxy on w-1 (v1.32.9) is 4 minors older than kube-apiserver on cp-1'),
      instead: expect.stringMatching(/^Bring kube-proxy to v1\.35\.4 first, and plan again\. Where kubeadm keeps it, /),
    });
  });

  it('is refused where no node can take part', () => {
    expect(plan(cluster([worker('w-1', '1.35.4', { ready: 'Unknown' })])).kind).toBe('refused');
    expect(plan(cluster([])).kind).toBe('refused');
  });

  it('but a version that already runs exists, whatever the calendar says', () => {
    const newer = cluster([controlPlane('cp-1', '1.38.1'), worker('w-1', '1.37.2')]);
    expect(outline(planned(newer, 'v1.38.1'))).toEqual(['1.38.1 workers/kubelet: w-1']);
    expect(outline(planned(newer, 'latest'))).toEqual(['1.38.1 workers/kubelet: w-1']);
  });
});

describe('the order of nodes', () => {
  it('is by name as people count, cordoned ones first, those that carry Capstan last', () => {
    const nodes = [
      worker('w-10', '1.35.4'),
      worker('w-2', '1.35.4'),
      worker('w-1', '1.35.4'),
      worker('w-3', '1.35.4', { unschedulable: true }),
      controlPlane('cp-1', '1.35.4'),
    ];
    const own = pod('capstan-worker-0', 'w-1', { labels: { 'app.kubernetes.io/part-of': 'capstan' } });
    expect(outline(planned(cluster(nodes, { pods: [own] }))).at(-1)).toBe('1.36.4 workers/kubelet: w-3 w-2 w-10 w-1');
  });

  it('is settled even between names that people count alike', () => {
    const nodes = ['w-1', 'w-01'].map(name => worker(name, '1.35.4'));
    const names = [nodes, nodes.toReversed()].map(listed =>
      outline(planned(cluster([controlPlane('cp-1', '1.35.4'), ...listed]))).at(-1),
    );
    expect(names).toEqual(Array(2).fill('1.36.4 workers/kubelet: w-01 w-1'));
  });

  it('leaves out nodes that are not Ready, and says why', () => {
    const nodes = [
      ...OLD,
      worker('w-2', '1.35.4', { ready: 'False' }),
      worker('w-3', '1.35.4', { ready: 'Unknown' }),
      worker('w-4', 'banana', { kubeletText: 'banana' }),
      worker('w-5', '1.36.4', { ready: 'False' }),
    ];
    const made = planned(cluster(nodes));
    expect(outline(made).at(-1)).toBe('1.36.4 workers/kubelet: w-1');
    expect(made.excluded).toEqual([
      { node: 'w-2', why: 'it is not Ready' },
      { node: 'w-3', why: 'its kubelet has stopped reporting' },
      { node: 'w-4', why: 'its kubelet version cannot be read ("banana")' },
    ]);
  });
});

it('adds up the estimate from stated assumptions', () => {
  const { estimate } = planned(cluster(OLD));
  expect(estimate.seconds).toBe(180 + 120 + 3 * 120);
  expect(estimate.basis).toMatch(/^Assumes 3 min to run kubeadm upgrade apply, /);
});
