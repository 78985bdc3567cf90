import * as fc from 'fast-check';
import type { ClusterSnapshot } from '../../../src/cluster/snapshot.ts';
import { formatVersion, minorsBetween } from '../../../src/version/kubernetes-version.ts';
import { plan } from './cluster-builder.ts';
import { clusterAfter, type PlannedWork, spelled, statesAfter, worksOf } from './model-cluster.ts';
import { aShape, snapshotOf } from './random-clusters.ts';

describe('a run that was interrupted', () => {
  /** Where it was interrupted: how many works were through, and how many pods of the next control plane. */
  const cut = fc.record({ share: fc.double({ min: 0, max: 1, noNaN: true }), pods: fc.integer({ min: 0, max: 2 }) });

  it('leaves exactly the rest to be planned, whatever had been done, by whomever', () => {
    let compared = 0;
    fc.assert(
      fc.property(aShape, cut, (each, { share, pods }) => {
        const { asked, only, asks } = each;
        const snapshot = snapshotOf(each);
        const first = plan(snapshot, asked, only, { asks });
        if (first.kind !== 'plan') return;
        const { plan: made } = first;
        const works = worksOf(made);
        const done = works.slice(0, Math.floor(share * works.length));
        const left = works.slice(done.length);
        const stopped = interrupted(clusterAfter(snapshot, done), left[0], pods);
        const via = made.hops.map(({ to }) => to);
        const again = plan(stopped, formatVersion(made.to), only, { asks, via });
        const rest = works.filter(work => left.includes(work) || comesAgain(work, done));
        compared += 1;
        if (rest.length === 0) return expect(again.kind).toBe('nothing-to-do');
        if (again.kind !== 'plan') throw new Error(`${rest.map(spelled)} is left, but: ${JSON.stringify(again)}`);
        expect(worksOf(again.plan).map(spelled).sort()).toEqual(rest.map(spelled).sort());
      }),
      { numRuns: 1_000 },
    );
    expect(compared).toBeGreaterThan(150);
  });

  it('leaves exactly the rest to be planned after each single step of it, where it had begun with an even control plane', () => {
    let compared = 0;
    fc.assert(
      fc.property(aShape, each => {
        const { asked, only, asks } = each;
        const snapshot = snapshotOf(each);
        const first = plan(snapshot, asked, only, { asks });
        if (first.kind !== 'plan' || !isEven(snapshot)) return;
        const { plan: made } = first;
        const works = worksOf(made);
        const via = made.hops.map(({ to }) => to);
        for (const { state, through } of stepsOf(snapshot, works)) {
          const done = works.slice(0, through);
          const rest = works.filter(work => !done.includes(work) || comesAgain(work, done)).map(spelled);
          const again = plan(state, formatVersion(made.to), only, { asks, via });
          compared += 1;
          if (rest.length === 0) expect(again.kind).toBe('nothing-to-do');
          else if (again.kind !== 'plan') throw new Error(`${rest} is left, but: ${JSON.stringify(again)}`);
          else expect(worksOf(again.plan).map(spelled).sort()).toEqual(rest.sort());
        }
      }),
      { numRuns: 600 },
    );
    expect(compared).toBeGreaterThan(1_000);
  });

  function isEven({ components }: ClusterSnapshot): boolean {
    const pods = components.filter(({ kind }) => kind !== 'kube-proxy');
    return new Set(pods.map(({ version }) => version && formatVersion(version))).size <= 1;
  }

  const STATIC_PODS = 3;

  interface Step {
    readonly state: ClusterSnapshot;
    /** So many works have nothing left to do. */
    readonly through: number;
  }

  /** Every state that a run passes through: claimed, cordoned, each pod of a control plane, upgraded, given back. */
  function stepsOf(snapshot: ClusterSnapshot, works: readonly PlannedWork[]): Step[] {
    const steps: Step[] = [{ state: snapshot, through: 0 }];
    let before = snapshot;
    works.forEach((work, through) => {
      const states = statesAfter(before, work);
      const after = states.at(-1) ?? before;
      // Told by its static pods, a control plane is through when these have moved: that kube-proxy has not is not seen.
      const seen = work.phase === 'control-plane' ? STATIC_PODS - 1 : 0;
      const begun = [before, ...states.slice(0, seen)].map(state => ({ state: taken(state, work), through }));
      const isThrough = work.phase === 'config' ? through : through + 1;
      steps.push(...begun, { state: taken(after, work), through: isThrough }, { state: after, through: through + 1 });
      before = after;
    });
    return steps;
  }

  /** As a worker that died at it leaves the node: claimed, and cordoned where it is drained. */
  function taken(state: ClusterSnapshot, { node, phase }: PlannedWork): ClusterSnapshot {
    const nodes = state.nodes.map(each => {
      if (each.name !== node) return each;
      const drains = phase === 'kubelet';
      const wasUnschedulable = !drains || each.unschedulable;
      const claim = {
        run: 'r1',
        work: 'h0-0-x',
        attempt: 1,
        wasUnschedulable,
        cordons: drains ? 1 : 0,
        excluded: false,
        outOfService: false,
      };
      return { ...each, claim, unschedulable: drains || each.unschedulable };
    });
    return { ...state, nodes };
  }

  /** What kubeadm has done to a worker's files cannot be seen from outside: it is done again until the kubelet follows. */
  function comesAgain(work: PlannedWork, done: readonly PlannedWork[]): boolean {
    if (work.phase !== 'config' || !done.includes(work)) return false;
    return !done.some(
      ({ phase, node, to }) => phase === 'kubelet' && node === work.node && minorsBetween(to, work.to) > 0,
    );
  }

  function interrupted(snapshot: ClusterSnapshot, next: PlannedWork | undefined, pods: number): ClusterSnapshot {
    if (next?.phase !== 'control-plane' || pods === 0) return snapshot;
    return statesAfter(snapshot, next)[pods - 1] ?? snapshot;
  }
});
