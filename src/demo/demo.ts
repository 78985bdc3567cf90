import { playAlone } from './auto.ts';
import { startFault } from './faults.ts';
import { DEMO_USAGE, type DemoOptions, parseDemoOptions } from './options.ts';
import { servePage } from './slack/page-server.ts';
import { type Stage, setStage } from './stage.ts';

/** An hour of the cluster is three minutes at the usual speed. */
const BLOCKED_HINT = `
     A budget of the shop closes once the first node is drained; the thread will name it, with buttons. It opens again
     by itself, an hour of the cluster's time later.`;

/**
 * The demo: a Slack conversation that upgrades a cluster, both simulated on this machine, with the real bot and the
 * real worker between them. Returns the exit code.
 */
export async function runDemo(
  args: readonly string[],
  { redisUrl }: { readonly redisUrl: string | undefined },
): Promise<number> {
  const options = parseDemoOptions(args);
  if ('help' in options) {
    console.log(DEMO_USAGE);
    return 0;
  }
  if ('error' in options) {
    console.error(`${options.error}\n\n${DEMO_USAGE}`);
    return 1;
  }
  const stage = await setStage({ speed: options.speed, port: options.port, redisUrl });
  return options.auto ? playAlone(stage, options) : playWithPeople(stage, options);
}

async function playWithPeople(stage: Stage, options: DemoOptions): Promise<number> {
  servePage(stage.slack);
  if (options.fault) startFault(stage, options.fault);
  console.log(`A simulated Slack is at ${stage.slack.origin}/ : open it in a browser.

  1. You are alice. Type:       /k8s upgrade plan ${options.target}
  2. Approve the plan as bob:   pick "bob" as the person, press Approve. (alice is an approver too, but not of her own plan.)
  3. Watch the status message and its thread.${options.fault === 'blocked-budget' ? BLOCKED_HINT : ''}

Bot (pid ${stage.bot.pid}) and worker (pid ${stage.worker.pid}) are real processes: kill -9 either of them and see the run go on.
Their logs are in ${stage.folder}. Ctrl-C ends the demo.`);
  await new Promise<void>(resolve => {
    process.once('SIGINT', () => resolve());
    process.once('SIGTERM', () => resolve());
  });
  await stage.stop({ keepLogs: false });
  return 0;
}
