import type { App } from '@slack/bolt';
import type { BotUseCases } from '../../app/bot-use-cases.ts';
import { plainMessage } from '../blocks.ts';
import { refusal } from '../text/en/replies.ts';
import { RUN_ACTIONS } from '../views/run-message.ts';
import type { Attention } from './attend.ts';
import { listenToButton } from './buttons.ts';

const COMMANDS = ['pause', 'resume', 'abort', 'retry', 'skip'] as const;

/** What became of an order is told by the thread; only a refusal is told to whoever gave it. */
export function listenToRun(app: App, useCases: BotUseCases, attention: Attention): void {
  for (const command of COMMANDS) {
    listenToButton(app, RUN_ACTIONS[command], attention, async ({ id, user: by, channel }) => {
      const result = await useCases.order({ target: { runId: id }, command, by, channel });
      return result.kind === 'refused' ? plainMessage(refusal(result.sentence)) : undefined;
    });
  }
}
