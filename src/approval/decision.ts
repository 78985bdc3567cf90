/** One person's approve or reject of one digest, as the bot saw it at click time. */
export interface Decision {
  readonly id: string;
  readonly planId: string;
  readonly digest: string;
  readonly cluster: string;
  /** Slack user id. */
  readonly by: string;
  /** The approver entry that let them: their own user id, or the id of a user group they are in. */
  readonly via: string;
  readonly verdict: 'approve' | 'reject';
  /** Given with a rejection. */
  readonly reason: string | undefined;
  /** Epoch milliseconds by the bot's clock. */
  readonly at: number;
}

/** A person's order to a run, signed for the same reason as a decision. */
export interface RunCommand {
  readonly id: string;
  readonly runId: string;
  readonly cluster: string;
  readonly by: string;
  readonly via: string;
  readonly command: 'pause' | 'resume' | 'abort' | 'retry' | 'skip';
  readonly at: number;
}

/** Ed25519 over the canonical JSON of `value`, base64url. */
export interface Signed<T> {
  readonly value: T;
  readonly signature: string;
}

/** Who may approve, how many are needed. */
export interface ApprovalPolicy {
  /** Slack user ids (U…, W…) and user group ids (S…). Never empty. */
  readonly approvers: readonly string[];
  readonly needed: number;
  readonly selfApproval: boolean;
}
