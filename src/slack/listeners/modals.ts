import type { ModalView } from '@slack/types';
import type { WebClient } from '@slack/web-api';
import { plainMessage, type SlackMessage } from '../blocks.ts';
import { refusalCode } from '../refused-call.ts';
import { tooLate } from '../text/en/replies.ts';
import type { Click } from './buttons.ts';

/** Opens it before whoever clicked; what they are told instead where Slack did not want to wait so long. */
export async function openModal(
  view: ModalView,
  { triggerId }: Click,
  client: WebClient,
): Promise<SlackMessage | undefined> {
  try {
    await client.views.open({ trigger_id: triggerId, view });
    return undefined;
  } catch (error) {
    if (refusalCode(error) !== 'expired_trigger_id') throw error;
    return plainMessage(tooLate());
  }
}
