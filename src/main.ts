/**
 * The composition root: reads the environment and the command line, and starts what they ask for. Nothing else in the
 * sources looks at `process.env`.
 */
import { newKeyPair } from './approval/signing.ts';
import { botConfig, type Parsed, workerConfig } from './runtime/config.ts';
import { createLogger } from './runtime/logger.ts';
import { type Stoppable, untilStopped } from './runtime/shutdown.ts';
import { startBot } from './wiring/bot.ts';
import { runPlanCommand } from './wiring/plan-command.ts';
import { startWorker } from './wiring/worker.ts';

const USAGE = `capstan upgrades Kubernetes clusters from Slack

  capstan plan [target] [--kubeconfig FILE] [--context NAME] [--only control-plane|workers] [-o text|json]
                   print the plan for a cluster; reads only
                   exit code 0: fine or nothing to do, 2: blocked or refused, 1: could not look
  capstan bot      talk to Slack              (settings from the environment, see .env.example)
  capstan worker   upgrade one cluster        (settings from the environment)
  capstan all      bot and worker in one process
  capstan keys     print a new key pair: the bot signs decisions with it, workers verify them
  capstan demo     a simulated Slack and cluster on this machine; --auto needs no person

  target: next (default), patch, latest, a minor such as 1.37, or a version such as v1.37.2`;

async function main([command = 'help', ...rest]: readonly string[]): Promise<number> {
  switch (command) {
    case 'plan':
      return runPlanCommand(rest, { kubeconfig: process.env.KUBECONFIG, context: process.env.CAPSTAN_CONTEXT });
    case 'bot':
      return service('bot', [start(botConfig(process.env), startBot)]);
    case 'worker':
      return service('worker', [start(workerConfig(process.env), startWorker)]);
    case 'all':
      return service('all', [start(botConfig(process.env), startBot), start(workerConfig(process.env), startWorker)]);
    case 'keys': {
      const { privateKey, publicKey } = newKeyPair();
      console.log(`CAPSTAN_SIGNING_KEY=${privateKey}\nCAPSTAN_VERIFY_KEY=${publicKey}`);
      return 0;
    }
    case 'demo': {
      // Loaded only here, because it needs packages that a production installation leaves out.
      const { runDemo } = await import('./demo/demo.ts');
      return runDemo(rest, { redisUrl: process.env.REDIS_URL });
    }
    case 'help':
    case '--help':
    case '-h':
      console.log(USAGE);
      return 0;
    default:
      console.error(`There is no command "${command}".\n\n${USAGE}`);
      return 1;
  }
}

/** A part that can be started once its settings are known to be right. */
interface Part {
  readonly faults: readonly string[];
  start(log: ReturnType<typeof createLogger>): Promise<Stoppable>;
  readonly logLevel: string;
}

function start<T extends { readonly LOG_LEVEL: string }>(
  parsed: Parsed<T>,
  run: (config: T, log: ReturnType<typeof createLogger>) => Promise<Stoppable>,
): Part {
  if (parsed.kind === 'faults') {
    return { faults: parsed.faults, logLevel: 'info', start: () => Promise.reject(new Error('settings are wrong')) };
  }
  const { config } = parsed;
  return { faults: [], logLevel: config.LOG_LEVEL, start: log => run(config, log) };
}

/** Runs until told to stop. All wrong settings of all parts are listed before anything is started. */
async function service(name: string, parts: readonly Part[]): Promise<number> {
  const faults = new Set(parts.flatMap(part => part.faults));
  if (faults.size > 0) {
    console.error(`capstan ${name} cannot start, because of its settings:\n${[...faults].map(f => `  - ${f}`).join('\n')}`);
    return 1;
  }
  const log = createLogger(name, parts[0]?.logLevel ?? 'info');
  const started: Stoppable[] = [];
  for (const part of parts) started.push(await part.start(log));
  return (await untilStopped(started.reverse(), log)) === 'clean' ? 0 : 1;
}

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  console.error(`capstan stopped: ${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = 1;
}
