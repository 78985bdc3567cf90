import * as fc from 'fast-check';
import type { ClusterSnapshot, Component } from '../../../src/cluster/snapshot.ts';
import { stopsApproval } from '../../../src/plan/finding.ts';
import type { Phase, Plan } from '../../../src/plan/plan.ts';
import { runningComponents } from '../../../src/plan/standing.ts';
import {
  compareVersions,
  formatVersion,
  type KubernetesVersion,
  minorsBetween,
} from '../../../src/version/kubernetes-version.ts';
import { findSkew, type RunningComponent } from '../../../src/version/skew.ts';
import { cluster, component, controlPlane, plan, staticPods, worker } from './cluster-builder.ts';

/** Minors below the cluster's own, and a patch. */
const version = (furthest: number) => fc.record({ behind: fc.integer({ min: 0, max: furthest }), patch: fc.nat(3) });
const readiness = fc.constantFrom('True', 'True', 'True', 'True', 'True', 'False');

const shape = fc.record({
  minor: fc.integer({ min: 28, max: 37 }),
  controlPlanes: fc.array(fc.record({ pods: version(1), kubelet: version(3), ready: fc.constant('True') }), {
    maxLength: 3,
  }),
  workers: fc.array(fc.record({ kubelet: version(4), proxy: version(4), ready: readiness, cordoned: fc.boolean() }), {
    maxLength: 5,
  }),
  asked: fc.constantFrom('next', 'next', 'latest', 'latest', 'patch', '1.34', '1.36', '1.37', '1.36.2'),
  only: fc.constantFrom(undefined, undefined, undefined, 'control-plane', 'workers'),
} as const);
type Shape = typeof shape extends fc.Arbitrary<infer T> ? T : never;

function snapshotOf({ minor, controlPlanes, workers }: Shape): ClusterSnapshot {
  const text = ({ behind, patch }: { behind: number; patch: number }) => `1.${minor - behind}.${patch}`;
  const nodes = [
    ...controlPlanes.map(({ kubelet }, place) => controlPlane(`cp-${place}`, text(kubelet))),
    ...workers.map(({ kubelet, ready, cordoned }, place) =>
      worker(`w-${place}`, text(kubelet), { ready, unschedulable: cordoned }),
    ),
  ];
  const components: Component[] = [
    ...controlPlanes.flatMap(({ pods }, place) => staticPods(`cp-${place}`, text(pods))),
    ...workers.map(({ proxy }, place) => component('kube-proxy', `w-${place}`, text(proxy))),
    ...(controlPlanes.length === 0 ? [component('kube-apiserver', undefined, `1.${minor}.0`)] : []),
  ];
  return cluster(nodes, { components });
}

const STATIC_PODS = new Set(['kube-apiserver', 'kube-controller-manager', 'kube-scheduler']);

/** What the cluster runs after each step of the plan, by the words of kubeadm's own documentation. */
function* statesOf(before: readonly RunningComponent[], { hops }: Plan): Generator<readonly RunningComponent[]> {
  let state = before;
  const move = (to: KubernetesVersion, moves: (component: RunningComponent) => boolean) => {
    state = state.map(each => (moves(each) ? { ...each, version: to } : each));
  };
  for (const { to, stages } of hops) {
    for (const { phase, nodes } of stages.flatMap(({ passes }) => passes)) {
      for (const { name } of nodes) {
        move(
          to,
          ({ kind, node }) => node === name && (phase === 'kubelet' ? kind === 'kubelet' : STATIC_PODS.has(kind)),
        );
        yield state;
      }
      // The DaemonSet of kube-proxy follows when every kube-apiserver is through.
      if (phase === 'control-plane') {
        move(to, ({ kind, version: at }) => kind === 'kube-proxy' && compareVersions(at, to) < 0);
        yield state;
      }
    }
  }
}

/** Calls `check` with every plan over random clusters that is no refusal. Returns how many there were. */
function forAllPlans(check: (plan: Plan, snapshot: ClusterSnapshot, shape: Shape) => void, numRuns = 500): number {
  let plans = 0;
  fc.assert(
    fc.property(shape, each => {
      const snapshot = snapshotOf(each);
      const result = plan(snapshot, each.asked, each.only);
      if (result.kind !== 'plan') return;
      plans += 1;
      check(result.plan, snapshot, each);
    }),
    { numRuns },
  );
  return plans;
}

function faultsOf(state: readonly RunningComponent[]): string[] {
  return findSkew(state).map(({ component: { kind, node }, against }) => `${kind} on ${node} against ${against.kind}`);
}

describe('any plan', () => {
  it('passes through no state that newly breaks the version-skew policy', () => {
    const plans = forAllPlans((made, snapshot) => {
      const before = runningComponents(snapshot);
      const stands = new Set(faultsOf(before));
      for (const state of statesOf(before, made)) {
        expect(faultsOf(state).filter(fault => !stands.has(fault))).toEqual([]);
      }
    }, 3_000);
    // Enough of the random clusters can be planned for this to mean something.
    expect(plans).toBeGreaterThan(500);
  });

  it('that may be approved ends within the policy', () => {
    forAllPlans((made, snapshot) => {
      if (made.findings.some(stopsApproval)) return;
      const states = [...statesOf(runningComponents(snapshot), made)];
      expect(faultsOf(states.at(-1) ?? [])).toEqual([]);
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
      });
    });
  });

  it('moves no node back, none by more than a minor at a time, and each of its phases once in a hop', () => {
    forAllPlans((made, snapshot) => {
      const at = new Map<string, KubernetesVersion>();
      for (const { kind, node, version: runs } of runningComponents(snapshot)) {
        const phase: Phase | undefined =
          kind === 'kubelet' ? 'kubelet' : STATIC_PODS.has(kind) ? 'control-plane' : undefined;
        if (phase) at.set(`${node} ${phase}`, runs);
      }
      for (const { to, stages } of made.hops) {
        const works = stages.flatMap(({ passes }) =>
          passes.flatMap(({ phase, nodes }) => nodes.map(({ name }) => `${name} ${phase}`)),
        );
        expect(new Set(works).size).toBe(works.length);
        for (const work of works) {
          const was = at.get(work) ?? to;
          expect(compareVersions(was, to)).toBeLessThan(0);
          expect(minorsBetween(to, was)).toBeLessThanOrEqual(1);
          at.set(work, to);
        }
      }
    });
  });

  it('takes every control plane before any kubelet, and control-plane nodes before workers', () => {
    forAllPlans(({ hops }) => {
      for (const { stages } of hops) {
        const order = stages.flatMap(({ kind, passes }) => passes.map(({ phase }) => `${kind} ${phase}`));
        expect(['control-plane control-plane', 'control-plane kubelet', 'workers kubelet']).toEqual(
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
          const commands = nodes.map(({ kubeadm }) => kubeadm);
          const [first, ...others] = commands;
          expect(first).toBe(phase === 'kubelet' ? undefined : 'apply');
          expect(new Set(others)).toEqual(new Set(others.map(() => (phase === 'kubelet' ? undefined : 'node'))));
        }
      }
    });
  });

  it('leaves nothing to do once it is carried out', () => {
    forAllPlans((made, snapshot, { only }) => {
      const after = [...statesOf(runningComponents(snapshot), made)].at(-1) ?? [];
      const kubelets = new Map(
        after.flatMap(({ kind, node, version: runs }) => (kind === 'kubelet' ? [[node, runs]] : [])),
      );
      const others = after.filter(({ kind }) => kind !== 'kubelet');
      const upgraded = cluster(
        snapshot.nodes.map(node => ({ ...node, kubelet: kubelets.get(node.name) ?? node.kubelet })),
        { components: others.map(({ kind, node, version: runs }) => componentOf(kind, node, runs)) },
      );
      const again = plan(upgraded, formatVersion(made.to), only);
      expect(again).toMatchObject({ kind: 'nothing-to-do', version: made.to });
    });
  });

  it('is the same whatever the order in which the API lists things', () => {
    forAllPlans((made, snapshot, { asked, only }) => {
      const shuffled = {
        ...snapshot,
        nodes: snapshot.nodes.toReversed(),
        components: snapshot.components.toReversed(),
      };
      expect(plan(shuffled, asked, only)).toEqual({ kind: 'plan', plan: made });
    });
  });
});

function componentOf(kind: string, node: string | undefined, runs: KubernetesVersion): Component {
  const known = (['kube-apiserver', 'kube-controller-manager', 'kube-scheduler', 'kube-proxy'] as const).find(
    k => k === kind,
  );
  if (!known) throw new Error(`${kind} is none of the components of these clusters`);
  return component(known, node, formatVersion(runs));
}
