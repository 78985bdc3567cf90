import * as fc from 'fast-check';
import type { ClusterSnapshot, Component } from '../../../src/cluster/snapshot.ts';
import type { PlanRequest } from '../../../src/plan/request.ts';
import { cluster, component, controlPlane, worker } from './cluster-builder.ts';

/** Minors below the cluster's own, and a patch. */
const version = (furthest: number) => fc.record({ behind: fc.integer({ min: 0, max: furthest }), patch: fc.nat(3) });
type Runs = typeof version extends (furthest: number) => fc.Arbitrary<infer T> ? T : never;

const readiness = fc.constantFrom('True', 'True', 'True', 'True', 'True', 'False');

/** An upgrade that was interrupted between two pods leaves what kubeadm had not come to a minor behind, or a patch. */
const staticPods = fc.record({
  apiserver: version(1),
  others: fc.constantFrom('with it', 'with it', 'with it', 'controllers behind', 'scheduler behind'),
} as const);

const request: fc.Arbitrary<Partial<PlanRequest>> = fc.oneof(
  { weight: 5, arbitrary: fc.constant({}) },
  fc.constant({ fewestDrains: true }),
  fc.constant({ drain: { force: true } }),
  fc.constantFrom('blue', 'green').map(pool => ({ pool })),
  fc.subarray(['cp-0', 'cp-1', 'w-0', 'w-1', 'w-2'], { minLength: 1 }).map(nodes => ({ nodes })),
);

/** Clusters as people leave them: half upgraded, out of the policy, with nodes missing; and what is asked about them. */
export const aShape = fc.record({
  minor: fc.oneof({ weight: 3, arbitrary: fc.integer({ min: 28, max: 37 }) }, fc.constantFrom(35, 36)),
  controlPlanes: fc.array(fc.record({ pods: staticPods, kubelet: version(3) }), { maxLength: 3 }),
  workers: fc.array(
    fc.record({
      kubelet: version(4),
      proxy: version(4),
      ready: readiness,
      cordoned: fc.boolean(),
      pool: fc.constantFrom('blue', 'green', undefined),
    }),
    { maxLength: 5 },
  ),
  asked: fc.constantFrom('next', 'next', 'latest', 'latest', 'patch', '1.34', '1.36', '1.37', '1.36.2'),
  only: fc.constantFrom(undefined, undefined, undefined, undefined, 'control-plane', 'workers'),
  asks: request,
} as const);
export type Shape = typeof aShape extends fc.Arbitrary<infer T> ? T : never;

export function snapshotOf({ minor, controlPlanes, workers }: Shape): ClusterSnapshot {
  const text = ({ behind, patch }: Runs) => `1.${minor - behind}.${patch}`;
  const before = ({ behind, patch }: Runs) => text({ behind: behind + 1, patch });
  const nodes = [
    ...controlPlanes.map(({ kubelet }, place) => controlPlane(`cp-${place}`, text(kubelet))),
    ...workers.map(({ kubelet, ready, cordoned, pool }, place) =>
      worker(`w-${place}`, text(kubelet), { ready, unschedulable: cordoned, labels: pool ? { pool } : {} }),
    ),
  ];
  const components: Component[] = [
    ...controlPlanes.flatMap(({ pods: { apiserver, others } }, place) => [
      component('kube-apiserver', `cp-${place}`, text(apiserver)),
      component(
        'kube-controller-manager',
        `cp-${place}`,
        others === 'controllers behind' ? before(apiserver) : text(apiserver),
      ),
      component('kube-scheduler', `cp-${place}`, others === 'with it' ? text(apiserver) : before(apiserver)),
    ]),
    ...workers.map(({ proxy }, place) => component('kube-proxy', `w-${place}`, text(proxy))),
    ...(controlPlanes.length === 0 ? [component('kube-apiserver', undefined, `1.${minor}.0`)] : []),
  ];
  return cluster(nodes, { components });
}
