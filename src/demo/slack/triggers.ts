import { randomBytes } from 'node:crypto';
import { SlackError } from './slack-error.ts';

/** Interactivity docs: a trigger_id opens one view, within three seconds. */
const TRIGGER_MS = 3000;

/** Hands out the trigger_ids that let an app open a view for the user who did something. */
export class Triggers {
  readonly #issued = new Map<string, { readonly user: string; readonly at: number; used: boolean }>();
  readonly #now: () => number;

  constructor(now: () => number) {
    this.#now = now;
  }

  issue(user: string): string {
    const id = `${this.#now()}.${this.#issued.size + 1}.${randomBytes(16).toString('hex')}`;
    this.#issued.set(id, { user, at: this.#now(), used: false });
    return id;
  }

  /** The user for whom a view may now be opened. Throws invalid_trigger_id, exchanged_trigger_id, expired_trigger_id. */
  exchange(id: string): string {
    const trigger = this.#issued.get(id);
    if (trigger === undefined) throw new SlackError('invalid_trigger_id');
    if (trigger.used) throw new SlackError('exchanged_trigger_id');
    if (this.#now() - trigger.at > TRIGGER_MS) throw new SlackError('expired_trigger_id');
    trigger.used = true;
    return trigger.user;
  }
}
