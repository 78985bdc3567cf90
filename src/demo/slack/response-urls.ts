import { randomBytes } from 'node:crypto';
import { z } from 'zod';
import { checkMessageBlocks } from './block-check.ts';
import { APP } from './people.ts';
import { SlackError } from './slack-error.ts';
import type { Message, Workspace } from './workspace.ts';

/** Handling user interaction, docs.slack.dev: five uses within half an hour. */
const USES = 5;
const LIFETIME_MS = 30 * 60_000;

const Body = z.looseObject({
  text: z.string().optional(),
  blocks: z.unknown().optional(),
  response_type: z.enum(['ephemeral', 'in_channel']).optional(),
  replace_original: z.union([z.boolean(), z.string().transform(value => value === 'true')]).optional(),
  delete_original: z.union([z.boolean(), z.string().transform(value => value === 'true')]).optional(),
  thread_ts: z.string().optional(),
});
export type ResponseBody = z.infer<typeof Body>;

interface Address {
  readonly channel: string;
  readonly user: string;
  /** Where the message stood whose button was clicked; undefined for a slash command. */
  readonly source: Pick<Message, 'channel' | 'ts'> | undefined;
}

interface Issued extends Address {
  readonly at: number;
  uses: number;
}

/** The addresses under which an app may answer one interaction. */
export class ResponseUrls {
  readonly #issued = new Map<string, Issued>();
  readonly #workspace: Workspace;

  constructor(workspace: Workspace) {
    this.#workspace = workspace;
  }

  /** The last part of the address. */
  issue(address: Address): string {
    const key = randomBytes(12).toString('hex');
    this.#issued.set(key, { ...address, at: this.#workspace.now(), uses: 0 });
    return key;
  }

  /** Throws a SlackError: used_url, expired_url, invalid_payload, no_text, or a fault of the blocks. */
  respond(key: string, body: unknown): void {
    const issued = this.#issued.get(key);
    if (issued === undefined) throw new SlackError('invalid_url');
    if (this.#workspace.now() - issued.at > LIFETIME_MS) throw new SlackError('expired_url');
    if (issued.uses >= USES) throw new SlackError('used_url');
    const parsed = Body.safeParse(body);
    if (!parsed.success) throw new SlackError('invalid_payload', [z.prettifyError(parsed.error)]);
    issued.uses += 1;
    this.place(issued, parsed.data);
  }

  /**
   * Does what an answer asks for. An answer to a button replaces the message it stands in unless it says
   * `replace_original: false`; an answer to a command is seen only by its user unless it says `in_channel`.
   */
  place(address: Address, body: ResponseBody): void {
    const source = address.source && this.#workspace.findMessage(address.source.channel, address.source.ts);
    if (body.delete_original === true) {
      if (source === undefined) throw new SlackError('message_not_found');
      this.#workspace.remove(source);
      return;
    }
    const blocks = body.blocks === undefined ? [] : checkMessageBlocks(body.blocks);
    const text = body.text ?? '';
    if (text === '' && blocks.length === 0) throw new SlackError('no_text');
    if (source !== undefined && body.replace_original !== false) {
      this.#workspace.edit(source, { text, blocks });
      return;
    }
    this.#workspace.post({
      channel: address.channel,
      threadTs: body.thread_ts ?? source?.threadTs,
      author: APP.botUserId,
      text,
      blocks,
      onlyFor: body.response_type === 'in_channel' ? undefined : address.user,
    });
  }
}
