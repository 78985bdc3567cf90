import { cluster, component, controlPlane, outline, plan, planned, staticPods, worker } from './cluster-builder.ts';

const OLD = [controlPlane('cp-1', '1.35.4'), controlPlane('cp-2', '1.35.4'), worker('w-1', '1.35.4')];

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
