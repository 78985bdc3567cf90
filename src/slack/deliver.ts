import type { WebClient } from '@slack/web-api';
import type { Delivery } from '../app/delivery.ts';
import type { Notice } from '../app/messages.ts';
import type { Clock, PlanRecord, PostRecord, RunRecord, Store } from '../app/ports.ts';
import type { ApprovalPolicy } from '../approval/approval.ts';
import { plainMessage, type SlackMessage } from './blocks.ts';
import { createPosts, type Posts } from './posts.ts';
import { afterFailure, refusalCode } from './refused-call.ts';
import { notInChannel } from './text/en/replies.ts';
import { answerMessage } from './views/answer-message.ts';
import { planMessage } from './views/plan-message.ts';
import { reminderMessage } from './views/reminder-message.ts';
import { runMessage } from './views/run-message.ts';
import { noteMessage, planNoteMessage, stageNodesMessage } from './views/thread-message.ts';
import type { Whisper } from './whisper.ts';

interface DeliveryPorts {
  readonly client: WebClient;
  readonly store: Pick<Store, 'plans' | 'runs' | 'posts'>;
  readonly policyOf: (cluster: string) => ApprovalPolicy;
  readonly clock: Clock;
  readonly whisper: Whisper;
  readonly onWarning: (sentence: string) => void;
}

/** Where Slack says these, the bot cannot speak in the channel; it can still write to a person. */
const NO_ENTRY = new Set(['not_in_channel', 'channel_not_found', 'is_archived', 'restricted_action']);

/**
 * Brings notices to Slack, one at a time. Says what became of each; an error that is none of Slack's, such as a store
 * that is away, travels on.
 */
export function createDelivery(ports: DeliveryPorts): (notice: Notice) => Promise<Delivery> {
  const posts = createPosts(ports.client, ports.store.posts);
  let failures = 0;
  return async notice => {
    try {
      const delivery = await bring(notice, posts, ports);
      failures = 0;
      return delivery;
    } catch (error) {
      const delivery = afterFailure(error, failures);
      if (!delivery) throw error;
      if (delivery.kind === 'later' && failures === 0)
        ports.onWarning(`a ${notice.kind} notice waits: ${delivery.why}`);
      failures = delivery.kind === 'later' ? failures + 1 : 0;
      return delivery;
    }
  };
}

const DONE: Delivery = { kind: 'done' };

async function bring(notice: Notice, posts: Posts, ports: DeliveryPorts): Promise<Delivery> {
  const { store, clock, whisper } = ports;
  if (notice.kind === 'answer') {
    await whisper(notice.replyTo, answerMessage(notice.cluster, notice.answer, clock.now()));
    return DONE;
  }
  if (notice.kind === 'reminder') {
    await ports.client.chat.postMessage({
      channel: notice.channel,
      ...reminderMessage(notice.cluster, notice.reminder),
    });
    return DONE;
  }
  if (notice.kind === 'plan') {
    const record = await store.plans.get(notice.planId);
    return record ? showPlan(record, posts, ports) : forgotten('plan', notice.planId);
  }
  if (notice.kind === 'plan-note') {
    const record = await store.plans.get(notice.planId);
    return record
      ? tellBelowPlan(record, planNoteMessage(notice.note, record.plan), posts)
      : forgotten('plan', notice.planId);
  }
  const record = await store.runs.get(notice.runId);
  if (!record) return forgotten('run', notice.runId);
  switch (notice.kind) {
    case 'run-status':
      await showRun(record, posts);
      return DONE;
    case 'run-note':
      return tellThread(record, noteMessage(record.run, notice.note), posts);
    case 'run-nodes':
      return tellThread(record, stageNodesMessage(record.run, notice, clock.now()), posts);
  }
}

/** An emptied Redis, or 30 days, and nobody can say any more what the notice is about. */
function forgotten(what: string, id: string): Delivery {
  return { kind: 'dropped', why: `the ${what} ${id} is not in the store` };
}

async function showPlan(record: PlanRecord, posts: Posts, ports: DeliveryPorts): Promise<Delivery> {
  const { plan, conversation, state } = record;
  const runId = state.kind === 'running' || state.kind === 'over' ? state.runId : undefined;
  const run = runId === undefined ? undefined : (await ports.store.runs.get(runId))?.run;
  const { policyOf, clock } = ports;
  const message = planMessage({ record, policy: policyOf(plan.cluster.name), run, now: clock.now() });
  try {
    await posts.show(plan.id, conversation.channel, message);
    return DONE;
  } catch (error) {
    const code = refusalCode(error) ?? '';
    if (!NO_ENTRY.has(code)) throw error;
    // A channel that is named by a user's id is the conversation between the two.
    const letter = plainMessage(notInChannel(conversation.channel));
    await ports.client.chat.postMessage({ channel: conversation.user, ...letter });
    return { kind: 'dropped', why: `Slack answers ${code}, so ${conversation.user} was told to invite the bot` };
  }
}

/** Nothing is said below a message that could not be posted, or that somebody deleted: an edit posts it anew. */
async function tellBelowPlan({ plan }: PlanRecord, message: SlackMessage, posts: Posts): Promise<Delivery> {
  const root = await posts.find(plan.id);
  if (!root) return { kind: 'dropped', why: `the plan ${plan.id} is posted nowhere` };
  await posts.reply(root, message);
  return DONE;
}

function showRun({ run, conversation }: RunRecord, posts: Posts): Promise<PostRecord> {
  return posts.show(run.id, conversation.channel, runMessage(run));
}

/** The status message is the root of the thread, so it has to stand before anything is said below it. */
async function tellThread(record: RunRecord, message: SlackMessage, posts: Posts): Promise<Delivery> {
  const root = (await posts.find(record.run.id)) ?? (await showRun(record, posts));
  try {
    await posts.reply(root, message);
  } catch (error) {
    if (refusalCode(error) !== 'thread_not_found') throw error;
    await posts.reply(await showRun(record, posts), message);
  }
  return DONE;
}
