import type { WebClient } from '@slack/web-api';
import type { PostRecord, Store } from '../app/ports.ts';
import type { SlackMessage } from './blocks.ts';
import { refusalCode } from './refused-call.ts';

export interface Posts {
  /** Posts the message of this id, or edits it where it stands already. */
  show(id: string, channel: string, message: SlackMessage): Promise<PostRecord>;
  /** Where the message of this id stands. */
  find(id: string): Promise<PostRecord | undefined>;
  reply(root: PostRecord, message: SlackMessage): Promise<void>;
}

/** Somebody deleted the message, or it is too old to be edited. */
const LOST = new Set(['message_not_found', 'edit_window_closed', 'cant_update_message']);

/**
 * Messages that are remembered by the id of what they show. Slack knows no key that would make a post happen once: a bot
 * that dies between Slack's answer and the record of it posts once more. The buttons of both work, as they carry the id.
 */
export function createPosts(client: WebClient, posts: Store['posts']): Posts {
  const find = (id: string) => posts.get(id);

  async function show(id: string, channel: string, message: SlackMessage): Promise<PostRecord> {
    const posted = await find(id);
    if (posted && (await edit(posted, message))) return posted;
    return remember(id, await post(channel, message));
  }

  async function edit({ channel, ts }: PostRecord, message: SlackMessage): Promise<boolean> {
    try {
      await client.chat.update({ channel, ts, ...message });
      return true;
    } catch (error) {
      if (LOST.has(refusalCode(error) ?? '')) return false;
      throw error;
    }
  }

  async function post(channel: string, message: SlackMessage, thread?: string): Promise<PostRecord> {
    const answer = await client.chat.postMessage({
      channel,
      ...message,
      ...(thread === undefined ? {} : { thread_ts: thread }),
      unfurl_links: false,
      unfurl_media: false,
    });
    if (!answer.ts) throw new Error('Slack did not say under which timestamp it posted a message.');
    return { channel: answer.channel ?? channel, ts: answer.ts };
  }

  async function remember(id: string, record: PostRecord): Promise<PostRecord> {
    if (!(await posts.create(id, record))) await posts.update(id, () => record);
    return record;
  }

  return {
    show,
    find,
    reply: async ({ channel, ts }, message) => {
      await post(channel, message, ts);
    },
  };
}
