import type { App, BlockAction, ButtonAction } from '@slack/bolt';
import type { SlackMessage } from '../blocks.ts';
import type { Attention } from './attend.ts';

export interface Click {
  /** The id that the button carries. */
  readonly id: string;
  readonly user: string;
  readonly channel: string;
  readonly triggerId: string;
  readonly responseUrl: string;
}

/** Answers the clicks on one button, each of them once. */
export function listenToButton(
  app: App,
  actionId: string,
  attention: Attention,
  clicked: (click: Click) => Promise<SlackMessage | undefined>,
): void {
  app.action<BlockAction<ButtonAction>>(actionId, async ({ ack, action, body }) => {
    await ack();
    const { user, channel, response_url: responseUrl, trigger_id: triggerId } = body;
    // A button of ours stands in a message and carries an id; anything else was not sent by Slack.
    if (action.value === undefined || channel === undefined) return;
    const click = { id: action.value, user: user.id, channel: channel.id, triggerId, responseUrl };
    const ear = { channel: channel.id, user: user.id, responseUrl };
    await attention.attend({ what: `a click on ${actionId}`, triggerId, ear }, () => clicked(click));
  });
}
