import fc from 'fast-check';
import type { PlanRecord, PlanState } from '../../../../src/app/ports.ts';
import type { Finding } from '../../../../src/plan/finding.ts';
import type { Plan } from '../../../../src/plan/plan.ts';
import type { PlanRequest } from '../../../../src/plan/request.ts';
import { askingOf } from '../../../support/asking.ts';
import { examplePlan } from '../../run/example.ts';
import { many, odd, time } from './words.ts';

const finding: fc.Arbitrary<Finding> = fc.record({
  code: odd,
  severity: fc.constantFrom('block', 'unknown', 'warn', 'deferred', 'ok'),
  sentence: odd,
  remedy: odd,
});

/** Up to a thousand nodes, whose names may be long. */
export const plan: fc.Arbitrary<Plan> = fc
  .record({
    size: fc.record({
      controlPlanes: fc.integer({ min: 0, max: 7 }),
      workers: fc.constantFrom(0, 1, 30, 300, 1_000),
      hops: fc.integer({ min: 1, max: 5 }),
    }),
    name: odd,
    suffix: fc.constantFrom('', '.eu-central-1.compute.internal', '&'.repeat(60)),
    requestedBy: odd,
    findings: many(finding, 120),
    excluded: many(fc.record({ node: odd, why: odd }), 60),
    basis: odd,
    expiresAt: time,
    ignored: many(odd, 60),
    pools: many(odd, 30),
    asks: fc.constantFrom<Partial<PlanRequest>>(
      {},
      { pool: 'p'.repeat(300), only: 'workers' },
      { nodes: Array.from({ length: 900 }, (_, place) => `node-${place}`), fewestDrains: true },
      {
        drain: {
          force: false,
          deleteEmptyDirData: false,
          graceSeconds: 99_999,
          skipWaitForDeleteTimeoutSeconds: 999_999,
          podSelector: {
            matchLabels: {},
            matchExpressions: [{ key: 'k'.repeat(200), operator: 'Exists', values: [] }],
          },
          order: 'priority',
        },
      },
    ),
  })
  .map(({ size, name, suffix, basis, ignored, pools, asks, ...rest }) => {
    const base = examplePlan(size);
    return {
      ...base,
      ...rest,
      cluster: { ...base.cluster, name },
      request: { ...base.request, ...asks },
      driver: { kind: 'kubeadm', ignorePreflightErrors: ignored },
      elasticPools: pools.map(pool => ({ matchLabels: { pool }, matchExpressions: [] })),
      estimate: { seconds: 1_000_000, basis, parts: [] },
      digest: 'f'.repeat(64),
      hops: base.hops.map(hop => ({
        ...hop,
        stages: hop.stages.map(stage => ({
          ...stage,
          passes: stage.passes.map(pass => ({
            ...pass,
            nodes: pass.nodes.map(node => ({ ...node, name: node.name + suffix })),
          })),
        })),
      })),
    };
  });

const state: fc.Arbitrary<PlanState> = fc.oneof(
  fc.constantFrom<PlanState>({ kind: 'open' }, { kind: 'checking' }, { kind: 'running', runId: 'r1' }),
  fc.record({ kind: fc.constant('rejected' as const), by: odd, reason: odd }),
  fc.record({ kind: fc.constant('waiting' as const), why: odd }),
  fc.record({ kind: fc.constant('stale' as const), changes: many(odd, 60) }),
);

const ASKING = askingOf('p1', { channel: 'C1', user: 'UALICE' });

export const record: fc.Arbitrary<PlanRecord> = fc
  .record({
    plan,
    state,
    objected: fc.option(many(fc.record({ decision: fc.constantFrom('d0', 'd1', 'd2'), by: odd, why: odd }), 3)),
    decided: many(fc.record({ by: odd, reason: odd, verdict: fc.constantFrom('approve', 'reject'), at: time }), 30),
  })
  .map(({ plan: made, state: now, objected, decided }) => ({
    plan: made,
    state: now,
    conversation: { channel: 'C1', user: 'UALICE' },
    asking: ASKING,
    count: objected ? { need: 2, objections: objected } : undefined,
    decisions: decided.map((decision, place) => ({
      signature: 's',
      value: { ...decision, id: `d${place}`, planId: 'p1', digest: made.digest, cluster: 'prod', via: 'UBOB' },
    })),
  }));
