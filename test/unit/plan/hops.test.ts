import type { ClusterSnapshot } from '../../../src/cluster/snapshot.ts';
import { countDrains } from '../../../src/plan/hops.ts';
import type { PlanRequest } from '../../../src/plan/request.ts';
import { isProven, mayStayBehind } from '../../../src/plan/skips.ts';
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

it('goes from 1.10 to 1.13 in three hops, which can be planned but not run', () => {
  const old = cluster([controlPlane('cp-1', '1.10.5'), worker('w-1', '1.10.5')]);
  const made = planned(old, '1.13');
  expect(outline(made)).toEqual([
    '1.11.10 control-plane/control-plane: cp-1*',
    '1.11.10 control-plane/kubelet: cp-1',
    '1.11.10 workers/kubelet: w-1',
    '1.12.10 control-plane/control-plane: cp-1*',
    '1.12.10 control-plane/kubelet: cp-1',
    '1.12.10 workers/kubelet: w-1',
    '1.13.12 control-plane/control-plane: cp-1*',
    '1.13.12 control-plane/kubelet: cp-1',
    '1.13.12 workers/kubelet: w-1',
  ]);
  expect(made.findings.find(({ code }) => code === 'VERSION_TOO_OLD')?.severity).toBe('block');
});

describe('a control plane that an upgrade has left in pieces', () => {
  /** Versions of kube-apiserver, kube-controller-manager and kube-scheduler, by node. */
  function torn(
    pods: Readonly<Record<string, readonly [string, string, string]>>,
    kubelet = '1.35.4',
  ): ClusterSnapshot {
    const kinds = ['kube-apiserver', 'kube-controller-manager', 'kube-scheduler'] as const;
    return cluster(
      Object.keys(pods).map(name => controlPlane(name, kubelet)),
      {
        components: Object.entries(pods).flatMap(([name, versions]) =>
          kinds.map((kind, place) => component(kind, name, versions[place] ?? '')),
        ),
      },
    );
  }

  it('has kubeadm run only where something is missing', () => {
    const made = planned(
      torn({
        'cp-1': ['1.36.4', '1.36.4', '1.36.4'],
        'cp-2': ['1.36.4', '1.35.4', '1.35.4'],
        'cp-3': ['1.35.4', '1.35.4', '1.35.4'],
      }),
    );
    expect(outline(made)).toEqual([
      '1.36.4 control-plane/control-plane: cp-2* cp-3',
      '1.36.4 control-plane/kubelet: cp-1 cp-2 cp-3',
    ]);
  });

  it('goes on the way to the patch that its newest pods have, so that none of them is taken back', () => {
    const made = planned(
      torn({ 'cp-1': ['1.36.3', '1.36.3', '1.35.4'], 'cp-2': ['1.36.1', '1.36.1', '1.36.1'] }),
      'latest',
    );
    expect(outline(made).slice(0, 2)).toEqual([
      '1.36.3 control-plane/control-plane: cp-1* cp-2',
      '1.36.3 control-plane/kubelet: cp-1 cp-2',
    ]);
  });

  it('leaves a node whose newest pod has the next minor for the hop that leads there', () => {
    const made = planned(
      torn({ 'cp-1': ['1.37.2', '1.36.4', '1.36.4'], 'cp-2': ['1.36.4', '1.36.4', '1.35.4'] }),
      'latest',
    );
    expect(outline(made)).toEqual([
      '1.36.4 control-plane/control-plane: cp-2*',
      '1.36.4 control-plane/kubelet: cp-1 cp-2',
      '1.37.2 control-plane/control-plane: cp-1* cp-2',
      '1.37.2 control-plane/kubelet: cp-1 cp-2',
    ]);
  });
});

describe('fewest drains', () => {
  const asks = { fewestDrains: true };
  const NODES = [controlPlane('cp-1', '1.35.4'), worker('w-1', '1.35.4'), worker('w-2', '1.35.4')];

  it('lets kubelets of workers skip a hop, while kubeadm prepares their hosts at each', () => {
    const made = planned(cluster(NODES), 'latest', undefined, { asks });
    expect(outline(made)).toEqual([
      '1.36.4 control-plane/control-plane: cp-1*',
      '1.36.4 control-plane/kubelet: cp-1',
      '1.36.4 workers/config: w-1 w-2',
      '1.37.2 control-plane/control-plane: cp-1*',
      '1.37.2 control-plane/kubelet: cp-1',
      '1.37.2 workers/kubelet: w-1 w-2',
    ]);
    expect(countDrains(made.hops)).toEqual({ planned: 4, saved: 2 });
  });

  it('spares nothing where there is one hop', () => {
    const made = planned(cluster(NODES), 'next', undefined, { asks });
    expect(outline(made).at(-1)).toBe('1.36.4 workers/kubelet: w-1 w-2');
    expect(countDrains(made.hops)).toEqual({ planned: 3, saved: 0 });
  });

  it('goes on with a run that was interrupted: kubeadm once more, then the kubelets that are left', () => {
    const half = cluster([controlPlane('cp-1', '1.36.4'), worker('w-1', '1.35.4'), worker('w-2', '1.35.4')]);
    expect(outline(planned(half, 'latest', undefined, { asks }))).toEqual([
      '1.36.4 workers/config: w-1 w-2',
      '1.37.2 control-plane/control-plane: cp-1*',
      '1.37.2 control-plane/kubelet: cp-1',
      '1.37.2 workers/kubelet: w-1 w-2',
    ]);
  });

  it.each<[string, ClusterSnapshot, PlanRequest['only'], string]>([
    [
      'the whole of it',
      cluster([controlPlane('cp-1', '1.37.2'), worker('w-1', '1.37.2'), worker('w-2', '1.35.4')]),
      undefined,
      'The kubelet of w-2 would go from 1.35 to 1.37 at once while the control plane runs 1.37 already. It was only seen',
    ],
    [
      'a part of it',
      cluster([controlPlane('cp-1', '1.37.2'), controlPlane('cp-2', '1.36.4'), worker('w-2', '1.35.4')]),
      undefined,
      'while the control plane runs 1.37 already',
    ],
    [
      'a single pod of it, where kubeadm was interrupted',
      cluster([controlPlane('cp-1', '1.36.4'), worker('w-2', '1.35.4')], {
        components: [...staticPods('cp-1', '1.36.4').slice(1), component('kube-apiserver', 'cp-1', '1.37.2')],
      }),
      undefined,
      'while the control plane runs 1.37 already',
    ],
    [
      'one that is not planned for',
      cluster([controlPlane('cp-1', '1.37.2'), worker('w-1', '1.35.4'), worker('w-2', '1.35.4')]),
      'workers',
      '(and 1 more would skip hops) while the control plane runs 1.37 already',
    ],
  ])('is refused beside a control plane that is ahead, %s, and says why', (_which, snapshot, only, why) => {
    expect(plan(snapshot, 'latest', only, { asks })).toEqual({
      kind: 'refused',
      sentence: expect.stringContaining(why),
      instead: 'Plan without --fewest-drains: then kubelets go through every minor.',
    });
    const through = outline(planned(snapshot, 'latest', only)).filter(line => line.includes('workers'));
    expect(through.map(line => line.split(':')[0])).toEqual(['1.36.4 workers/kubelet', '1.37.2 workers/kubelet']);
  });

  it.each([
    ['1.34.3', '1.34 to 1.37'],
    ['1.33.5', '1.33 to 1.36'],
  ])('is refused from %s, where it has not been proven', (from, skip) => {
    const old = cluster([controlPlane('cp-1', from), worker('w-1', from), worker('w-2', from)]);
    expect(plan(old, '1.37', undefined, { asks })).toEqual({
      kind: 'refused',
      sentence: `The kubelet of w-1 would go from ${skip} at once (and 1 more would skip hops), which has not been proven on real hosts.`,
      instead: expect.stringContaining('Plan without --fewest-drains, or hops that were proven: 1.35 to 1.37'),
    });
  });

  it('knows which skips were seen, and how far the policy lets a kubelet stay behind', () => {
    const [m35, m36, m37] = [35, 36, 37].map(minor => ({ major: 1, minor }));
    if (!m35 || !m36 || !m37) throw new Error('three minors');
    expect(isProven({ node: 'w-1', from: m35, to: m37, ahead: undefined })).toBe(true);
    expect(isProven({ node: 'w-1', from: m35, to: m37, ahead: m37 })).toBe(false);
    expect(isProven({ node: 'w-1', from: m36, to: m37, ahead: undefined })).toBe(false);
    expect(mayStayBehind(version('1.33.1'), version('1.36.0'))).toBe(true);
    expect(mayStayBehind(version('1.33.1'), version('1.37.0'))).toBe(false);
    expect(mayStayBehind(version('1.24.1'), version('1.26.0'))).toBe(true);
    expect(mayStayBehind(version('1.24.1'), version('1.27.0'))).toBe(false);
  });
});
