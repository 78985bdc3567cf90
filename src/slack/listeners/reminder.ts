import type { App } from '@slack/bolt';
import type { BotUseCases } from '../../app/bot-use-cases.ts';
import { parseTarget } from '../../command/target.ts';
import { plainMessage, type SlackMessage } from '../blocks.ts';
import { asked, planUnknown, refusal } from '../text/en/replies.ts';
import { REMINDER_PLAN } from '../views/reminder-message.ts';
import type { Attention } from './attend.ts';
import { type Click, listenToButton } from './buttons.ts';

/** The same as if the person had typed the command: the same rights, and the same answer. */
export function listenToReminder(app: App, useCases: BotUseCases, attention: Attention): void {
  listenToButton(app, REMINDER_PLAN, attention, click => plan(click, useCases));
}

async function plan({ id, user, channel, responseUrl }: Click, useCases: BotUseCases): Promise<SlackMessage> {
  const [cluster, word = ''] = id.split(' ');
  const target = parseTarget(word);
  if (target.kind === 'error') return plainMessage(planUnknown());
  const request = { target, strategy: 'rolling', only: undefined } as const;
  const result = await useCases.ask({ kind: 'plan', request }, { cluster, replyTo: { channel, user, responseUrl } });
  return plainMessage(result.kind === 'refused' ? refusal(result.sentence) : asked('plan', result.cluster));
}
