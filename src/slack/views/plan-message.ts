import type { Button } from '@slack/types';
import type { PlanRecord } from '../../app/ports.ts';
import { type Tally, tally } from '../../approval/approval.ts';
import type { ApprovalPolicy } from '../../approval/decision.ts';
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
    ...buttonRow(buttonsFor(plan.id, standing)),
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
  const values = decisions.map(({ value }) => value);
  const counted = tally(policy, plan, values, now);
  const stopping = countStopping(plan.findings);
  if (stopping > 0 && counted.kind === 'waiting') return { kind: 'blocked', stopping };
  return { kind: 'open', tally: counted };
}

/** Approve is left out where findings stop it; both are once the matter is settled. */
function buttonsFor(planId: string, standing: Standing): Button[] {
  const details = button(PLAN_ACTIONS.details, planId, { label: planButtons.details });
  const waits = standing.kind === 'blocked' || (standing.kind === 'open' && standing.tally.kind === 'waiting');
  if (!waits) return [details];
  const reject = button(PLAN_ACTIONS.reject, planId, { label: planButtons.reject, style: 'danger' });
  if (standing.kind === 'blocked') return [reject, details];
  return [button(PLAN_ACTIONS.approve, planId, { label: planButtons.approve, style: 'primary' }), reject, details];
}

const STATE = { separator: '\n', size: 1_200, more: andMore } as const;

function stateLines(view: PlanView, standing: Standing): Mrkdwn {
  const decisions = view.record.decisions.map(({ value }) => decisionLine(value));
  const said = decisions.length > 0 ? [fitted(decisions, STATE)] : [];
  return joined([stateOf(view, standing), ...said], '\n');
}

function stateOf({ record: { plan, state }, run }: PlanView, standing: Standing): Mrkdwn {
  if (standing.kind === 'blocked') return blockedState(standing.stopping);
  if (standing.kind === 'open') return openState(standing.tally);
  switch (state.kind) {
    case 'open':
    case 'checking':
      return checkingState();
    case 'rejected':
      return rejectedState(state);
    case 'stale':
      return joined([staleState(planAgain(plan)), fitted(state.changes.map(changeLine), STATE)], '\n');
    case 'running':
      return runningState();
    case 'over':
      return overState(run);
  }
}
