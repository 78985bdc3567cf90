import { setTimeout as delay } from 'node:timers/promises';
import type { SimulatedSlack } from '../../src/demo/slack/simulated-slack.ts';
import type { Message } from '../../src/demo/slack/workspace.ts';
import type { Trial } from './trial.ts';

const ANSWER_MS = 60_000;
const ASK_AGAIN_MS = 2_000;
const MINUTE = 60_000;

/** A control plane takes three minutes a hop, or twice that on a busy machine, and a node to be drained about one. */
export function patienceFor({ hops, controlPlanes, nodes }: Trial): number {
  return (5 + hops.length * (6 * controlPlanes.length + 2 * nodes.length)) * MINUTE;
}

/** Everything that people do, from the first command to the final word in the status message. */
export async function upgradeThroughSlack(slack: SimulatedSlack, trial: Trial): Promise<void> {
  await slack.until(({ socketMode }) => socketMode.connections > 0, { timeoutMs: ANSWER_MS });
  await untilAnswered(slack);
  await slack.command('alice', '#platform', `/k8s upgrade plan ${trial.to.version}`);
  const plan = await slack.until(newestWith('plan_approve'), { timeoutMs: ANSWER_MS });

  const { id } = slack.users.alice;
  const told = () => whispersTo(slack, id).length;
  const before = told();
  await slack.click('alice', plan, 'plan_approve');
  await slack.until(() => told() > before, { timeoutMs: ANSWER_MS });
  await slack.click('bob', plan, 'plan_approve');
  await slack.until(() => slack.modal('bob'), { timeoutMs: ANSWER_MS });
  await slack.submit('bob', undefined);

  const { channel, ts } = await slack.until(newestWith('run_abort'), { timeoutMs: ANSWER_MS });
  const status = () => slack.workspace.findMessage(channel, ts);
  const settled = await slack.until(() => !offers(status(), 'run_pause') && status(), {
    timeoutMs: patienceFor(trial),
  });
  if (offers(settled, 'run_retry')) throw new Error('The run halted, and waits for a person.');

  await slack.command('alice', '#platform', '/k8s status');
  await slack.until('version-skew policy', { timeoutMs: ANSWER_MS });
}

/** The worker starts beside the bot; until it listens, the bot says so, and alice asks again. */
async function untilAnswered(slack: SimulatedSlack): Promise<void> {
  const { id } = slack.users.alice;
  const refused = () => whispersTo(slack, id).filter(whisper => wordsOf(whisper).includes('No worker')).length;
  const answered = () => whispersTo(slack, id).some(whisper => wordsOf(whisper).includes('NAME'));
  const until = Date.now() + ANSWER_MS;
  while (!answered() && Date.now() < until) {
    const before = refused();
    await slack.command('alice', '#platform', '/k8s nodes');
    await slack.until(() => answered() || refused() > before, { timeoutMs: ANSWER_MS });
    if (!answered()) await delay(ASK_AGAIN_MS);
  }
  if (!answered()) throw new Error('No worker came to answer /k8s nodes.');
}

const whispersTo = (slack: SimulatedSlack, user: string) => slack.messages().filter(({ onlyFor }) => onlyFor === user);

/** The status message, and the last message of its thread, as they stand. */
export function finalWords(slack: SimulatedSlack): { readonly status: string; readonly thread: string } {
  const messages = slack.messages().filter(({ onlyFor }) => onlyFor === undefined);
  const last = messages.findLast(({ threadTs }) => threadTs !== undefined);
  const status = messages.find(({ ts }) => ts === last?.threadTs);
  return { status: wordsOf(status), thread: wordsOf(last) };
}

const wordsOf = (message: Message | undefined) => JSON.stringify(message?.blocks ?? []) + (message?.text ?? '');

/** The newest message that everyone sees and that carries this button. */
function newestWith(actionId: string): (slack: SimulatedSlack) => Message | undefined {
  return slack => slack.messages().findLast(each => each.onlyFor === undefined && offers(each, actionId));
}

function offers(message: Message | undefined, actionId: string): boolean {
  return JSON.stringify(message?.blocks ?? []).includes(`"${actionId}"`);
}
