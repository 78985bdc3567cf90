import type { ReplyTo } from '../../src/app/messages.ts';
import type { Asking, Signed } from '../../src/approval/decision.ts';
import { contentHash, newKeyPair, sign } from '../../src/approval/signing.ts';

/** What the bot signs for whoever asks for the status. Without a key of the bot's, for where nobody looks at the signature. */
export function askingOf(
  id: string,
  { user, channel }: Pick<ReplyTo, 'user' | 'channel'>,
  given: Partial<Asking> = {},
  privateKey: string = STRANGER,
): Signed<Asking> {
  return sign(
    { id, cluster: 'prod', by: user, via: user, channel, question: STATUS, policy: 'p', at: 0, ...given },
    privateKey,
  );
}

const STATUS = contentHash({ kind: 'status' });
const STRANGER = newKeyPair().privateKey;
