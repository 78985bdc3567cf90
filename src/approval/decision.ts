import type { Order } from './order.ts';

/** One person's approve or reject of one digest, as the bot saw it at click time. */
export interface Decision {
  readonly id: string;
  readonly planId: string;
  readonly digest: string;
  readonly cluster: string;
  /** Slack user id. */
  readonly by: string;
  /**
   * The policy entry that let them: their own user id, or the id of a user group they are in. Whoever withdraws their own
   * plan does so by their own id.
   */
  readonly via: string;
  readonly verdict: 'approve' | 'reject';
  /** Given with a rejection. */
  readonly reason: string | undefined;
  /** Epoch milliseconds by the bot's clock. */
  readonly at: number;
}

/** A person's question to a cluster's worker, signed so that nobody who can write to Redis asks in another's name. */
export interface Asking {
  /** The ask's, and that of the plan that is made for it. */
  readonly id: string;
  readonly cluster: string;
  readonly by: string;
  /** The policy entry that let them: see a decision's. Their own id where everybody may. */
  readonly via: string;
  /** Where they asked. */
  readonly channel: string;
  /** `contentHash` of the question, so that nobody puts another in its place. */
  readonly question: string;
  /** Fingerprint of the bot's policy for the cluster. */
  readonly policy: string;
  readonly at: number;
}

/** A person's order to a run, signed for the same reason as a decision. */
export interface RunCommand {
  readonly id: string;
  readonly runId: string;
  readonly cluster: string;
  readonly by: string;
  readonly via: string;
  /** Where they gave it. */
  readonly channel: string;
  readonly order: Order;
  readonly at: number;
}

/** Ed25519 over the canonical JSON of `value`, base64url. */
export interface Signed<T> {
  readonly value: T;
  readonly signature: string;
}
