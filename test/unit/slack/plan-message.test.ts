import type { PlanState } from '../../../src/app/ports.ts';
import { newRun } from '../../../src/run/new-run.ts';
import { planMessage } from '../../../src/slack/views/plan-message.ts';
import { approveModal, detailsModal, readShown, rejectModal } from '../../../src/slack/views/plan-modals.ts';
import { buttonsIn, finding, PLAN, POLICY, planRecord, textIn } from './examples.ts';

const now = 100_000;
const show = (given: Parameters<typeof planRecord>[0] = {}, at = now) => {
  const { blocks, text } = planMessage({ record: planRecord(given), policy: POLICY, run: undefined, now: at });
  return { buttons: buttonsIn(blocks), said: textIn(blocks), text };
};

const ALL = ['plan_approve', 'plan_reject', 'plan_details'];

test('an open plan says what it does, for whom, and how many approvals it needs', () => {
  const { said, buttons, text } = show();
  expect(buttons).toEqual(ALL);
  for (const part of [
    'Upgrade prod from v1.35.0 to v1.37.0',
    '2: v1.35.0 → v1.36.0 → v1.37.0',
    '5: 3 control plane, 2 workers',
    '*v1.35.0 → v1.36.0*: control plane 3 nodes, workers 2 nodes',
    'rolling, one node after another',
    '<@UALICE>',
    '<!date^1000^',
    'Digest `a1b2c3d4e5`',
    'needs 2 approvals',
  ]) {
    expect(said).toContain(part);
  }
  expect(text).toContain('Upgrade prod from v1.35.0 to v1.37.0');
});

test('a plan says which nodes it is for, what kubeadm ignores there, and which nodes may join', () => {
  const plan = {
    ...PLAN,
    request: {
      ...PLAN.request,
      only: 'workers',
      pool: 'blue',
      fewestDrains: true,
      drain: { force: true, graceSeconds: 60 },
    },
    driver: { kind: 'kubeadm', ignorePreflightErrors: ['Swap'] },
    elasticPools: [{ matchLabels: { pool: 'spot' }, matchExpressions: [] }],
  } as const;
  const record = { ...planRecord({ state: { kind: 'stale', changes: ['Node w-3 is new.'] } }), plan };
  const said = textIn(planMessage({ record, policy: POLICY, run: undefined, now }).blocks);
  for (const part of [
    'rolling, one node after another; workers only; pool `blue`; 10 drains: no kubelet can skip a version here',
    '*Drains*\n--force, --grace-period 60',
    '*kubeadm ignores*\nSwap',
    '*Elastic pools*\nnew nodes with pool=spot join',
    '`/k8s upgrade plan v1.37.0 --cluster prod --only workers --pool blue --fewest-drains --force --grace-period 60`',
  ]) {
    expect(said).toContain(part);
  }
});

test('buttons carry the id of the plan and nothing else', () => {
  const { blocks } = planMessage({ record: planRecord(), policy: POLICY, run: undefined, now });
  expect(JSON.stringify(blocks).match(/"value":"[^"]*"/g)).toEqual(['"value":"p1"', '"value":"p1"', '"value":"p1"']);
});

test('findings stand worst first, and those that are fine are counted', () => {
  const findings = [finding('block', 'A'), finding('warn', 'B'), finding('ok', 'C'), finding('ok', 'D')];
  const { said, buttons } = show({ findings });
  expect(said.indexOf('*Blocks* `A` About A.')).toBeLessThan(said.indexOf('*Warning* `B` About B.'));
  expect(said).toContain('Mend A.');
  expect(said).toContain('2 checks found nothing in the way');
  expect(said).not.toContain('`C`');
  expect(said).toContain('*It cannot be approved*: 1 finding must be settled first.');
  expect(buttons).toEqual(['plan_reject', 'plan_details']);
});

test('who decided and when is shown, with what is still missing', () => {
  const { said, buttons } = show({ decisions: [{ by: 'UBOB' }] });
  expect(said).toContain('Approved by <@UBOB>, <!date^60^');
  expect(said).toContain('needs 1 more approval.');
  expect(buttons).toEqual(ALL);
});

test('a plan that was approved often enough, or is too old, offers no decision any more', () => {
  const approved = show({ decisions: [{ by: 'UBOB' }, { by: 'UCAROL' }] });
  expect(approved.buttons).toEqual(['plan_details']);
  expect(approved.said).toContain('*Approved.*');
  const expired = show({}, PLAN.expiresAt);
  expect(expired.buttons).toEqual(['plan_details']);
  expect(expired.said).toContain('*Expired*');
});

const STATES: readonly (readonly [PlanState, readonly string[]])[] = [
  [{ kind: 'checking' }, ['*Approved.* Checking']],
  [{ kind: 'rejected', by: 'UBOB', reason: 'not on a <Friday>' }, ['*Rejected* by <@UBOB>: not on a &lt;Friday&gt;']],
  [
    { kind: 'stale', changes: ['w3 is new', 'w1 is gone'] },
    ['*Stale*', '• w3 is new', '• w1 is gone', '`/k8s upgrade plan v1.37.0 --cluster prod`'],
  ],
  [{ kind: 'running', runId: 'r1' }, ['*Running*']],
  [{ kind: 'over', runId: 'r1' }, ['*Over.*']],
];

test.each(STATES)('a plan that is $kind says so and can only be looked at', (state, parts) => {
  const { said, buttons } = show({ state });
  for (const part of parts) expect(said).toContain(part);
  expect(buttons).toEqual(['plan_details']);
});

test('a plan that is over says how its run ended', () => {
  const run = newRun(PLAN, { id: 'r1', now: 0 });
  const said = (status: typeof run.status) =>
    textIn(
      planMessage({
        record: planRecord({ state: { kind: 'over', runId: 'r1' } }),
        policy: POLICY,
        run: { ...run, status },
        now,
      }).blocks,
    );
  expect(said({ kind: 'finished', at: 5_000 })).toContain('*Finished*, <!date^5^');
  expect(said({ kind: 'aborted', by: 'UBOB', at: 5_000 })).toContain('*Aborted* by <@UBOB>');
});

test('the modals remember which plan they showed, under which digest', () => {
  const shown = { planId: 'p1', digest: PLAN.digest, channel: 'C1' };
  expect(readShown(approveModal(planRecord(), 'C1').private_metadata ?? '')).toEqual(shown);
  expect(readShown(rejectModal(planRecord(), 'C1').private_metadata ?? '')).toEqual(shown);
  expect(() => readShown('{"planId":"p1"}')).toThrow();
});

test('to reject, one has to say why; to approve a rolling upgrade, nothing has to be filled in', () => {
  expect(rejectModal(planRecord(), 'C1').blocks.filter(({ type }) => type === 'input')).toHaveLength(1);
  expect(approveModal(planRecord(), 'C1').blocks.filter(({ type }) => type === 'input')).toHaveLength(0);
});

test('the details name every node in its order, how it is upgraded, and the whole digest', () => {
  const said = textIn(detailsModal(planRecord({ findings: [finding('warn', 'B')] })).blocks);
  expect(said).toContain('*v1.35.0 → v1.36.0, control plane*: kubeadm, not drained, 3 nodes');
  expect(said).toMatch(/1\. `cp0` \(now v1\.35\.0, kubeadm upgrade apply\)\n2\. `cp1` .*kubeadm upgrade node\)/);
  expect(said).toContain('*v1.36.0 → v1.37.0, workers*: drain and kubelet, 2 nodes');
  expect(said).toContain('*Warning* `B`');
  expect(said).toContain(PLAN.digest);
});
