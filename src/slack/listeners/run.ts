import type { App } from '@slack/bolt';
import type { BotUseCases } from '../../app/bot-use-cases.ts';
import type { Order } from '../../approval/order.ts';
import { plainMessage } from '../blocks.ts';
import { refusal } from '../text/en/replies.ts';
import { RUN_ACTIONS } from '../views/run-message.ts';
import type { Attention } from './attend.ts';
import { listenToButton } from './buttons.ts';

const ORDERS = {
  pause: { kind: 'pause' },
  resume: { kind: 'resume' },
  abort: { kind: 'abort' },
  retry: { kind: 'retry' },
  skip: { kind: 'skip', at: undefined },
} as const satisfies Record<keyof typeof RUN_ACTIONS, Order>;

/** What a word that people type, or the button of that name, means: the whole run, and no node in particular. */
export function orderOf(word: keyof typeof ORDERS): Order {
  return ORDERS[word];
}

/** What became of an order is told by the thread; only a refusal is told to whoever gave it. */
export function listenToRun(app: App, useCases: BotUseCases, attention: Attention): void {
  for (const word of Object.keys(ORDERS) as (keyof typeof ORDERS)[]) {
    listenToButton(app, RUN_ACTIONS[word], attention, async ({ id, user: by, channel }) => {
      const result = await useCases.order({ target: { runId: id }, order: ORDERS[word], by, channel });
      return result.kind === 'refused' ? plainMessage(refusal(result.sentence)) : undefined;
    });
  }
}
