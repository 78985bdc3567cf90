import type { App, ViewSubmitAction } from '@slack/bolt';
import type { WebClient } from '@slack/web-api';
import { isNameOf } from '../../app/bot-orders.ts';
import type { BotUseCases } from '../../app/bot-use-cases.ts';
import type { Attempt, Order } from '../../approval/order.ts';
import { plainMessage, type SlackMessage } from '../blocks.ts';
import { anotherName } from '../text/en/orders.ts';
import { refusal } from '../text/en/replies.ts';
import { BLOCKED_ACTIONS } from '../views/blocked-message.ts';
import { FORCE, forceModal, NAME, POD, readForcing, wholeName } from '../views/force-modal.ts';
import { readPlace } from '../views/place.ts';
import type { Attention } from './attend.ts';
import { type Click, listenToButton } from './buttons.ts';
import { openModal } from './modals.ts';

interface BlockedPorts {
  readonly client: WebClient;
  readonly useCases: BotUseCases;
  readonly attention: Attention;
}

/** Below the notice of a blocked drain. What became of an order is told by the thread. */
export function listenToBlocked(app: App, ports: BlockedPorts): void {
  const { attention } = ports;
  const orders: Readonly<Record<string, (at: Attempt) => Order>> = {
    [BLOCKED_ACTIONS.wait]: at => ({ kind: 'wait', at }),
    [BLOCKED_ACTIONS.skip]: at => ({ kind: 'skip', at }),
    [BLOCKED_ACTIONS.abort]: () => ({ kind: 'abort' }),
  };
  for (const [action, orderOf] of Object.entries(orders)) {
    listenToButton(app, action, attention, click => give(click, orderOf, ports));
  }
  listenToButton(app, BLOCKED_ACTIONS.force, attention, click => choosePod(click, ports));
  listenToForce(app, ports);
}

async function give(
  { id, user: by, channel }: Click,
  orderOf: (at: Attempt) => Order,
  { useCases }: BlockedPorts,
): Promise<SlackMessage | undefined> {
  const { runId, at } = readPlace(id);
  const result = await useCases.order({ target: { runId }, order: orderOf(at), by, channel });
  return result.kind === 'refused' ? plainMessage(refusal(result.sentence)) : undefined;
}

async function choosePod(click: Click, { useCases, client }: BlockedPorts): Promise<SlackMessage | undefined> {
  const { id, user: by, channel } = click;
  const place = readPlace(id);
  const found = await useCases.blockers({ ...place, by, channel });
  if (found.kind === 'refused') return plainMessage(refusal(found.sentence));
  return openModal(forceModal({ ...place, channel }, found), click, client);
}

/**
 * The modal stays open where something else was typed than what was chosen, and closes at once otherwise, since Slack waits
 * for three seconds only.
 */
function listenToForce(app: App, { useCases, attention }: BlockedPorts): void {
  app.view<ViewSubmitAction>(FORCE, async ({ ack, body, view }) => {
    const { values } = view.state;
    const chosen = values[POD.block]?.[POD.action]?.selected_option;
    const typed = values[NAME.block]?.[NAME.action]?.value ?? '';
    const pod = chosen ? wholeName(chosen.text.text) : undefined;
    if (pod !== undefined && !isNameOf(pod, typed)) {
      return await ack({ response_action: 'errors', errors: { [NAME.block]: anotherName(pod) } });
    }
    await ack();
    const { channel, ...place } = readForcing(view.private_metadata);
    const by = body.user.id;
    const uid = chosen?.value ?? '';
    const ear = { channel, user: by, responseUrl: undefined };
    await attention.attend({ what: 'an order to force a pod', triggerId: body.trigger_id, ear }, async () => {
      const result = await useCases.force({ ...place, by, channel, uid, typed });
      return result.kind === 'refused' ? plainMessage(refusal(result.sentence)) : undefined;
    });
  });
}
