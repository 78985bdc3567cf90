import type { DemoOptions } from './options.ts';
import { startFault } from './faults.ts';
import type { SimulatedSlack } from './slack/simulated-slack.ts';
import type { Message } from './slack/workspace.ts';
import type { Stage } from './stage.ts';
import { judge } from './verdict.ts';

const START_MS = 20_000;
const RUN_MS = 150_000;

/** Plays every person, prints the channel as it would look, then says whether all went well. Returns the exit code. */
export async function playAlone(stage: Stage, options: DemoOptions): Promise<number> {
  const began = Date.now();
  const { slack } = stage;
  let trouble: string | undefined;
  try {
    await upgrade(stage, options);
  } catch (error) {
    trouble = error instanceof Error ? error.message : String(error);
  }
  console.log(slack.transcript());
  console.log();
  const verdicts = judge(stage, options.target);
  if (trouble !== undefined) verdicts.push({ holds: false, sentence: trouble.split('\n')[0] ?? trouble });
  for (const { holds, sentence } of verdicts) console.log(`${holds ? 'ok  ' : 'FAIL'} ${sentence}`);
  const failed = verdicts.some(({ holds }) => !holds);
  console.log(`\n${failed ? 'The demo failed' : 'The demo went well'} after ${Math.round((Date.now() - began) / 1000)} s.`);
  if (failed) console.log(`The logs of bot and worker are in ${stage.folder}.`);
  await stage.stop({ keepLogs: failed });
  return failed ? 1 : 0;
}

async function upgrade(stage: Stage, options: DemoOptions): Promise<void> {
  const { slack, worker } = stage;
  await slack.until(({ socketMode }) => socketMode.connections > 0, { timeoutMs: START_MS });
  await slack.command('alice', '#platform', '/k8s nodes');
  await slack.until('NAME', { timeoutMs: START_MS });
  await slack.command('alice', '#platform', `/k8s upgrade plan ${options.target}`);
  const plan = await slack.until(findMessage('plan_approve'), { timeoutMs: START_MS });

  // Nobody approves their own plan: alice is refused, and bob, a second person, decides.
  await slack.click('alice', plan, 'plan_approve');
  await slack.until(({ workspace }) => workspace.entries.some(e => e.kind === 'message' && e.onlyFor === slack.users.alice.id && /approve/i.test(e.text)), { timeoutMs: START_MS });
  await slack.click('bob', plan, 'plan_approve');
  await slack.until(() => slack.modal('bob'), { timeoutMs: START_MS });
  await slack.submit('bob', undefined);

  const status = await slack.until(findMessage('run_abort'), { timeoutMs: START_MS });
  if (options.fault) startFault(stage, options.fault);
  if (options.killWorker) {
    await slack.until(({ workspace }) => repliesTo(workspace.messages(status.channel), status) >= 12, { timeoutMs: RUN_MS });
    worker.crash();
  }
  await slack.until(({ workspace }) => runIsOver(workspace.findMessage(status.channel, status.ts)), { timeoutMs: RUN_MS });
}

/** The newest message that everyone sees and that carries this button. */
function findMessage(actionId: string): (slack: SimulatedSlack) => Message | undefined {
  return slack =>
    slack.messages().findLast(message => message.onlyFor === undefined && JSON.stringify(message.blocks).includes(`"${actionId}"`));
}

function repliesTo(messages: readonly Message[], root: Message): number {
  return messages.filter(({ threadTs }) => threadTs === root.ts).length;
}

/** A run that is over, or waits for a person, offers no Pause any more. */
function runIsOver(status: Message | undefined): boolean {
  return status !== undefined && !JSON.stringify(status.blocks).includes('"run_pause"');
}
