import type { Button } from '@slack/types';
import type { PlanRecord, PlanState } from '../../app/ports.ts';
import { type ApprovalPolicy, type Tally, tally } from '../../approval/approval.ts';
import type { Decision } from '../../approval/decision.ts';
import type { RunState } from '../../run/run.ts';
import { button, buttonRow, context, header, message, type SlackMessage, section } from '../blocks.ts';
import { fitted } from '../fit.ts';
import { joined, type Mrkdwn } from '../mrkdwn.ts';
import {
  blockedState,
  changeLine,
  checkingState,
  decisionLine,
  digestLine,
  openState,
  overState,
  planAgain,
  planButtons,
  planNotification,
  planTitle,
  rejectedState,
  runningState,
  staleState,
  waitingState,
} from '../text/en/plan.ts';
import { andMore } from '../text/en/words.ts';
import { countStopping, findingSections, hopsSection, planFields } from './plan-summary.ts';

export interface PlanView {
  readonly record: PlanRecord;
  readonly policy: ApprovalPolicy;
  /** The run that carries it out, where there is one. */
  readonly run: RunState | undefined;
  /** Epoch milliseconds. */
  readonly now: number;
}

/** The action ids of its buttons; their value is the plan's id. */
export const PLAN_ACTIONS = { approve: 'plan_approve', reject: 'plan_reject', details: 'plan_details' } as const;

/** The plan as it is posted, and edited whenever its record changes. At most 12,500 characters. */
export function planMessage(view: PlanView): SlackMessage {
  const { plan } = view.record;
  const standing = standingOf(view);
  return message(planNotification(plan), [
    header(planTitle(plan)),
    planFields(plan),
    hopsSection(plan),
    ...findingSections(plan.findings, { pages: 2 }),
    context(digestLine(plan)),
    section(stateLines(view, standing)),
    ...buttonRow(buttonsFor(plan.id, view.record.state, standing)),
  ]);
}

/** An open plan, in the light of its findings and decisions; any other is closed. */
type Standing =
  | { readonly kind: 'blocked'; readonly stopping: number }
  | { readonly kind: 'open'; readonly tally: Tally }
  | { readonly kind: 'closed' };

function standingOf({ record, policy, now }: PlanView): Standing {
  const { plan, decisions, state } = record;
  if (state.kind !== 'open') return { kind: 'closed' };
  const { need = policy.approvalsNeeded, objections = [] } = record.count ?? {};
  // What the worker does not count is not counted here either, and what it wants beyond is waited for.
  const values = decisions
    .map(({ value }) => value)
    .filter(({ id }) => !objections.some(({ decision }) => decision === id));
  const counted = tally({ ...policy, approvalsNeeded: need }, plan, values, now);
  const stopping = countStopping(plan.findings);
  if (stopping > 0 && counted.kind === 'waiting') return { kind: 'blocked', stopping };
  return { kind: 'open', tally: counted };
}

/** Approve is left out where findings stop it, or where enough people approved; both are once the matter is settled. */
function buttonsFor(planId: string, { kind }: PlanState, standing: Standing): Button[] {
  const details = button(PLAN_ACTIONS.details, planId, { label: planButtons.details });
  const asked = standing.kind === 'open' && standing.tally.kind === 'waiting';
  if (!asked && standing.kind !== 'blocked' && kind !== 'waiting') return [details];
  const reject = button(PLAN_ACTIONS.reject, planId, { label: planButtons.reject, style: 'danger' });
  if (!asked) return [reject, details];
  return [button(PLAN_ACTIONS.approve, planId, { label: planButtons.approve, style: 'primary' }), reject, details];
}

const STATE = { separator: '\n', size: 1_200, more: andMore } as const;

function stateLines(view: PlanView, standing: Standing): Mrkdwn {
  const { decisions, count } = view.record;
  const rejection = rejectionOf(view.record, standing);
  const others = decisions.filter(({ value }) => value !== rejection);
  const lines = others.map(({ value }) => {
    const objection = count?.objections.find(({ decision }) => decision === value.id);
    return decisionLine(value, objection?.why);
  });
  const said = lines.length > 0 ? [fitted(lines, STATE)] : [];
  return joined([rejection ? rejectedState(rejection, view.record.plan) : stateOf(view, standing), ...said], '\n');
}

/** What settled the matter is said once, as the state of the plan. */
function rejectionOf({ decisions, state }: PlanRecord, standing: Standing): Decision | undefined {
  const rejected =
    standing.kind === 'open' && standing.tally.kind === 'rejected'
      ? standing.tally
      : state.kind === 'rejected'
        ? state
        : undefined;
  if (!rejected) return undefined;
  return decisions.map(({ value }) => value).find(({ by, verdict }) => verdict === 'reject' && by === rejected.by);
}

function stateOf({ record: { plan, state }, run }: PlanView, standing: Standing): Mrkdwn {
  if (standing.kind === 'blocked') return blockedState(standing.stopping);
  if (standing.kind === 'open') return openState(standing.tally, plan);
  switch (state.kind) {
    case 'open':
    case 'checking':
      return checkingState();
    case 'waiting':
      return waitingState(state.why);
    case 'rejected':
      return rejectedState(state, plan);
    case 'stale':
      return joined([staleState(planAgain(plan)), fitted(state.changes.map(changeLine), STATE)], '\n');
    case 'running':
      return runningState();
    case 'over':
      return overState(run);
  }
}
