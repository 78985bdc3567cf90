import { EventEmitter } from 'node:events';
import type { KnownBlock } from '@slack/types';
import { APP, APPROVERS, ARCHIVED, type Channel, type Group, PEOPLE, type Person, PLATFORM, RANDOM } from './people.ts';
import { SlackError } from './slack-error.ts';
import { Timestamps } from './timestamps.ts';

export interface Message {
  readonly kind: 'message';
  readonly channel: string;
  readonly ts: string;
  readonly threadTs: string | undefined;
  /** User id of the author. */
  readonly author: string;
  readonly text: string;
  readonly blocks: readonly KnownBlock[];
  /** The only user who sees it; undefined: everyone. */
  readonly onlyFor: string | undefined;
  readonly editedTs: string | undefined;
}

/** What a person did, or what Slack told them about it; not a message, but part of the story. */
export interface Deed {
  readonly kind: 'deed';
  readonly channel: string;
  readonly ts: string;
  readonly threadTs: string | undefined;
  readonly user: string;
  readonly text: string;
}

export type Entry = Message | Deed;

export type NewMessage = Omit<Message, 'kind' | 'ts' | 'editedTs'>;

/**
 * Everything the simulated Slack remembers, except views. Emits `change` after every change.
 * Invariant: `ts` is unique and rising over all entries of all channels.
 */
export class Workspace extends EventEmitter<{ change: [] }> {
  readonly people: Person[] = Object.values(PEOPLE);
  readonly groups: Group[] = [APPROVERS];
  readonly channels: Channel[] = [PLATFORM, RANDOM, ARCHIVED];
  readonly now: () => number;
  readonly #entries: Entry[] = [];
  readonly #timestamps: Timestamps;
  #blockIds = 0;

  constructor(now: () => number = Date.now) {
    super({ captureRejections: false });
    this.setMaxListeners(0);
    this.now = now;
    this.#timestamps = new Timestamps(now);
  }

  get entries(): readonly Entry[] {
    return this.#entries;
  }

  messages(channel: string): readonly Message[] {
    return this.#entries.filter(entry => entry.kind === 'message' && entry.channel === channel) as Message[];
  }

  /** By id, or by name with or without the leading @. */
  findPerson(key: string): Person | undefined {
    const name = key.replace(/^@/, '');
    return this.people.find(person => person.id === key || person.name === name);
  }

  /** By id, or by name with or without the leading #. */
  findChannel(key: string): Channel | undefined {
    const name = key.replace(/^#/, '');
    return this.channels.find(channel => channel.id === key || (channel.kind !== 'im' && channel.name === name));
  }

  /** The conversation between the bot and one person, opened when there is none. */
  directMessage(person: Person): Channel {
    const id = person.id.replace(/^U/, 'D');
    const known = this.channels.find(channel => channel.id === id);
    if (known !== undefined) return known;
    const opened: Channel = { id, name: person.name, kind: 'im', archived: false, botIsMember: true };
    this.channels.push(opened);
    return opened;
  }

  findMessage(channel: string, ts: string): Message | undefined {
    const found = this.#entries.find(entry => entry.channel === channel && entry.ts === ts);
    return found?.kind === 'message' ? found : undefined;
  }

  post(message: NewMessage): Message {
    const posted: Message = {
      ...message,
      kind: 'message',
      blocks: this.identified(message.blocks),
      ts: this.#timestamps.next(),
      editedTs: undefined,
    };
    this.#entries.push(posted);
    this.changed();
    return posted;
  }

  tell(deed: Omit<Deed, 'kind' | 'ts'>): void {
    this.#entries.push({ ...deed, kind: 'deed', ts: this.#timestamps.next() });
    this.changed();
  }

  edit(message: Message, content: Pick<Message, 'text' | 'blocks'>): Message {
    const edited: Message = {
      ...message,
      text: content.text,
      blocks: this.identified(content.blocks),
      editedTs: this.#timestamps.next(),
    };
    this.#entries[this.#entries.indexOf(message)] = edited;
    this.changed();
    return edited;
  }

  remove(message: Message): void {
    this.#entries.splice(this.#entries.indexOf(message), 1);
    this.changed();
  }

  changed(): void {
    this.emit('change');
  }

  newTs(): string {
    return this.#timestamps.next();
  }

  /** Slack gives every block and every interactive element that has no id one of its own. */
  identified(blocks: readonly KnownBlock[]): readonly KnownBlock[] {
    return blocks.map(block => {
      const named = { block_id: `b${++this.#blockIds}`, ...block };
      if (named.type !== 'actions') return named;
      return {
        ...named,
        elements: named.elements.map(element => ({ action_id: `a${++this.#blockIds}`, ...element })),
      };
    });
  }

  /** The channel that a method was given. Throws channel_not_found, is_archived or not_in_channel as Slack would. */
  writableChannel(key: string): Channel {
    const person = this.people.find(({ id }) => id === key);
    const channel = person === undefined ? this.findChannel(key) : this.directMessage(person);
    if (channel === undefined) throw new SlackError('channel_not_found');
    if (channel.archived) throw new SlackError('is_archived');
    if (!channel.botIsMember) throw new SlackError('not_in_channel');
    return channel;
  }

  isBots(message: Message): boolean {
    return message.author === APP.botUserId;
  }
}
