import * as fc from 'fast-check';
import type { ClusterSnapshot } from '../../../src/cluster/snapshot.ts';
import { runningComponents } from '../../../src/plan/standing.ts';
import { kubeadmCommand, raisesNewest, type Turn, whyNotItsTurn } from '../../../src/plan/turn.ts';
import { plan } from './cluster-builder.ts';
import { clusterAfter, forbidden, type PlannedWork, spelled, statesAfter, worksOf } from './model-cluster.ts';
import { aShape, snapshotOf } from './random-clusters.ts';

/** What a worker sees before this work: the kubelets only where it looks at them. */
function turnOf(state: ClusterSnapshot, { node, phase, to }: PlannedWork): Turn {
  const { kubelet } = state.nodes.find(({ name }) => name === node) ?? {};
  const controlPlane = state.components.filter(({ kind }) => kind !== 'kube-proxy');
  const seen = { node, phase, to, kubelet, controlPlane };
  const kubelets = runningComponents(state).filter(({ kind }) => kind === 'kubelet');
  return { ...seen, kubelets: raisesNewest(seen) ? kubelets : [] };
}

/** kubeadm moves kube-proxy by itself, to where every kube-apiserver is by then: no order of works has a say in that. */
function worse(state: ClusterSnapshot, work: PlannedWork): string[] {
  const stands = forbidden(state);
  return statesAfter(state, work).flatMap(next =>
    [...forbidden(next)]
      .filter(([what, minors]) => minors > (stands.get(what) ?? 0) && !what.startsWith('kube-proxy'))
      .map(([what]) => what),
  );
}

const aWalk = fc.record({ shape: aShape, picks: fc.array(fc.nat(), { minLength: 1, maxLength: 12 }) });

it('in the order of any plan, every work has its turn', () => {
  let works = 0;
  fc.assert(
    fc.property(aShape, each => {
      const snapshot = snapshotOf(each);
      const result = plan(snapshot, each.asked, each.only, { asks: each.asks });
      if (result.kind !== 'plan') return;
      let state = snapshot;
      for (const work of worksOf(result.plan)) {
        expect([spelled(work), whyNotItsTurn(turnOf(state, work))]).toEqual([spelled(work), undefined]);
        state = clusterAfter(state, [work]);
        works += 1;
      }
    }),
    { numRuns: 500 },
  );
  expect(works).toBeGreaterThan(300);
});

it('in whatever order works come, one that has its turn breaks no rule of the version-skew policy', () => {
  const seen = { allowed: 0, refused: 0, saved: 0 };
  fc.assert(
    fc.property(aWalk, ({ shape, picks }) => {
      let state = snapshotOf(shape);
      const result = plan(state, shape.asked, shape.only, { asks: shape.asks });
      if (result.kind !== 'plan') return;
      const works = worksOf(result.plan);
      for (const pick of picks) {
        const work = works[pick % works.length];
        if (!work) continue;
        const broken = worse(state, work);
        if (whyNotItsTurn(turnOf(state, work)) !== undefined) {
          seen.refused += 1;
          if (broken.length > 0) seen.saved += 1;
          continue;
        }
        expect([spelled(work), broken]).toEqual([spelled(work), []]);
        seen.allowed += 1;
        state = clusterAfter(state, [work]);
      }
    }),
    { numRuns: 1_000 },
  );
  // What would have broken a rule came up, and so did what is allowed.
  expect(Math.min(seen.allowed, seen.refused, seen.saved)).toBeGreaterThan(50);
});

it('one node of a pass applies, the first, and every other follows', () => {
  fc.assert(
    fc.property(aShape, each => {
      const snapshot = snapshotOf(each);
      const result = plan(snapshot, each.asked, each.only, { asks: each.asks });
      if (result.kind !== 'plan') return;
      let state = snapshot;
      for (const { to, stages } of result.plan.hops) {
        for (const { phase, nodes } of stages.flatMap(({ passes }) => passes)) {
          for (const { name, kubeadm } of nodes) {
            const work: PlannedWork = { to, stage: 'control-plane', phase, node: name };
            const pass = nodes.map(node => node.name);
            if (phase === 'control-plane') expect(kubeadmCommand(turnOf(state, work), pass)).toBe(kubeadm);
            state = clusterAfter(state, [work]);
          }
        }
      }
    }),
  );
});
