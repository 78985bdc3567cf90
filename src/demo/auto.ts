import { repair, startFault } from './faults.ts';
import type { DemoOptions } from './options.ts';
import type { SimulatedSlack } from './slack/simulated-slack.ts';
import type { Message } from './slack/workspace.ts';
import type { Stage } from './stage.ts';
import { judge, namesBudget } from './verdict.ts';

const START_MS = 20_000;
/** Every request slow, two hops of nine nodes take three minutes. */
const RUN_MS = 300_000;
/** Well into the first stage. */
const REPLIES_BEFORE_KILL = 12;

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
  const verdicts = judge(stage, options);
  if (trouble !== undefined) verdicts.push({ holds: false, sentence: trouble.split('\n')[0] ?? trouble });
  for (const { holds, sentence } of verdicts) console.log(`${holds ? 'ok  ' : 'FAIL'} ${sentence}`);
  const failed = verdicts.some(({ holds }) => !holds);
  console.log(
    `\n${failed ? 'The demo failed' : 'The demo went well'} after ${Math.round((Date.now() - began) / 1000)} s.`,
  );
  if (failed) console.log(`The logs of bot and worker are in ${stage.folder}.`);
  await stage.stop({ keepLogs: failed });
  return failed ? 1 : 0;
}

async function upgrade(stage: Stage, options: DemoOptions): Promise<void> {
  const { slack } = stage;
  await slack.until(({ socketMode }) => socketMode.connections > 0, { timeoutMs: START_MS });
  await slack.command('alice', '#platform', '/k8s nodes');
  await slack.until('NAME', { timeoutMs: START_MS });
  await slack.command('alice', '#platform', `/k8s upgrade plan ${options.target}`);
  const what = `a plan for ${options.target} that can be approved`;
  const plan = await slack.until(findMessage('plan_approve'), { timeoutMs: START_MS, what });

  // Nobody approves their own plan: alice is refused, and bob, a second person, decides.
  const { id } = slack.users.alice;
  const told = slack.messages().filter(({ onlyFor }) => onlyFor === id).length;
  await slack.click('alice', plan, 'plan_approve');
  await slack.until(() => slack.messages().filter(({ onlyFor }) => onlyFor === id).length > told, {
    timeoutMs: START_MS,
  });
  await slack.click('bob', plan, 'plan_approve');
  await slack.until(() => slack.modal('bob'), { timeoutMs: START_MS });
  await slack.submit('bob', undefined);
  await followRun(stage, options);
}

/** Until the run is over; where it halts, bob repairs what was broken on purpose and presses Retry. */
async function followRun(stage: Stage, options: DemoOptions): Promise<void> {
  const { slack, worker } = stage;
  const what = 'the status message of the upgrade';
  const { channel, ts } = await slack.until(findMessage('run_abort'), { timeoutMs: START_MS, what });
  const status = () => slack.workspace.findMessage(channel, ts);
  if (options.fault) startFault(stage, options.fault);
  const replies = () => slack.messages(channel).filter(({ threadTs }) => threadTs === ts);
  if (options.killWorker) {
    await slack.until(() => replies().length >= REPLIES_BEFORE_KILL, { timeoutMs: RUN_MS });
    worker.crash();
  }
  if (options.fault === 'blocked-budget') await keepWaiting(stage);
  const over = { timeoutMs: RUN_MS, what: 'that the upgrade is over, or halted' };
  const settled = () => slack.until(() => !offers(status(), 'run_pause') && status(), over);
  let seen = await settled();
  if (offers(seen, 'run_retry')) {
    repair(stage);
    await slack.click('bob', seen, 'run_retry');
    await slack.until(() => offers(status(), 'run_pause'), { timeoutMs: RUN_MS });
    seen = await settled();
  }
  if (offers(seen, 'run_abort')) throw new Error('The run halted again after Retry.');
  // An edit of the status message may overtake the last word of the thread.
  await slack.until(() => /finished/i.test(replies().at(-1)?.text ?? ''), { timeoutMs: START_MS });
}

/** The notice of the budget that keeps a drain: bob has it waited for, and then its owner loosens it. */
async function keepWaiting(stage: Stage): Promise<void> {
  const { slack } = stage;
  const notice = await slack.until(
    () => {
      const found = findMessage('blocked_wait')(slack);
      return found && namesBudget(found) ? found : undefined;
    },
    { timeoutMs: RUN_MS },
  );
  await slack.click('bob', notice, 'blocked_wait');
  // Whoever is slower than the owner of the budget is told that there is nothing to wait for any more.
  await slack.until('keeps waiting for the drain', { timeoutMs: RUN_MS });
  repair(stage);
}

/** The newest message that everyone sees and that carries this button. */
function findMessage(actionId: string): (slack: SimulatedSlack) => Message | undefined {
  return slack => slack.messages().findLast(each => each.onlyFor === undefined && offers(each, actionId));
}

function offers(message: Message | undefined, actionId: string): boolean {
  return JSON.stringify(message?.blocks ?? []).includes(`"${actionId}"`);
}
