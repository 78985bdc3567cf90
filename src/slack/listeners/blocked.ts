import type { App } from '@slack/bolt';
import type { BotUseCases } from '../../app/bot-use-cases.ts';
import type { Attempt, Order } from '../../approval/order.ts';
import { plainMessage, type SlackMessage } from '../blocks.ts';
import { refusal } from '../text/en/replies.ts';
import { BLOCKED_ACTIONS, readPlace } from '../views/blocked-message.ts';
import type { Attention } from './attend.ts';
import { type Click, listenToButton } from './buttons.ts';

/** Below the notice of a blocked drain. What became of an order is told by the thread. */
export function listenToBlocked(app: App, useCases: BotUseCases, attention: Attention): void {
  const orders: Readonly<Record<string, (at: Attempt) => Order>> = {
    [BLOCKED_ACTIONS.wait]: at => ({ kind: 'wait', at }),
    [BLOCKED_ACTIONS.skip]: at => ({ kind: 'skip', at }),
    [BLOCKED_ACTIONS.abort]: () => ({ kind: 'abort' }),
  };
  for (const [action, orderOf] of Object.entries(orders)) {
    listenToButton(app, action, attention, click => give(click, orderOf, useCases));
  }
}

async function give(
  { id, user: by, channel }: Click,
  orderOf: (at: Attempt) => Order,
  useCases: BotUseCases,
): Promise<SlackMessage | undefined> {
  const { runId, at } = readPlace(id);
  const result = await useCases.order({ target: { runId }, order: orderOf(at), by, channel });
  return result.kind === 'refused' ? plainMessage(refusal(result.sentence)) : undefined;
}
