import { randomBytes } from 'node:crypto';
import { z } from 'zod';
import type { Delivered, Delivery } from './delivery.ts';
import { type Entered, elementsIn, type PlacedElement, stateOf } from './elements.ts';
import type { Backend } from './method.ts';
import { commandPayload, eventPayload, messageActionPayload } from './payloads.ts';
import { APP, type Channel, type Person } from './people.ts';
import { ImpossibleDeed, SlackError } from './slack-error.ts';
import type { Message } from './workspace.ts';

/** How a deed went, as its doer saw it. */
export type Outcome = { readonly kind: 'done' } | { readonly kind: 'failed'; readonly error: string };

const CommandAnswer = z.looseObject({
  text: z.string().optional(),
  blocks: z.unknown().optional(),
  response_type: z.enum(['ephemeral', 'in_channel']).optional(),
});

/**
 * What people do in channels: type commands, click buttons, say something. Only what a person in front of Slack could
 * do is possible; anything else throws ImpossibleDeed with a sentence that says why.
 */
export class Acting {
  readonly #backend: Backend;
  readonly #delivery: Delivery;

  constructor(backend: Backend, delivery: Delivery) {
    this.#backend = backend;
    this.#delivery = delivery;
  }

  person(key: string): Person {
    const person = this.#backend.workspace.findPerson(key);
    if (person === undefined) throw new ImpossibleDeed(`Nobody here is called "${key}".`);
    if (person.kind === 'deactivated') throw new ImpossibleDeed(`${person.name} is deactivated and cannot sign in.`);
    return person;
  }

  channel(key: string): Channel {
    const channel = this.#backend.workspace.findChannel(key);
    if (channel === undefined) throw new ImpossibleDeed(`There is no channel "${key}".`);
    return channel;
  }

  /** Types a slash command such as `/k8s status`. Resolves once the app has acknowledged it, or failed to. */
  async command(userKey: string, channelKey: string, typed: string): Promise<Outcome> {
    const { workspace, responseUrls, triggers, origin } = this.#backend;
    const [user, channel] = [this.person(userKey), this.channel(channelKey)];
    const [, command, text = ''] = /^(\/\S+)(?:\s+([\s\S]*))?$/.exec(typed.trim()) ?? [];
    if (command === undefined) throw new ImpossibleDeed(`"${typed}" is no slash command: it has to begin with "/".`);
    const address = { channel: channel.id, user: user.id, source: undefined };
    workspace.tell({ channel: channel.id, threadTs: undefined, user: user.id, text: `typed ${typed.trim()}` });
    const delivered = await this.#delivery.deliver(
      'slash_commands',
      commandPayload(
        user,
        channel,
        { command, text: escaped(text) },
        `${origin()}/response/${responseUrls.issue(address)}`,
        triggers.issue(user.id),
      ),
    );
    if (delivered.kind === 'failed') {
      workspace.tell({
        ...deedIn(channel),
        user: user.id,
        text: `was told: ${command} failed with the error "${delivered.error}"`,
      });
      return delivered;
    }
    const answer = commandAnswer(delivered.body);
    if (answer === undefined) return { kind: 'done' };
    return attempt(() => responseUrls.place(address, answer));
  }

  /**
   * Clicks a button, or chooses `entered` in a select, that stands in the message as it is now.
   * `blockId` is needed only where several elements of that action_id stand in the message.
   */
  async click(
    userKey: string,
    at: Pick<Message, 'channel' | 'ts'>,
    actionId: string,
    how: { readonly entered?: Entered; readonly blockId?: string } = {},
  ): Promise<Outcome> {
    const { workspace, responseUrls, triggers, origin } = this.#backend;
    const user = this.person(userKey);
    const channel = this.channel(at.channel);
    const message = this.#visible(user, at);
    const element = chosen(elementsIn(message.blocks), actionId, how.blockId, 'this message');
    workspace.tell({
      channel: channel.id,
      threadTs: message.threadTs,
      user: user.id,
      text: `clicked [${element.element.text?.text ?? actionId}]`,
    });
    const source = { channel: message.channel, ts: message.ts };
    const responseUrl = `${origin()}/response/${responseUrls.issue({ channel: channel.id, user: user.id, source })}`;
    const clicked = { element, state: stateOf(element, how.entered), actionTs: workspace.newTs() };
    const delivered = await this.#delivery.deliver(
      'interactive',
      messageActionPayload(user, channel, message, clicked, responseUrl, triggers.issue(user.id)),
    );
    if (delivered.kind === 'failed') {
      const text = `was shown a warning sign: the app did not answer the click (${delivered.error})`;
      workspace.tell({ channel: channel.id, threadTs: message.threadTs, user: user.id, text });
      return delivered;
    }
    return { kind: 'done' };
  }

  /** Says something in a channel; the app hears of it as `message`, and as `app_mention` where it is mentioned. */
  async say(userKey: string, channelKey: string, text: string, threadTs?: string): Promise<Message> {
    const { workspace } = this.#backend;
    const [user, channel] = [this.person(userKey), this.channel(channelKey)];
    const posted = workspace.post({
      channel: channel.id,
      threadTs,
      author: user.id,
      text: escaped(text).replaceAll(`@${APP.name}`, `<@${APP.botUserId}>`),
      blocks: [],
      onlyFor: undefined,
    });
    const thread = threadTs === undefined ? {} : { thread_ts: threadTs };
    const event = {
      user: user.id,
      text: posted.text,
      ts: posted.ts,
      channel: channel.id,
      event_ts: posted.ts,
      ...thread,
    };
    if (channel.botIsMember) {
      await this.event({ type: 'message', channel_type: channel.kind === 'im' ? 'im' : 'channel', ...event });
    }
    if (posted.text.includes(`<@${APP.botUserId}>`)) await this.event({ type: 'app_mention', ...event });
    return posted;
  }

  /** Opens the app's home tab. */
  async openHome(userKey: string): Promise<void> {
    const user = this.person(userKey);
    const channel = this.#backend.workspace.directMessage(user).id;
    await this.event({
      type: 'app_home_opened',
      user: user.id,
      channel,
      tab: 'home',
      event_ts: this.#backend.workspace.newTs(),
    });
  }

  /** Sends any event of the Events API. */
  event(event: Readonly<Record<string, unknown>>): Promise<Delivered> {
    const id = `Ev${randomBytes(5).toString('hex').toUpperCase()}`;
    return this.#delivery.deliver(
      'events_api',
      eventPayload(event, id, Math.floor(this.#backend.workspace.now() / 1000)),
    );
  }

  #visible(user: Person, at: Pick<Message, 'channel' | 'ts'>): Message {
    const message = this.#backend.workspace.findMessage(at.channel, at.ts);
    if (message === undefined) throw new ImpossibleDeed(`The message ${at.ts} is no longer in ${at.channel}.`);
    if (message.onlyFor !== undefined && message.onlyFor !== user.id) {
      throw new ImpossibleDeed(`${user.name} does not see the message ${at.ts}: it is shown to someone else only.`);
    }
    return message;
  }
}

const deedIn = (channel: Channel) => ({ channel: channel.id, threadTs: undefined });

/** Slack escapes these three, and only these, in what people type. */
const escaped = (text: string): string => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');

/** The one element of that id. Throws a sentence that names what stands there instead. */
export function chosen(
  elements: readonly PlacedElement[],
  actionId: string,
  blockId: string | undefined,
  where: string,
): PlacedElement {
  const found = elements.filter(
    ({ element, blockId: block }) => element.action_id === actionId && (blockId === undefined || block === blockId),
  );
  const [first, second] = found;
  if (first === undefined) {
    const there = elements.map(({ element }) => element.action_id).join(', ');
    throw new ImpossibleDeed(
      `No "${actionId}" stands in ${where}. There is: ${there === '' ? 'nothing to click' : there}.`,
    );
  }
  if (second !== undefined)
    throw new ImpossibleDeed(`"${actionId}" stands in ${where} more than once: say in which block.`);
  return first;
}

/** An acknowledgement may carry an answer, as text or as a message. */
function commandAnswer(body: unknown): z.infer<typeof CommandAnswer> | undefined {
  if (typeof body === 'string') return body === '' ? undefined : { text: body };
  const answer = CommandAnswer.safeParse(body);
  if (!answer.success) return undefined;
  return answer.data.text === undefined && answer.data.blocks === undefined ? undefined : answer.data;
}

function attempt(deed: () => void): Outcome {
  try {
    deed();
    return { kind: 'done' };
  } catch (error) {
    if (error instanceof SlackError) return { kind: 'failed', error: error.message };
    throw error;
  }
}
