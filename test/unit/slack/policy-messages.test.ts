import { newRun } from '../../../src/run/new-run.ts';
import { planMessage } from '../../../src/slack/views/plan-message.ts';
import { runMessage } from '../../../src/slack/views/run-message.ts';
import { noteMessage, planNoteMessage } from '../../../src/slack/views/thread-message.ts';
import { buttonsIn, PLAN, POLICY, planRecord, textIn } from './examples.ts';

function show(given: Parameters<typeof planRecord>[0], policy = POLICY) {
  const { blocks } = planMessage({ record: planRecord(given), policy, run: undefined, now: 100_000 });
  return { buttons: buttonsIn(blocks), said: textIn(blocks) };
}
const times = (text: string, word: string) => text.split(word).length - 1;

describe('a rejection', () => {
  const rejection = { by: 'UBOB', verdict: 'reject', reason: 'not on a Friday' } as const;
  const approval = { by: 'UCAROL', via: 'UCAROL' } as const;

  test.each([
    ['before the worker has heard of it', { kind: 'open' } as const],
    ['once the worker has', { kind: 'rejected', by: 'UBOB', reason: 'not on a Friday' } as const],
  ])('is said once, with its time, beside what others decided: %s', (_when, state) => {
    const { said, buttons } = show({ state, decisions: [approval, rejection] });
    expect(times(said, 'not on a Friday')).toBe(1);
    expect(said).toContain('*Rejected* by <@UBOB>, <!date^60^');
    expect(said).toContain('Approved by <@UCAROL>');
    expect(buttons).toEqual(['plan_details']);
  });

  test('of one’s own plan is a withdrawal', () => {
    const { said } = show({ decisions: [{ ...rejection, by: PLAN.requestedBy, via: PLAN.requestedBy }] });
    expect(said).toContain(`*Withdrawn* by <@${PLAN.requestedBy}>`);
  });
});

describe('a plan that waits for its time', () => {
  const why = 'It is outside of the maintenance windows. Nodes may be started from Tue 2026-11-24 22:00 (UTC).';

  test('says until when, and can still be rejected', () => {
    const { said, buttons } = show({ state: { kind: 'waiting', why }, decisions: [{ by: 'UBOB' }, { by: 'UCAROL' }] });
    expect(said).toContain(`*Approved, and waiting.* ${why}`);
    expect(buttons).toEqual(['plan_reject', 'plan_details']);
  });
});

describe('what the worker counts otherwise than the bot', () => {
  const count = {
    need: 2,
    objections: [{ decision: 'd0', by: 'UBOB', why: 'they are not among the approvers there' }],
  };

  test('is not counted here either, and says why', () => {
    const { said, buttons } = show({ count, decisions: [{ by: 'UBOB' }, { by: 'UCAROL' }] });
    expect(said).toContain('(the worker does not count it: they are not among the approvers there)');
    expect(said).toContain('needs 1 more approval');
    expect(buttons).toContain('plan_approve');
  });

  test('is waited for, where it wants more approvals', () => {
    const one = { ...POLICY, approvalsNeeded: 1 };
    expect(show({ decisions: [{ by: 'UBOB' }] }, one).said).toContain('*Approved.*');
    expect(show({ decisions: [{ by: 'UBOB' }], count: { need: 2, objections: [] } }, one).said).toContain(
      'needs 1 more',
    );
  });

  test('is told to whoever decided', () => {
    const note = { kind: 'not-counted', by: 'UBOB', verdict: 'approve', why: 'they are not among them' } as const;
    expect(textIn(planNoteMessage(note, PLAN).blocks)).toContain(
      '<@UBOB>, your approval was recorded here, but the worker of prod does not count it: they are not among them.',
    );
  });

  test('is said to wait, where the worker has no policy to count it by', () => {
    const note = { kind: 'not-counted-yet', why: 'policy.yaml:3: write the Slack ids.' } as const;
    expect(textIn(planNoteMessage(note, PLAN).blocks)).toContain(
      'is kept, and the worker of prod counts it as soon as it can. policy.yaml:3: write the Slack ids.',
    );
  });
});

describe('a run that is held', () => {
  const fresh = newRun(PLAN, { id: 'r1', now: 0 });
  const why = 'The cluster is frozen: a sale.';

  test('says why in its status message and in the thread, and that it goes on by itself', () => {
    const status = textIn(runMessage({ ...fresh, hold: { why, since: 1, until: undefined } }).blocks);
    expect(status).toContain(`*Waiting.* ${why} It goes on by itself.`);
    const note = textIn(noteMessage(fresh, { kind: 'held', why }).blocks);
    expect(note).toBe(
      `No further node is started for now; those under way are finished. ${why} The upgrade goes on by itself.`,
    );
  });

  test('says so when it goes on', () => {
    expect(textIn(noteMessage(fresh, { kind: 'released' }).blocks)).toContain('the upgrade goes on');
  });
});
