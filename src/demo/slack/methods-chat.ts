import type { KnownBlock } from '@slack/types';
import { z } from 'zod';
import { checkMessageBlocks } from './block-check.ts';
import { MESSAGE_TEXT } from './block-limits.ts';
import { type Backend, flag, type Method, method, structure, text } from './method.ts';
import { APP, TEAM } from './people.ts';
import { SlackError } from './slack-error.ts';
import type { Message } from './workspace.ts';

const content = { text: text.optional(), blocks: structure.optional(), attachments: structure.optional() };
const PostMessage = z.looseObject({
  channel: text,
  ...content,
  thread_ts: text.optional(),
  reply_broadcast: flag.optional(),
});
const PostEphemeral = z.looseObject({ channel: text, user: text, ...content, thread_ts: text.optional() });
const Update = z.looseObject({ channel: text, ts: text, ...content });
const Target = z.looseObject({ channel: text, ts: text });
const Permalink = z.looseObject({ channel: text, message_ts: text });

export const CHAT_METHODS: Readonly<Record<string, Method>> = {
  'chat.postMessage': method(PostMessage, ({ workspace }, args) => {
    const channel = workspace.writableChannel(args.channel);
    const message = workspace.post({
      channel: channel.id,
      threadTs: threadOf({ workspace }, channel.id, args.thread_ts),
      author: APP.botUserId,
      ...contentOf(args),
      onlyFor: undefined,
    });
    return { channel: channel.id, ts: message.ts, message: messageJson(message) };
  }),

  'chat.postEphemeral': method(PostEphemeral, ({ workspace }, args) => {
    const channel = workspace.writableChannel(args.channel);
    const person = workspace.people.find(({ id }) => id === args.user);
    if (person === undefined || person.kind === 'deactivated') throw new SlackError('user_not_in_channel');
    const message = workspace.post({
      channel: channel.id,
      threadTs: args.thread_ts,
      author: APP.botUserId,
      ...contentOf(args),
      onlyFor: person.id,
    });
    return { message_ts: message.ts };
  }),

  'chat.update': method(Update, ({ workspace }, args) => {
    const message = ownMessage({ workspace }, args, 'cant_update_message');
    // Text without blocks deletes the blocks; blocks without text delete the text.
    const edited = workspace.edit(message, contentOf(args));
    return { channel: edited.channel, ts: edited.ts, text: edited.text, message: messageJson(edited) };
  }),

  'chat.delete': method(Target, ({ workspace }, args) => {
    const message = ownMessage({ workspace }, args, 'cant_delete_message');
    workspace.remove(message);
    return { channel: message.channel, ts: message.ts };
  }),

  'chat.getPermalink': method(Permalink, ({ workspace, origin }, args) => {
    const message = workspace.findMessage(args.channel, args.message_ts);
    if (message === undefined) throw new SlackError('message_not_found');
    return { channel: args.channel, permalink: `${origin()}/#${args.channel}/${args.message_ts}` };
  }),

  'reactions.add': method(
    z.looseObject({ channel: text, timestamp: text, name: text }),
    ({ workspace }, { channel, timestamp, name }) => {
      const message = workspace.findMessage(workspace.writableChannel(channel).id, timestamp);
      if (message === undefined) throw new SlackError('message_not_found');
      workspace.tell({
        channel: message.channel,
        threadTs: message.threadTs,
        user: APP.botUserId,
        text: `reacted with :${name}:`,
      });
      return {};
    },
  ),
};

function contentOf(args: { text?: string | undefined; blocks?: unknown }): Pick<Message, 'text' | 'blocks'> {
  const blocks: readonly KnownBlock[] = args.blocks === undefined ? [] : checkMessageBlocks(args.blocks);
  const plain = args.text ?? '';
  if (plain === '' && blocks.length === 0) throw new SlackError('no_text');
  if (plain.length > MESSAGE_TEXT) throw new SlackError('msg_too_long');
  return { text: plain, blocks };
}

function threadOf({ workspace }: Pick<Backend, 'workspace'>, channel: string, ts: string | undefined) {
  if (ts === undefined) return undefined;
  const parent = workspace.findMessage(channel, ts);
  if (parent === undefined || parent.onlyFor !== undefined) throw new SlackError('thread_not_found');
  return parent.threadTs ?? parent.ts;
}

/** The channel of an existing message is named by id only. */
function ownMessage(
  { workspace }: Pick<Backend, 'workspace'>,
  { channel, ts }: { channel: string; ts: string },
  refusal: string,
): Message {
  if (!workspace.channels.some(({ id }) => id === channel)) throw new SlackError('channel_not_found');
  const message = workspace.findMessage(channel, ts);
  // An ephemeral message cannot be found afterwards.
  if (message === undefined || message.onlyFor !== undefined) throw new SlackError('message_not_found');
  if (!workspace.isBots(message)) throw new SlackError(refusal);
  return message;
}

/** The message as it stands in Slack's answers and payloads. */
export function messageJson(message: Message): Record<string, unknown> {
  const bot = message.author === APP.botUserId;
  return {
    type: 'message',
    user: message.author,
    ts: message.ts,
    text: message.text,
    team: TEAM.id,
    ...(bot ? { bot_id: APP.botId, app_id: APP.id } : {}),
    ...(message.blocks.length > 0 ? { blocks: message.blocks } : {}),
    ...(message.threadTs === undefined ? {} : { thread_ts: message.threadTs }),
    ...(message.editedTs === undefined ? {} : { edited: { user: message.author, ts: message.editedTs } }),
  };
}
