import { readFileSync } from 'node:fs';
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import * as fc from 'fast-check';
import { planJson } from '../../../src/cli/plan-json.ts';
import type { PlanningResult } from '../../../src/plan/planning.ts';
import { NO_POLICY } from '../../../src/policy/settings.ts';
import { cluster, controlPlane, NOW, plan, planned, version, worker } from '../plan/cluster-builder.ts';
import { aShape, snapshotOf } from '../plan/random-clusters.ts';

const SNAPSHOT = cluster([
  controlPlane('cp-1', '1.35.4'),
  worker('w-1', '1.35.4'),
  worker('w-2', '1.35.4', { ready: 'False' }),
]);

function printed(result: PlanningResult): string {
  return planJson(result, undefined);
}

describe('a plan as JSON', () => {
  it('holds everything of the plan, versions as tags and times as ISO 8601', () => {
    const made = planned(SNAPSHOT, 'next', undefined);
    expect(JSON.parse(printed({ kind: 'plan', plan: made }))).toEqual({
      schemaVersion: 1,
      kind: 'plan',
      policy: null,
      approvable: true,
      plan: {
        id: 'plan-1',
        cluster: { name: 'prod', uid: 'uid-cluster' },
        requestedBy: 'cli',
        strategy: 'rolling',
        only: null,
        pool: null,
        nodes: null,
        fewestDrains: false,
        drainOptions: null,
        driver: { kind: 'kubeadm', ignorePreflightErrors: [] },
        elasticPools: [],
        createdAt: new Date(NOW).toISOString(),
        expiresAt: new Date(NOW + 3_600_000).toISOString(),
        from: 'v1.35.4',
        to: 'v1.36.4',
        hops: [
          {
            from: 'v1.35.4',
            to: 'v1.36.4',
            stages: [
              {
                kind: 'control-plane',
                passes: [
                  { phase: 'control-plane', nodes: [node('cp-1', 'control-plane', 'apply')] },
                  { phase: 'kubelet', nodes: [node('cp-1', 'control-plane', null)] },
                ],
              },
              { kind: 'workers', passes: [{ phase: 'kubelet', nodes: [node('w-1', 'worker', null)] }] },
            ],
          },
        ],
        drains: { planned: 2, saved: 0 },
        excluded: [{ node: 'w-2', why: 'it is not Ready' }],
        findings: made.findings,
        estimate: {
          seconds: 420,
          basis: made.estimate.basis,
          parts: [
            part('control-plane', 'control-plane', 'apply', 180),
            part('kubelet', 'control-plane', null, 120),
            part('kubelet', 'worker', null, 120),
          ],
        },
        digest: made.digest,
      },
    });
  });

  it('says what limits the plan, what the policy adds, and whether it may be approved', () => {
    const held = cluster([controlPlane('cp-1', '1.35.4'), worker('w-1', '1.35.4')], {
      lease: { run: 'r0', owner: 'worker-1' },
    });
    const policy = {
      ...NO_POLICY,
      driver: { ...NO_POLICY.driver, ignorePreflightErrors: ['Swap'] },
      elasticPools: [{ matchLabels: { pool: 'spot' }, matchExpressions: [] }],
    };
    expect(
      JSON.parse(printed(plan(held, 'latest', undefined, { asks: { fewestDrains: true }, policy }))),
    ).toMatchObject({
      approvable: false,
      plan: {
        fewestDrains: true,
        drains: { planned: 3, saved: 1 },
        driver: { kind: 'kubeadm', ignorePreflightErrors: ['Swap'] },
        elasticPools: ['pool=spot'],
      },
    });
    const drain = { force: true, graceSeconds: 60 };
    expect(JSON.parse(printed(plan(held, 'next', undefined, { asks: { drain } })))).toMatchObject({
      plan: {
        drainOptions: {
          force: true,
          deleteEmptyDirData: null,
          graceSeconds: 60,
          skipWaitForDeleteTimeoutSeconds: null,
          podSelector: null,
          order: null,
        },
      },
    });
    expect(JSON.parse(printed(plan(held, 'next', 'control-plane')))).toMatchObject({
      plan: { only: 'control-plane' },
    });
  });

  it('is as plain for an answer that is no plan', () => {
    expect(JSON.parse(printed({ kind: 'nothing-to-do', version: version('1.37.2') }))).toEqual({
      schemaVersion: 1,
      kind: 'nothing-to-do',
      policy: null,
      version: 'v1.37.2',
      limit: null,
    });
    expect(JSON.parse(printed({ kind: 'refused', sentence: 'No.', instead: 'This.' }))).toEqual({
      schemaVersion: 1,
      kind: 'refused',
      policy: null,
      sentence: 'No.',
      instead: 'This.',
    });
  });

  it('says by whose policy it was made', () => {
    const source = { file: '/etc/capstan/policy.yaml', cluster: 'prod' };
    expect(JSON.parse(planJson(plan(SNAPSHOT), source))).toMatchObject({ policy: source });
  });

  it('ends with a line break', () => {
    expect(printed(plan(SNAPSHOT))).toMatch(/\}\n$/);
  });
});

type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };

function published(): Json {
  return JSON.parse(readFileSync(new URL('../../../docs/plan.schema.json', import.meta.url), 'utf8')) as Json;
}

/** The published schema lets fields be added. Whoever adds one describes it there: so here none may be unknown. */
function closed(schema: Json): Json {
  if (Array.isArray(schema)) return schema.map(closed);
  if (schema === null || typeof schema !== 'object') return schema;
  const parts = Object.fromEntries(Object.entries(schema).map(([key, part]) => [key, closed(part)]));
  return 'properties' in schema && !('oneOf' in schema) ? { ...parts, additionalProperties: false } : parts;
}

function validator(schema: Json): ValidateFunction {
  const ajv = new Ajv2020({
    strict: true,
    allowUnionTypes: true,
    formats: { 'date-time': /^\d{4}-\d\d-\d\dT[\d:.]+Z$/ },
  });
  return ajv.compile(schema as object);
}

describe('the schema that is published', () => {
  const validate = validator(closed(published()));
  const faults = (text: string) => {
    validate(JSON.parse(text));
    return validate.errors ?? [];
  };

  it('describes what is printed for any cluster, and every field of it', () => {
    const kinds = new Set<string>();
    fc.assert(
      fc.property(aShape, each => {
        const { asked, only, asks } = each;
        const result = plan(snapshotOf(each), asked, only, { asks });
        kinds.add(result.kind);
        expect(faults(printed(result))).toEqual([]);
        expect(faults(planJson(result, { file: 'policy.yaml', cluster: 'prod' }))).toEqual([]);
      }),
      { numRuns: 300 },
    );
    expect(kinds).toEqual(new Set(['plan', 'nothing-to-do', 'refused']));
  });

  it('wants each of its fields, and no other', () => {
    const read = JSON.parse(printed(plan(SNAPSHOT, 'latest'))) as object;
    const without = { ...read, plan: { ...(read as { plan: object }).plan, digest: undefined } };
    expect(faults(JSON.stringify(without))).not.toEqual([]);
    expect(faults(JSON.stringify({ ...read, more: 1 }))).not.toEqual([]);
  });

  it('lets whoever reads it meet fields that were added later', () => {
    const open = validator(published());
    const read = JSON.parse(printed(plan(SNAPSHOT))) as { plan: object };
    expect(open({ ...read, more: 1, plan: { ...read.plan, more: 1 } })).toBe(true);
    expect(open({ ...read, schemaVersion: 2 })).toBe(false);
  });
});

function node(name: string, role: string, kubeadm: string | null) {
  const controlPlane = role === 'control-plane' ? 'v1.35.4' : null;
  return { name, uid: `uid-${name}`, role, version: 'v1.35.4', controlPlane, kubeadm };
}

function part(phase: string, role: string, kubeadm: string | null, secondsEach: number) {
  return { phase, role, kubeadm, nodes: 1, secondsEach, measured: 0 };
}
