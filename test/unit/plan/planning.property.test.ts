import * as fc from 'fast-check';
import type { ClusterSnapshot, NodeView } from '../../../src/cluster/snapshot.ts';
import { stopsApproval } from '../../../src/plan/finding.ts';
import { countDrains } from '../../../src/plan/hops.ts';
import type { Plan } from '../../../src/plan/plan.ts';
import type { PlanRequest } from '../../../src/plan/request.ts';
import {
  compareVersions,
  formatVersion,
  type KubernetesVersion,
  minorsBetween,
} from '../../../src/version/kubernetes-version.ts';
import { plan } from './cluster-builder.ts';
import { clusterAfter, forbidden, type PlannedWork, statesAfter, worksOf } from './model-cluster.ts';
import { aShape, type Shape, snapshotOf } from './random-clusters.ts';

/** Calls `check` with every plan over random clusters that is no refusal. Returns how many there were. */
function forAllPlans(check: (plan: Plan, snapshot: ClusterSnapshot, shape: Shape) => void, numRuns = 600): number {
  let plans = 0;
  fc.assert(
    fc.property(aShape, each => {
      const snapshot = snapshotOf(each);
      const result = plan(snapshot, each.asked, each.only, { asks: each.asks });
      if (result.kind !== 'plan') return;
      plans += 1;
      check(result.plan, snapshot, each);
    }),
    { numRuns },
  );
  return plans;
}

/** The nodes that a request is about, of those that can take part. */
function isAskedAbout({ only }: Shape, { pool, nodes }: Partial<PlanRequest>, node: NodeView): boolean {
  const kind = node.role === 'worker' ? 'workers' : 'control-plane';
  const there = node.ready === 'True' && (only === undefined || only === kind);
  return there && (pool === undefined || node.labels.pool === pool) && (nodes?.includes(node.name) ?? true);
}

/** As new as the cluster itself. */
function inStep(worker: Shape['workers'][number]): Shape['workers'][number] {
  const now = { behind: 0, patch: worker.kubelet.patch };
  return { ...worker, kubelet: now, proxy: now };
}

function namesIn(works: readonly PlannedWork[], phase: PlannedWork['phase']): string[] {
  return works
    .filter(work => work.phase === phase)
    .map(({ node }) => node)
    .sort();
}

/** A node with a pod of a later version is left for the hop that leads there. */
function needsKubeadm({ components }: ClusterSnapshot, name: string, to: KubernetesVersion): boolean {
  const pods = components.filter(({ kind, node }) => node === name && kind !== 'kube-proxy');
  const apart = pods.flatMap(({ version }) => (version ? [compareVersions(version, to)] : []));
  return apart.some(each => each < 0) && apart.every(each => each <= 0);
}

function movedBack(before: ClusterSnapshot, now: ClusterSnapshot): string[] {
  const runs = ({ components, nodes }: ClusterSnapshot) => [
    ...components.map(({ kind, node, version }) => ({ what: `${kind} ${node}`, version })),
    ...nodes.map(({ name, kubelet }) => ({ what: `kubelet ${name}`, version: kubelet })),
  ];
  const were = new Map(runs(before).map(({ what, version }) => [what, version]));
  return runs(now).flatMap(({ what, version }) => {
    const was = were.get(what);
    return was && version && compareVersions(version, was) < 0 ? [what] : [];
  });
}

describe('any plan', () => {
  it('passes through no state that breaks the version-skew policy, or breaks it further than before', () => {
    const plans = forAllPlans((made, snapshot) => {
      const stands = forbidden(snapshot);
      let state = snapshot;
      for (const work of worksOf(made)) {
        for (const next of statesAfter(state, work)) {
          expect([...forbidden(next)].filter(([what, minors]) => minors > (stands.get(what) ?? 0))).toEqual([]);
          state = next;
        }
      }
    }, 1_500);
    // Enough of the random clusters can be planned for this to mean something.
    expect(plans).toBeGreaterThan(200);
  });

  it('that may be approved ends within the policy', () => {
    forAllPlans((made, snapshot) => {
      if (made.findings.some(stopsApproval)) return;
      expect([...forbidden(clusterAfter(snapshot, worksOf(made)))]).toEqual([]);
    });
  });

  it('is a chain of hops, none longer than a minor, each from where the last one ended', () => {
    forAllPlans(({ hops, from, to }) => {
      expect(hops[0]?.from).toEqual(from);
      expect(hops.at(-1)?.to).toEqual(to);
      hops.forEach((hop, place) => {
        expect(compareVersions(hop.from, hop.to)).toBeLessThan(0);
        expect(minorsBetween(hop.to, hop.from)).toBeLessThanOrEqual(1);
        expect(hop.from).toEqual(place === 0 ? from : hops[place - 1]?.to);
        expect(hop.stages.length).toBeGreaterThan(0);
      });
    });
  });

  it('has each node exactly once in every pass that needs it, and in no other', () => {
    forAllPlans((made, snapshot, shape) => {
      const asked = snapshot.nodes.filter(node => isAskedAbout(shape, shape.asks, node)).map(({ name }) => name);
      let state = snapshot;
      for (const hop of made.hops) {
        const works = worksOf({ ...made, hops: [hop] });
        const final = hop === made.hops.at(-1);
        const isBehind = (at: KubernetesVersion) =>
          (final ? compareVersions(at, hop.to) : minorsBetween(at, hop.to)) < 0;
        const kubelets = state.nodes.filter(
          ({ name, kubelet }) => asked.includes(name) && kubelet && isBehind(kubelet),
        );
        const controlPlanes = state.nodes.filter(
          ({ name }) => asked.includes(name) && needsKubeadm(state, name, hop.to),
        );
        expect(namesIn(works, 'control-plane')).toEqual(controlPlanes.map(({ name }) => name).sort());
        expect([...namesIn(works, 'kubelet'), ...namesIn(works, 'config')].sort()).toEqual(
          kubelets.map(({ name }) => name).sort(),
        );
        state = clusterAfter(state, works);
      }
    });
  });

  it('leads kubeadm on every node through each minor, and moves nothing back', () => {
    forAllPlans((made, snapshot) => {
      const kubeadm = new Map<string, KubernetesVersion | undefined>();
      for (const { name, role, kubelet } of snapshot.nodes) if (role === 'worker') kubeadm.set(name, kubelet);
      let state = snapshot;
      for (const work of worksOf(made)) {
        const was = kubeadm.get(work.node);
        if (work.stage === 'workers' && was) {
          expect(minorsBetween(work.to, was)).toBeLessThanOrEqual(1);
          kubeadm.set(work.node, work.to);
        }
        const next = clusterAfter(state, [work]);
        expect(movedBack(state, next)).toEqual([]);
        state = next;
      }
    });
  });

  it('takes every control plane before any kubelet, and control-plane nodes before workers', () => {
    forAllPlans(({ hops }) => {
      for (const { stages } of hops) {
        const order = stages.flatMap(({ kind, passes }) => passes.map(({ phase }) => `${kind} ${phase}`));
        expect(['control-plane control-plane', 'control-plane kubelet', 'workers config', 'workers kubelet']).toEqual(
          expect.arrayContaining(order),
        );
        expect(order).toEqual([...order].sort());
      }
    });
  });

  it('applies on one control-plane node of a hop, and follows on the others', () => {
    forAllPlans(({ hops }) => {
      for (const { passes } of hops.flatMap(({ stages }) => stages)) {
        for (const { phase, nodes } of passes) {
          const [first, ...others] = nodes.map(({ kubeadm }) => kubeadm);
          const isControlPlane = phase === 'control-plane';
          expect(first).toBe(isControlPlane ? 'apply' : undefined);
          expect(new Set(others)).toEqual(new Set(others.map(() => (isControlPlane ? 'node' : undefined))));
        }
      }
    });
  });

  it('leaves nothing to do once it is carried out', () => {
    forAllPlans((made, snapshot, { only, asks }) => {
      const again = plan(clusterAfter(snapshot, worksOf(made)), formatVersion(made.to), only, { asks });
      expect(again).toMatchObject({ kind: 'nothing-to-do', version: made.to });
    });
  });

  it('saves as many drains as it lets kubelets skip hops, where that has been proven', () => {
    let saving = 0;
    fc.assert(
      fc.property(aShape, fc.boolean(), (each, fewestDrains) => {
        const snapshot = snapshotOf({ ...each, minor: 35, workers: each.workers.map(inStep) });
        const thrifty = plan(snapshot, 'latest', undefined, { asks: { fewestDrains } });
        const plain = plan(snapshot, 'latest');
        if (thrifty.kind !== 'plan' || plain.kind !== 'plan') return expect(thrifty.kind).toBe(plain.kind);
        const drains = (made: Plan) => worksOf(made).filter(({ phase }) => phase === 'kubelet').length;
        const { planned, saved } = countDrains(thrifty.plan.hops);
        expect(planned).toBe(drains(thrifty.plan));
        expect(drains(plain.plan) - drains(thrifty.plan)).toBe(saved);
        if (!fewestDrains) expect(saved).toBe(0);
        if (saved > 0) saving += 1;
      }),
    );
    expect(saving).toBeGreaterThan(5);
  });
});
