import type { Decision } from '../approval/decision.ts';
import type { Attempt, Order } from '../approval/order.ts';
import type { Blocker } from '../run/blocker.ts';
import type { Question, ReplyTo } from './messages.ts';
import type { PlanRecord, RunRecord } from './ports.ts';

/** What people can make the bot do. Every refusal is a sentence for the person, and says what to do instead. */
export interface BotUseCases {
  /** Passes a question on to a cluster's worker; the answer comes back as a notice. */
  ask(question: Question, where: Where): Promise<Asked>;
  /** The plan as it is stored, for a person who is about to decide so about it. */
  review(planId: string, by: string, verdict: Decision['verdict']): Promise<Reviewed>;
  /** Records one signed decision about the digest that the person saw. */
  decide(wish: DecisionWish): Promise<Decided>;
  /** The newest run of a cluster, over or not, for somebody who asks in this channel. */
  latestRun(cluster: string | undefined, channel: string): Promise<FoundRun>;
  /** Sends a signed order to a run. */
  order(wish: OrderWish): Promise<Ordered>;
  /** The pods that block a drain and could be deleted, for somebody who may order that. */
  blockers(wish: BlockedWish): Promise<FoundBlockers>;
  /** Orders that one of them be deleted, where its name was typed. */
  force(wish: ForceWish): Promise<Ordered>;
  /** The node that failed by falling silent, for somebody who may declare that its host is off. */
  silentNode(wish: BlockedWish): Promise<FoundNode>;
  /** Orders that it be taken out of service, where its name was typed. */
  takeOutOfService(wish: OutOfServiceWish): Promise<Ordered>;
}

/** `cluster` undefined: the bot's default cluster. */
export interface Where {
  readonly cluster: string | undefined;
  readonly replyTo: ReplyTo;
}

export interface DecisionWish {
  readonly planId: string;
  /** Of the plan as the person saw it. */
  readonly digest: string;
  readonly by: string;
  readonly verdict: Decision['verdict'];
  /** Needed for a rejection. */
  readonly reason: string | undefined;
}

export interface OrderWish {
  readonly target: { readonly runId: string } | { readonly cluster: string | undefined };
  readonly order: Order;
  readonly by: string;
  /** Where they gave it. */
  readonly channel: string;
}

export interface BlockedWish {
  readonly runId: string;
  readonly at: Attempt;
  readonly by: string;
  readonly channel: string;
}

export interface ForceWish extends BlockedWish {
  readonly uid: string;
  /** As the person typed it: `name`, or `namespace/name`. */
  readonly typed: string;
}

export interface OutOfServiceWish extends BlockedWish {
  readonly typed: string;
}

export interface Refused {
  readonly kind: 'refused';
  readonly sentence: string;
}

export type Asked = { readonly kind: 'asked'; readonly cluster: string } | Refused;
export type Reviewed = { readonly kind: 'open'; readonly record: PlanRecord } | Refused;
export type Decided = { readonly kind: 'recorded'; readonly record: PlanRecord } | Refused;
export type FoundRun = { readonly kind: 'run'; readonly record: RunRecord } | Refused;
export type FoundBlockers =
  | { readonly kind: 'blocked'; readonly node: string; readonly blockers: readonly Blocker[] }
  | Refused;
export type FoundNode = { readonly kind: 'node'; readonly node: string } | Refused;
export type Ordered = { readonly kind: 'sent'; readonly runId: string } | Refused;
