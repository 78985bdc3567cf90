import * as fc from 'fast-check';
import { exitCodeOf } from '../../../src/cli/exit-code.ts';
import { planText } from '../../../src/cli/plan-text.ts';
import type { ClusterSnapshot } from '../../../src/cluster/snapshot.ts';
import type { PlanningResult } from '../../../src/plan/planning.ts';
import { NO_POLICY } from '../../../src/policy/settings.ts';
import { cluster, controlPlane, plan, version, worker } from '../plan/cluster-builder.ts';

const NODES = [
  controlPlane('cp-1', '1.35.4'),
  controlPlane('cp-2', '1.35.4'),
  worker('w-1', '1.35.4'),
  worker('w-2', '1.35.4'),
];
const SOUND = cluster(NODES);
const WIDTH = 96;

function linesOf(result: PlanningResult): string[] {
  return planText(result, undefined).split('\n');
}

describe('a plan as text', () => {
  it('says from where to where, and how much there is to do', () => {
    expect(linesOf(plan(SOUND)).slice(0, 2)).toEqual([
      'Upgrade of prod: v1.35.4 -> v1.36.4',
      '1 hop, 4 nodes, rolling',
    ]);
    expect(linesOf(plan(SOUND, 'latest', 'control-plane')).slice(0, 2)).toEqual([
      'Upgrade of prod: v1.35.4 -> v1.37.2',
      '2 hops, 2 nodes, rolling, control-plane only',
    ]);
  });

  it('shows each hop with its passes, and which node kubeadm applies on', () => {
    const lines = linesOf(plan(SOUND));
    const from = lines.indexOf('Hop 1: v1.35.4 -> v1.36.4');
    expect(lines.slice(from, from + 6)).toEqual([
      'Hop 1: v1.35.4 -> v1.36.4',
      '  Control plane',
      '    kubeadm, not drained:  cp-1 (apply), cp-2 (node)',
      '    drain and kubelet:     cp-1, cp-2',
      '  Workers',
      '    drain and kubelet:     w-1, w-2',
    ]);
  });

  it('names forty nodes of a pass and counts the others', () => {
    const many = Array.from({ length: 43 }, (_, index) => worker(`w-${index}`, '1.35.4'));
    const text = planText(plan(cluster([...NODES.slice(0, 1), ...many])), undefined);
    expect(text).toContain('w-39, and 3 more');
    expect(text).not.toContain('w-40');
  });

  it('names the nodes that are left out, with the reason', () => {
    const lines = linesOf(plan(cluster([...NODES, worker('w-3', '1.35.4', { ready: 'Unknown' })])));
    expect(lines.slice(lines.indexOf('Left out'))[1]).toBe('  w-3: its kubelet has stopped reporting');
    expect(linesOf(plan(SOUND))).not.toContain('Left out');
  });

  it('says which nodes were asked about, and how many drains there are', () => {
    const pooled = cluster(NODES.map(node => ({ ...node, labels: { pool: 'blue' } })));
    expect(linesOf(plan(pooled, 'next', undefined, { asks: { pool: 'Blue' } }))[1]).toBe(
      '1 hop, 4 nodes, rolling, pool Blue',
    );
    const named = linesOf(plan(SOUND, 'next', undefined, { asks: { nodes: NODES.map(({ name }) => name) } }));
    expect(named[1]).toBe('1 hop, 4 nodes, rolling, only nodes that were named');
    expect(named).toContain('Drains    4.');
  });

  it('shows which workers only run kubeadm, and how many drains that saves', () => {
    const lines = linesOf(plan(SOUND, 'latest', undefined, { asks: { fewestDrains: true } }));
    expect(lines[1]).toBe('2 hops, 4 nodes, rolling, fewest drains');
    expect(lines).toContain('    kubeadm alone:         w-1, w-2');
    expect(lines).toContain('Drains    6; kubelets that skip hops save 2.');
    expect(linesOf(plan(SOUND, 'next', undefined, { asks: { fewestDrains: true } }))).toContain(
      'Drains    4; no kubelet can skip a hop here.',
    );
  });

  it('shows how drains are asked for, in the words of kubectl drain', () => {
    const podSelector = {
      matchLabels: {},
      matchExpressions: [{ key: 'a', operator: 'In', values: ['b', 'c'] }],
    } as const;
    const drain = { force: true, deleteEmptyDirData: false, skipWaitForDeleteTimeoutSeconds: 90, podSelector };
    expect(linesOf(plan(SOUND, 'next', undefined, { asks: { drain } })).join('\n')).toMatch(
      /^Drains {4}4, with --force, --delete-emptydir-data=false, --skip-wait-for-delete-timeout 90s,\n\s+--pod-selector 'a in \(b, c\)'\./m,
    );
  });

  it('shows what the policy changes on hosts, and who may join', () => {
    const policy = {
      ...NO_POLICY,
      driver: { ...NO_POLICY.driver, ignorePreflightErrors: ['Swap', 'Mem'] },
      elasticPools: [{ matchLabels: { pool: 'spot' }, matchExpressions: [] }],
    };
    const lines = linesOf(plan(SOUND, 'next', undefined, { policy }));
    expect(lines).toContain('kubeadm   ignores the preflight errors Mem, Swap.');
    expect(lines).toContain('Elastic   new nodes with pool=spot join the run.');
  });

  it('lists what was found, worst first, each with its remedy, and counts what is fine', () => {
    const cordoned = worker('w-3', '1.35.4', { unschedulable: true });
    const found = cluster([...NODES, cordoned], { lease: { run: 'r0', owner: 'worker-1' } });
    const lines = linesOf(plan(found));
    const from = lines.indexOf('Findings');
    expect(lines.slice(from + 1, from + 5)).toEqual([
      '  BLOCK   ANOTHER_RUN',
      '          Run r0 holds this cluster (lease of worker-1).',
      '          -> Wait until it has finished, or abort it; then plan again. Where its record cannot',
      '             be read, the log of the worker says what to do about that.',
    ]);
    expect(lines).toContain('  WARN    NODE_CORDONED');
    expect(lines).toContainEqual(expect.stringMatching(/^ {2}OK {6}\d+ checks found nothing in the way$/));
  });

  it('tells once what many checks say in the same words', () => {
    const lines = linesOf(plan(cluster(NODES, { unreadable: [{ what: 'pods', why: 'no' }] })));
    expect(lines).toContain('  UNKNOWN LOOK_FAILED');
    expect(lines.filter(line => line.includes('This is not known, because pods could not be read.'))).toHaveLength(1);
    expect(lines.join('\n')).toMatch(/^ {2}UNKNOWN ADDONS_STAY, ANOTHER_CAPSTAN, [\sA-Z_,]*WEBHOOK_UNSERVED$/m);
  });

  it.each<[string, ClusterSnapshot, string]>([
    ['nothing', SOUND, 'Nothing stands in the way of this plan.'],
    [
      'a block and an unknown',
      cluster(NODES, {
        lease: { run: 'r0', owner: 'x' },
        unreadable: [{ what: 'the version of the API server', why: 'no' }],
      }),
      'This plan cannot be approved: 2 findings above must be settled first.',
    ],
    [
      'a look that many checks want',
      cluster(NODES, { unreadable: [{ what: 'pods', why: 'no' }] }),
      'This plan cannot be approved: 2 findings above must be settled first.',
    ],
  ])('ends with the verdict where %s stands in the way', (_what, snapshot, verdict) => {
    expect(linesOf(plan(snapshot)).at(-2)).toBe(verdict);
  });

  it('gives estimate, expiry and digest', () => {
    const result = plan(SOUND);
    if (result.kind !== 'plan') throw new Error('expected a plan');
    const lines = linesOf(result);
    expect(lines.find(line => line.startsWith('Estimate'))).toMatch(/^Estimate {2}about 13 min\. Assumes/);
    expect(lines).toContain('Expires   2026-11-24T01:00:00.000Z');
    expect(lines).toContain(`Digest    ${result.plan.digest}`);
  });

  it.each([
    [20, '1 min'],
    [3_540, '59 min'],
    [3_600, '1 h'],
    [5_400, '1 h 30 min'],
    [86_400, '24 h'],
  ])('words %d seconds as %s', (seconds, words) => {
    const result = plan(SOUND);
    if (result.kind !== 'plan') throw new Error('expected a plan');
    const estimate = { seconds, basis: 'Guessed.', parts: [] };
    expect(linesOf({ kind: 'plan', plan: { ...result.plan, estimate } })).toContain(
      `Estimate  about ${words}. Guessed.`,
    );
  });

  it('keeps to its width, except for a word that is longer', () => {
    const names = fc.array(fc.stringMatching(/^[a-z][a-z0-9-]{0,40}$/), { maxLength: 60 });
    fc.assert(
      fc.property(names, given => {
        const workers = [...new Set(given)].map(name => worker(name, '1.35.4', { unschedulable: true }));
        const lines = linesOf(plan(cluster([...NODES, ...workers.filter(({ name }) => name !== 'cp-1')])));
        expect(lines.filter(line => line.length > WIDTH && line.trim().includes(' '))).toEqual([]);
        expect(lines.filter(line => line !== line.trimEnd())).toEqual([]);
      }),
      { numRuns: 50 },
    );
  });

  it('passes no control character of the cluster on to the terminal', () => {
    const unreadable = [{ what: 'the \u001b[2Jpods', why: 'no\u0007 \u202eanswer' }];
    const text = planText(plan(cluster(NODES, { unreadable })), undefined);
    expect(text).toContain('Could not read the ?[2Jpods: no? ?answer.');
    expect(text.replaceAll('\n', '')).not.toMatch(/\p{C}/u);
  });
});

describe('an answer that is no plan', () => {
  it('is one sentence, or the refusal and what would work', () => {
    expect(planText({ kind: 'nothing-to-do', version: version('1.37.2') }, undefined)).toBe(
      'Nothing to do: everything runs v1.37.2.\n',
    );
    expect(planText(plan(SOUND, 'next', 'workers'), undefined)).toBe(
      'Nothing to do: what was asked about runs v1.35.4. The control plane is not part of this and runs\n' +
        'v1.35.4: kubelets may not pass it.\n',
    );
    expect(planText(plan(SOUND, '1.34'), undefined)).toMatch(
      /^v1\.34\.9 is older than the control plane.*\nWhat would work: next /s,
    );
  });
});

describe('the exit code', () => {
  it.each<[string, PlanningResult, number]>([
    ['a plan that may be approved', plan(SOUND), 0],
    ['a plan with warnings', plan(cluster([...NODES, worker('w-3', '1.35.4', { unschedulable: true })])), 0],
    ['a plan that is blocked', plan(cluster(NODES, { lease: { run: 'r0', owner: 'x' } })), 2],
    ['a plan with a look that failed', plan(cluster(NODES, { unreadable: [{ what: 'pods', why: 'no' }] })), 2],
    ['nothing to do', plan(cluster([controlPlane('cp-1', '1.37.2')])), 0],
    ['a refusal', plan(SOUND, '1.34'), 2],
  ])('of %s', (_what, result, code) => {
    expect(exitCodeOf(result)).toBe(code);
  });
});
