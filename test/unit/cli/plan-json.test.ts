import { planJson } from '../../../src/cli/plan-json.ts';
import { cluster, controlPlane, NOW, plan, planned, version, worker } from '../plan/cluster-builder.ts';

const SNAPSHOT = cluster([
  controlPlane('cp-1', '1.35.4'),
  worker('w-1', '1.35.4'),
  worker('w-2', '1.35.4', { ready: 'False' }),
]);

describe('a plan as JSON', () => {
  it('holds everything of the plan, versions as tags and times as ISO 8601', () => {
    const made = planned(SNAPSHOT, 'next', undefined);
    expect(JSON.parse(planJson({ kind: 'plan', plan: made }))).toEqual({
      schemaVersion: 1,
      kind: 'plan',
      approvable: true,
      plan: {
        id: 'plan-1',
        cluster: { name: 'prod', uid: 'uid-cluster' },
        requestedBy: 'cli',
        strategy: 'rolling',
        only: null,
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
        excluded: [{ node: 'w-2', why: 'it is not Ready' }],
        findings: made.findings,
        estimate: made.estimate,
        digest: made.digest,
      },
    });
  });

  it('says what limits the plan, and whether it may be approved', () => {
    const held = cluster([controlPlane('cp-1', '1.35.4')], { lease: { run: 'r0', owner: 'worker-1' } });
    expect(JSON.parse(planJson(plan(held, 'next', 'control-plane')))).toMatchObject({
      approvable: false,
      plan: { only: 'control-plane' },
    });
  });

  it('is as plain for an answer that is no plan', () => {
    expect(JSON.parse(planJson({ kind: 'nothing-to-do', version: version('1.37.2') }))).toEqual({
      schemaVersion: 1,
      kind: 'nothing-to-do',
      version: 'v1.37.2',
    });
    expect(JSON.parse(planJson({ kind: 'refused', sentence: 'No.', instead: 'This.' }))).toEqual({
      schemaVersion: 1,
      kind: 'refused',
      sentence: 'No.',
      instead: 'This.',
    });
  });

  it('ends with a line break', () => {
    expect(planJson(plan(SNAPSHOT))).toMatch(/\}\n$/);
  });
});

function node(name: string, role: string, kubeadm: string | null) {
  return { name, uid: `uid-${name}`, role, version: 'v1.35.4', kubeadm };
}
