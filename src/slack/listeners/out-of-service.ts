import type { App, ViewSubmitAction } from '@slack/bolt';
import type { WebClient } from '@slack/web-api';
import type { BotUseCases } from '../../app/bot-use-cases.ts';
import { plainMessage, type SlackMessage } from '../blocks.ts';
import { anotherNode } from '../text/en/orders.ts';
import { refusal } from '../text/en/replies.ts';
import { NODE, OUT_OF_SERVICE, outOfServiceModal, readDeclaring } from '../views/out-of-service-modal.ts';
import { readPlace } from '../views/place.ts';
import { OUT_OF_SERVICE_ACTION } from '../views/run-message.ts';
import type { Attention } from './attend.ts';
import { type Click, listenToButton } from './buttons.ts';
import { openModal } from './modals.ts';

interface OutOfServicePorts {
  readonly client: WebClient;
  readonly useCases: BotUseCases;
  readonly attention: Attention;
}

/** Beside what else can be done about a node that fell silent. What became of the order is told by the thread. */
export function listenToOutOfService(app: App, ports: OutOfServicePorts): void {
  const { useCases, attention } = ports;
  listenToButton(app, OUT_OF_SERVICE_ACTION, attention, click => ask(click, ports));
  app.view<ViewSubmitAction>(OUT_OF_SERVICE, async ({ ack, body, view }) => {
    const { node, channel, ...place } = readDeclaring(view.private_metadata);
    const typed = view.state.values[NODE.block]?.[NODE.action]?.value ?? '';
    // The modal stays open where another name was typed, and closes at once otherwise: Slack waits for three seconds only.
    if (typed.trim() !== node) {
      return await ack({ response_action: 'errors', errors: { [NODE.block]: anotherNode(node) } });
    }
    await ack();
    const by = body.user.id;
    const ear = { channel, user: by, responseUrl: undefined };
    const what = 'an order to take a node out of service';
    await attention.attend({ what, triggerId: body.trigger_id, ear }, async () => {
      const result = await useCases.takeOutOfService({ ...place, by, channel, typed });
      return result.kind === 'refused' ? plainMessage(refusal(result.sentence)) : undefined;
    });
  });
}

async function ask(click: Click, { useCases, client }: OutOfServicePorts): Promise<SlackMessage | undefined> {
  const { id, user: by, channel } = click;
  const place = readPlace(id);
  const found = await useCases.silentNode({ ...place, by, channel });
  if (found.kind === 'refused') return plainMessage(refusal(found.sentence));
  return openModal(outOfServiceModal({ ...place, node: found.node, channel }), click, client);
}
