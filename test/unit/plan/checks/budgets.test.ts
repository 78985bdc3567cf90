import type { BudgetView, PodView } from '../../../../src/cluster/snapshot.ts';
import { budget, pod } from '../cluster-builder.ts';
import { of, STAYING, web } from './drained-world.ts';
import { findingsOf, found } from './found.ts';

const CODES = ['PDB_BLOCKS_DRAIN', 'PDB_HELD_BY_UNHEALTHY', 'PDB_EXHAUSTED', 'PDB_MISCOUNTED'];

describe('a disruption budget', () => {
  const never = { rule: 'minAvailable: 100%', desiredHealthy: 3, disruptionsAllowed: 0 };
  const used = { currentHealthy: 2, disruptionsAllowed: 0 };
  const none = { expectedPods: 0, desiredHealthy: 0, disruptionsAllowed: 0 };
  const failed = { ...none, currentHealthy: 0, syncError: 'no scale' };

  it.each<[string, Partial<BudgetView>, Partial<PodView>, string[]]>([
    ['that allows its pods to move', {}, {}, []],
    ['that can never allow it', never, {}, ['PDB_BLOCKS_DRAIN']],
    ['that is used up now', used, {}, ['PDB_EXHAUSTED']],
    ['whose count has not caught up', { ...used, disruptionsAllowed: 1 }, {}, ['PDB_EXHAUSTED']],
    ['that counts no pod at all', { ...never, ...none }, {}, ['PDB_BLOCKS_DRAIN']],
    ['that spares one, and counts no pod at all', { ...none, rule: 'maxUnavailable: 1' }, {}, ['PDB_BLOCKS_DRAIN']],
    [
      'that spares one, for a pod without a controller that it does not count',
      { ...none, rule: 'maxUnavailable: 1' },
      { controller: undefined },
      ['PDB_BLOCKS_DRAIN'],
    ],
    ['that names a number, whose pods came after it had counted', none, {}, ['PDB_EXHAUSTED']],
    ['that cannot count its pods', { disruptionsAllowed: 0, syncError: 'no scale' }, {}, ['PDB_BLOCKS_DRAIN']],
    [
      'that could never count its pods',
      { ...none, currentHealthy: 0, observed: false, syncError: 'no scale' },
      {},
      ['PDB_BLOCKS_DRAIN'],
    ],
    ['that cannot count its pods, none of which is healthy or must be', failed, { ready: false }, ['PDB_BLOCKS_DRAIN']],
    [
      'that cannot count its pods, but lets those go that are not ready',
      { ...failed, alwaysEvictUnhealthy: true },
      { ready: false },
      [],
    ],
    ['that was made a moment ago', { ...none, currentHealthy: 0, observed: false }, {}, ['PDB_EXHAUSTED']],
    ['that was changed a moment ago', { observed: false }, {}, ['PDB_EXHAUSTED']],
    ['that was changed a moment ago, for a pod that is not ready', { observed: false }, { ready: false }, []],
    [
      'that can never allow it, for pods that are not ready',
      { ...never, currentHealthy: 2 },
      { ready: false },
      ['PDB_BLOCKS_DRAIN'],
    ],
    ['that can never allow it, for one that is not ready beside all that must be', never, { ready: false }, []],
    [
      'that is used up, for pods that are not ready',
      { ...used, desiredHealthy: 3, expectedPods: 4 },
      { ready: false },
      ['PDB_HELD_BY_UNHEALTHY'],
    ],
    [
      'that is used up, but lets pods go that are not ready',
      { ...used, alwaysEvictUnhealthy: true },
      { ready: false },
      [],
    ],
    [
      'that may be used up to the last, for one that is not ready beside those that must be',
      used,
      { ready: false },
      [],
    ],
    [
      'that counts pods without a controller',
      { rule: 'maxUnavailable: 1' },
      { controller: undefined },
      ['PDB_MISCOUNTED'],
    ],
    ['that counts such pods by a share', { rule: 'minAvailable: 50%' }, { controller: undefined }, ['PDB_MISCOUNTED']],
    ['that names a number, for pods without a controller', {}, { controller: undefined }, []],
    ['whose policy lets unready pods go', { ...never, alwaysEvictUnhealthy: true }, { ready: false }, []],
    [
      'whose policy lets unready pods go, for ready ones',
      { ...never, alwaysEvictUnhealthy: true },
      {},
      ['PDB_BLOCKS_DRAIN'],
    ],
    ['for pods that have not started', never, { phase: 'Pending', ready: false }, []],
    ['of other pods', { ...never, selector: { matchLabels: { app: 'db' }, matchExpressions: [] } }, {}, []],
    ['of another namespace', { ...never, namespace: 'shop' }, {}, []],
    ...STAYING.map(([what, more]): [string, Partial<BudgetView>, Partial<PodView>, string[]] => [
      `for pods ${what}`,
      never,
      more,
      [],
    ]),
  ])('%s', (_what, rule, more, codes) => {
    const snapshot = of(web(1, more), [budget('web', rule)]);
    expect(CODES.filter(code => found(code, snapshot).length > 0)).toEqual(codes);
  });

  it('is named with its rule, its pods and their nodes', () => {
    expect(found('PDB_BLOCKS_DRAIN', of(web(3), [budget('web', never)]))).toEqual([
      [
        'block',
        'PodDisruptionBudget default/web (minAvailable: 100%) never allows a disruption: it wants 3 of 3 pods healthy. ' +
          'It guards default/web-0, default/web-1, default/web-2 on w-1 (ReplicaSet default/web).',
      ],
    ]);
    expect(found('PDB_EXHAUSTED', of(web(1), [budget('web', used)]))).toEqual([
      [
        'warn',
        'PodDisruptionBudget default/web (minAvailable: 2) allows no disruption at the moment: 2 of 3 pods are healthy, ' +
          '2 must be. It guards default/web-0 on w-1 (ReplicaSet default/web).',
      ],
    ]);
  });
});

describe('a budget that is in the way', () => {
  const NEVER = { desiredHealthy: 3, disruptionsAllowed: 0 };
  const NONE = { expectedPods: 0, desiredHealthy: 0, disruptionsAllowed: 0 };
  const job = { controller: { kind: 'Job', name: 'batch', uid: 'uid-batch' } };

  it.each<[string, Partial<BudgetView>, string]>([
    ['asks for all replicas', { ...NEVER, rule: 'minAvailable: 3' }, 'Run more replicas than it asks for'],
    ['spares none', { ...NEVER, rule: 'maxUnavailable: 0' }, 'Let it spare one pod (maxUnavailable: 1)'],
  ])('that %s comes with what to do', (_what, more, remedy) => {
    expect(remedyFor(web(1), more)).toContain(remedy);
  });

  it.each<[string, Partial<PodView>, Partial<BudgetView>, string]>([
    ['counts no Job', job, { ...NONE, rule: 'maxUnavailable: 1' }, 'Give it a whole number as minAvailable'],
    [
      'counts no pod without a controller',
      { controller: undefined },
      { ...NONE, rule: 'minAvailable: 50%' },
      'Give it a whole number as minAvailable',
    ],
    ['wants all pods of a Job', job, { ...NEVER, rule: 'minAvailable: 3' }, 'one pod less, as a whole number'],
    ['cannot count though it names a number', {}, { ...NONE, syncError: 'x' }, 'kube-controller-manager'],
  ])('that %s comes with what to do', (_what, more, rule, remedy) => {
    expect(remedyFor(web(1, more), rule)).toContain(remedy);
  });

  it('because it counts none of its pods says so, and what its controller says', () => {
    const rule = { ...NONE, rule: 'maxUnavailable: 1' };
    expect(found('PDB_BLOCKS_DRAIN', of(web(1, { controller: undefined }), [budget('web', rule)]))).toEqual([
      [
        'block',
        'PodDisruptionBudget default/web (maxUnavailable: 1) never allows a disruption: it goes by the replicas of ' +
          'controllers, and finds none for the pods that it selects. It guards default/web-0 on w-1.',
      ],
    ]);
    const failing = { ...rule, observed: false, syncError: 'jobs.batch does not implement the scale subresource' };
    expect(found('PDB_BLOCKS_DRAIN', of(web(1, job), [budget('web', failing)]))).toEqual([
      [
        'block',
        'PodDisruptionBudget default/web (maxUnavailable: 1) never allows a disruption: its pods cannot be counted (jobs.batch ' +
          'does not implement the scale subresource). It guards default/web-0 on w-1 (Job default/batch).',
      ],
    ]);
  });

  it('until its controller has counted says so', () => {
    expect(found('PDB_EXHAUSTED', of(web(1), [budget('web', { observed: false })]))).toEqual([
      [
        'warn',
        'PodDisruptionBudget default/web (minAvailable: 2) allows no disruption at the moment: its controller has not ' +
          'counted its pods since it was made or changed. It guards default/web-0 on w-1 (ReplicaSet default/web).',
      ],
    ]);
  });

  it('that pods hold at zero which it does not let go names them, and the policy that would', () => {
    const pods = [...web(2), pod('web-sick', 'w-2', { ready: false })];
    const held = budget('web', { currentHealthy: 2, desiredHealthy: 3, expectedPods: 4, disruptionsAllowed: 0 });
    expect(found('PDB_HELD_BY_UNHEALTHY', of(pods, [held]))).toEqual([
      [
        'warn',
        'PodDisruptionBudget default/web (minAvailable: 2) allows no disruption, not even of pods that are not ready: ' +
          '2 of 4 pods are healthy, 3 must be. Not ready are default/web-sick on w-2 (ReplicaSet default/web).',
      ],
    ]);
    const [finding] = findingsOf(of(pods, [held])).filter(({ code }) => code === 'PDB_HELD_BY_UNHEALTHY');
    expect(finding?.remedy).toContain('unhealthyPodEvictionPolicy: AlwaysAllow');
  });

  it('that counts pods without a controller names them', () => {
    const pods = [...web(2), pod('bare', 'w-1', { controller: undefined })];
    expect(found('PDB_MISCOUNTED', of(pods, [budget('web', { rule: 'maxUnavailable: 1' })]))).toEqual([
      [
        'warn',
        'PodDisruptionBudget default/web (maxUnavailable: 1) selects 1 pod without a controller, so that its count of ' +
          'pods is wrong: default/bare.',
      ],
    ]);
  });

  it('is one of very many, of which the first twenty are enough', () => {
    const apps = Array.from({ length: 25 }, (_, index) => `app-${index + 10}`);
    const pods = apps.map(app => pod(app, 'w-1', { labels: { app } }));
    const all = apps.map(app => budget(app, { ...NEVER, selector: { matchLabels: { app }, matchExpressions: [] } }));
    const sentences = found('PDB_BLOCKS_DRAIN', of(pods, all)).map(([, sentence]) => sentence);
    expect(sentences).toHaveLength(20);
    expect(sentences.at(-1)).toMatch(/default\/app-29 .* There are 5 more of this kind\.$/);
  });
});

describe('several budgets on one pod', () => {
  const both = [budget('web'), budget('web-too')];

  it('stop the plan, once for each set of budgets', () => {
    expect(found('PDB_OVERLAP', of(web(3), both))).toEqual([
      [
        'block',
        '3 pods cannot be evicted, because several budgets select them (default/web, default/web-too): ' +
          'default/web-0, default/web-1, default/web-2.',
      ],
    ]);
  });

  it.each([['that have not started', { phase: 'Pending' }] as const, ...STAYING])(
    'do not matter for pods %s',
    (_what, more) => {
      expect(found('PDB_OVERLAP', of(web(1, more), both))).toEqual([]);
    },
  );

  it('in different namespaces are none', () => {
    expect(found('PDB_OVERLAP', of(web(1), [budget('web'), budget('web', { namespace: 'shop' })]))).toEqual([]);
  });
});

function remedyFor(pods: readonly PodView[], rule: Partial<BudgetView>): string | undefined {
  return findingsOf(of(pods, [budget('web', rule)])).find(({ code }) => code === 'PDB_BLOCKS_DRAIN')?.remedy;
}
