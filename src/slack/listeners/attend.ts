import { plainMessage, type SlackMessage } from '../blocks.ts';
import { trouble } from '../text/en/replies.ts';
import type { Ear, Whisper } from '../whisper.ts';

/** Something that a person did. Slack's trigger id is new for each, and the same where Slack delivers one twice. */
export interface Deed {
  readonly what: string;
  readonly triggerId: string;
  readonly ear: Ear;
}

interface AttendPorts {
  /** Whether this key is seen for the first time; remembered for at least ten minutes, by all bots together. */
  readonly firstSeen: (key: string) => Promise<boolean>;
  readonly whisper: Whisper;
  readonly onError: (error: Error) => void;
}

export interface Attention {
  /** Does, once, what is wanted, and tells the person what comes back. Never rejects: to be called after the ack. */
  attend(deed: Deed, work: () => Promise<SlackMessage | undefined>): Promise<void>;
  /** Resolves when nobody is being attended to any more. */
  settled(): Promise<void>;
}

/**
 * A request that is sent again, by Slack or by somebody who recorded it, changes nothing the second time; a fault is
 * told to the person and to the operators.
 */
export function createAttention({ firstSeen, whisper, onError }: AttendPorts): Attention {
  const pending = new Set<Promise<void>>();

  async function attend({ what, triggerId, ear }: Deed, work: () => Promise<SlackMessage | undefined>): Promise<void> {
    try {
      if (!(await firstSeen(triggerId))) return;
      const answer = await work();
      if (answer) await whisper(ear, answer);
    } catch (error) {
      onError(new Error(`answering ${what} of ${ear.user} failed`, { cause: error }));
      await whisper(ear, plainMessage(trouble())).catch((cause: unknown) =>
        onError(new Error(`telling ${ear.user} so failed as well`, { cause })),
      );
    }
  }

  return {
    attend(deed, work) {
      const done: Promise<void> = attend(deed, work).finally(() => pending.delete(done));
      pending.add(done);
      return done;
    },
    settled: async () => {
      await Promise.all(pending);
    },
  };
}
