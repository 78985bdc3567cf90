import * as fc from 'fast-check';
import { type Duration, estimate } from '../../../src/plan/estimate.ts';
import { cluster, controlPlane, planned, worker } from './cluster-builder.ts';

const SNAPSHOT = cluster([
  controlPlane('cp-1', '1.35.4'),
  controlPlane('cp-2', '1.35.4'),
  worker('w-1', '1.35.4'),
  worker('w-2', '1.35.4'),
]);
const { hops } = planned(SNAPSHOT);

function took(seconds: number, more: Partial<Duration> = {}): Duration {
  return { phase: 'kubelet', role: 'worker', kubeadm: undefined, ms: seconds * 1_000, ...more };
}

function workers(history: readonly Duration[]) {
  return estimate(hops, history).parts.find(({ phase, role }) => phase === 'kubelet' && role === 'worker');
}

describe('the estimate', () => {
  it('rests on stated assumptions where nothing is known', () => {
    const { seconds, basis, parts } = estimate(hops, []);
    expect(seconds).toBe(180 + 120 + 4 * 120);
    expect(basis).toBe(
      'Assumes 3 min to run kubeadm upgrade apply, 2 min to run kubeadm upgrade node on each further control-plane node, ' +
        '2 min to drain, upgrade and uncordon a control-plane node, 2 min to drain, upgrade and uncordon a worker. ' +
        'One node at a time, nothing blocked.',
    );
    expect(parts.map(({ measured }) => measured)).toEqual([0, 0, 0, 0]);
  });

  it('counts the soak of the policy in, where it assumes, and says so', () => {
    const history = [took(1_850), took(1_870), took(1_860)];
    const { seconds, basis } = estimate(hops, history, 1_800);
    expect(seconds).toBe(180 + 120 + 2 * 120 + 4 * 1_800 + 2 * 1_860);
    expect(basis).toMatch(/ What is assumed includes the 30 min of ready\.soak in the policy\.$/);
    expect(estimate(hops, [], 0)).toEqual(estimate(hops, []));
  });

  it('says so where nobody could look up what works took before', () => {
    const looked = estimate(hops, []);
    const basis = `${looked.basis} What works took on this cluster before was not looked up.`;
    expect(estimate(hops, undefined)).toEqual({ ...looked, basis });
  });

  it('rests on what works of the same kind took on this cluster, and says on how many', () => {
    const history = [took(50), took(70), took(60), took(300, { role: 'control-plane' })];
    const { seconds, basis } = estimate(hops, history);
    expect(seconds).toBe(180 + 120 + 2 * 120 + 2 * 60);
    expect(basis).toMatch(
      /^Takes 60 s to drain, upgrade and uncordon a worker \(from 3 nodes upgraded here\)\. Assumes 3 min /,
    );
  });

  it('is the median, so that one night on which a budget blocked for hours does not count', () => {
    expect(workers([took(60), took(61), took(40_000), took(59)])?.secondsEach).toBe(61);
    expect(workers([took(60), took(62), took(61), took(40_000)])?.secondsEach).toBe(62);
  });

  it('counts only the newest', () => {
    const old = Array.from({ length: 100 }, () => took(900));
    const recent = Array.from({ length: 20 }, () => took(30));
    expect(workers([...recent, ...old])).toMatchObject({ secondsEach: 30, measured: 20 });
  });

  it.each([0, 1, 2])('does not rest on %d nodes', count => {
    expect(workers(Array.from({ length: count }, () => took(5)))).toMatchObject({ secondsEach: 120, measured: 0 });
  });

  it('lies between the shortest and the longest that was seen, in whatever order', () => {
    const times = fc.array(fc.integer({ min: 1, max: 9_000 }), { minLength: 3, maxLength: 20 });
    fc.assert(
      fc.property(times, seconds => {
        const each = workers(seconds.map(time => took(time)))?.secondsEach ?? 0;
        expect(each).toBeGreaterThanOrEqual(Math.min(...seconds));
        expect(each).toBeLessThanOrEqual(Math.max(...seconds));
        expect(workers(seconds.toReversed().map(time => took(time)))?.secondsEach).toBe(each);
      }),
    );
  });

  it('adds up its parts', () => {
    const { seconds, parts } = planned(SNAPSHOT, 'latest', undefined, {
      history: [took(31), took(32), took(33)],
    }).estimate;
    expect(parts.reduce((sum, { nodes, secondsEach }) => sum + nodes * secondsEach, 0)).toBe(seconds);
  });
});
