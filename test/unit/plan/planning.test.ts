import { cluster, component, controlPlane, outline, plan, planned, pod, version, worker } from './cluster-builder.ts';

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
