import type { App, ViewSubmitAction } from '@slack/bolt';
import type { WebClient } from '@slack/web-api';
import type { BotUseCases } from '../../app/bot-use-cases.ts';
import type { PlanRecord, Store } from '../../app/ports.ts';
import type { Decision } from '../../approval/decision.ts';
import { plainMessage, type SlackMessage } from '../blocks.ts';
import { findingsStop, planUnknown, refusal } from '../text/en/replies.ts';
import { PLAN_ACTIONS } from '../views/plan-message.ts';
import { approveModal, DECISIONS, detailsModal, REASON, readShown, rejectModal } from '../views/plan-modals.ts';
import { countStopping } from '../views/plan-summary.ts';
import type { Attention } from './attend.ts';
import { type Click, listenToButton } from './buttons.ts';
import { openModal } from './modals.ts';

export interface PlanPorts {
  readonly client: WebClient;
  readonly useCases: BotUseCases;
  readonly store: Pick<Store, 'plans'>;
  readonly attention: Attention;
}

/** Approve and Reject open a modal of the plan as it is stored now; what counts is the digest that the modal showed. */
export function listenToPlan(app: App, ports: PlanPorts): void {
  const { attention } = ports;
  listenToButton(app, PLAN_ACTIONS.approve, attention, click => openApproval(click, ports));
  listenToButton(app, PLAN_ACTIONS.reject, attention, click => openRejection(click, ports));
  listenToButton(app, PLAN_ACTIONS.details, attention, click => openDetails(click, ports));
  listenToDecision(app, 'approve', ports);
  listenToDecision(app, 'reject', ports);
}

async function openApproval(click: Click, ports: PlanPorts): Promise<SlackMessage | undefined> {
  const reviewed = await ports.useCases.review(click.id, click.user, 'approve');
  if (reviewed.kind === 'refused') return plainMessage(refusal(reviewed.sentence));
  if (countStopping(reviewed.record.plan.findings) > 0) return plainMessage(findingsStop());
  return openModal(approveModal(reviewed.record, click.channel), click, ports.client);
}

async function openRejection(click: Click, ports: PlanPorts): Promise<SlackMessage | undefined> {
  const reviewed = await ports.useCases.review(click.id, click.user, 'reject');
  if (reviewed.kind === 'refused') return plainMessage(refusal(reviewed.sentence));
  return openModal(rejectModal(reviewed.record, click.channel), click, ports.client);
}

/** Whoever sees the plan may see all of it. */
async function openDetails(click: Click, ports: PlanPorts): Promise<SlackMessage | undefined> {
  const record: PlanRecord | undefined = await ports.store.plans.get(click.id);
  return record ? openModal(detailsModal(record), click, ports.client) : plainMessage(planUnknown());
}

/** The modal closes at once, since Slack waits for three seconds only; what became of it is told by the plan's message. */
function listenToDecision(app: App, verdict: Decision['verdict'], { useCases, attention }: PlanPorts): void {
  app.view<ViewSubmitAction>(DECISIONS[verdict], async ({ ack, body, view }) => {
    await ack();
    const { planId, digest, channel } = readShown(view.private_metadata);
    const by = body.user.id;
    const reason = view.state.values[REASON.block]?.[REASON.action]?.value ?? undefined;
    const ear = { channel, user: by, responseUrl: undefined };
    await attention.attend({ what: `a decision to ${verdict}`, triggerId: body.trigger_id, ear }, async () => {
      const decided = await useCases.decide({ planId, digest, by, verdict, reason });
      return decided.kind === 'refused' ? plainMessage(refusal(decided.sentence)) : undefined;
    });
  });
}
