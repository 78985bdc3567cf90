/**
 * The composition root: reads the environment and the command line, and starts what they ask for. Nothing else in the
 * sources looks at `process.env`. Each command loads only its own part: a plan needs no Slack, production no demo.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { newKeyPair } from './approval/signing.ts';
import { nearest, quoted } from './command/nearest.ts';
import {
  type BotConfig,
  botConfig,
  commandConfig,
  type Parsed,
  type WorkerConfig,
  workerConfig,
} from './runtime/config.ts';
import { createLogger, type Logger } from './runtime/logger.ts';
import { type Startable, type Stoppable, untilStopped } from './runtime/shutdown.ts';
import type { Surroundings } from './wiring/command-line.ts';

const USAGE = `capstan upgrades Kubernetes clusters from Slack

  capstan plan [target]   print the plan for a cluster; reads only (--help lists the options)
                   exit code 0: fine or nothing to do, 2: blocked or refused, 1: could not look
  capstan status   print versions, skew and support of a cluster; reads only (--help lists the options)
                   exit code 0: within the version-skew policy, 2: not so, 1: could not look
  capstan bot      talk to Slack              (settings from the environment, see .env.example)
  capstan worker   upgrade one cluster        (settings from the environment)
  capstan all      bot and worker in one process
  capstan policy check [FILE]   say in words what a policy file amounts to
                   exit code 0: it can be used, 2: it cannot, with every fault and its line
  capstan keys     print a new key pair: the bot signs decisions with it, workers verify them
  capstan demo     a simulated Slack and cluster on this machine; --auto needs no person (--help lists the options)
  capstan version  print which version this is

  target: next (default), patch, latest, a minor such as 1.37, or a version such as v1.37.2`;

async function main([command = 'help', ...rest]: readonly string[]): Promise<number> {
  switch (command) {
    case 'plan': {
      const { runPlanCommand } = await import('./wiring/plan-command.ts');
      return look('plan', surroundings => runPlanCommand(rest, surroundings));
    }
    case 'status': {
      const { runStatusCommand } = await import('./wiring/status-command.ts');
      return look('status', surroundings => runStatusCommand(rest, surroundings));
    }
    case 'bot':
      return alone(command, rest, async () => serve(command, [await bot()]));
    case 'worker':
      return alone(command, rest, async () => serve(command, [await worker()]));
    case 'all':
      return alone(command, rest, async () => serve(command, [await bot(), await worker()]));
    case 'policy': {
      const { runPolicyCommand } = await import('./wiring/policy-command.ts');
      return runPolicyCommand(rest, { policy: process.env.CAPSTAN_POLICY });
    }
    case 'keys':
      return alone(command, rest, async () => printKeys());
    case 'demo':
      return demo(rest);
    case 'version':
    case '--version':
    case '-v':
      return alone(command, rest, async () => printVersion());
    case 'help':
    case '--help':
    case '-h':
      console.log(USAGE);
      return 0;
    default:
      return noCommand(command);
  }
}

function noCommand(typed: string): 1 {
  const meant = nearest(typed, COMMANDS);
  const which = meant === undefined ? `\n\n${USAGE}` : ` Did you mean ${meant}? \`capstan help\` tells of all.`;
  console.error(`There is no command ${quoted(typed)}.${which}`);
  return 1;
}

const COMMANDS = ['plan', 'status', 'bot', 'worker', 'all', 'policy', 'keys', 'demo', 'version', 'help'];

/** Runs a command to which nobody can say more than its name: what it needs to know stands in the environment. */
async function alone(command: string, rest: readonly string[], run: () => Promise<number>): Promise<number> {
  const [word] = rest;
  if (word === undefined) return await run();
  if (word === '--help' || word === '-h') return main(['help']);
  console.error(`capstan ${command} takes no options and no words, and there is ${quoted(word)}. Leave it out.`);
  return 1;
}

/** An image, and an installation without development packages, come without it. */
async function demo(rest: readonly string[]): Promise<number> {
  try {
    const { runDemo } = await import('./demo/demo.ts');
    return await runDemo(rest, { redisUrl: process.env.REDIS_URL });
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ERR_MODULE_NOT_FOUND')) throw error;
    console.error(
      'The demo is not part of this installation: it comes with a checkout, where `npm run demo` starts it.',
    );
    return 1;
  }
}

function printKeys(): 0 {
  const { privateKey, publicKey } = newKeyPair();
  console.log(`CAPSTAN_SIGNING_KEY=${privateKey}\nCAPSTAN_VERIFY_KEY=${publicKey}`);
  return 0;
}

function printVersion(): 0 {
  const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'));
  console.log(`capstan ${version}`);
  return 0;
}

/** Runs a command that only looks at a cluster. */
async function look(name: string, run: (surroundings: Surroundings) => Promise<number>): Promise<number> {
  const parsed = commandConfig(process.env);
  if (parsed.kind === 'faults') return cannotStart(name, parsed.faults);
  const { XDG_CACHE_HOME, HOME } = process.env;
  const cacheFolder = XDG_CACHE_HOME ?? (HOME === undefined ? undefined : join(HOME, '.cache'));
  return await run({ config: parsed.config, cacheFolder });
}

function cannotStart(name: string, faults: Iterable<string>): 1 {
  const list = [...faults].map(fault => `  - ${fault}`).join('\n');
  console.error(`capstan ${name} cannot start, because of its settings:\n${list}`);
  return 1;
}

/** A process's part, to be started once the settings of all parts are known to be right. */
interface Part extends Startable {
  readonly faults: readonly string[];
  readonly logLevel: string;
}

function bot(): Promise<Part> {
  const start = async (config: BotConfig, log: Logger) => (await import('./wiring/bot.ts')).startBot(config, log);
  return part('bot', botConfig(process.env), start);
}

function worker(): Promise<Part> {
  const start = async (config: WorkerConfig, log: Logger) =>
    (await import('./wiring/worker.ts')).startWorker(config, log);
  return part('worker', workerConfig(process.env), start);
}

/**
 * Faults of the policy file are found together with those of the environment. Alone they keep nobody from starting: work
 * may be under way, and it is held and spoken of until the file is mended.
 */
async function part<T extends { readonly LOG_LEVEL: string }>(
  name: string,
  parsed: Parsed<T>,
  start: (config: T, log: Logger) => Promise<Stoppable>,
): Promise<Part> {
  if (parsed.kind === 'ok') {
    const { config } = parsed;
    return { name, faults: [], logLevel: config.LOG_LEVEL, start: log => start(config, log) };
  }
  const path = process.env.CAPSTAN_POLICY?.trim();
  const { readPolicyFile } = await import('./runtime/policy-file.ts');
  const reading = path ? readPolicyFile(path, []) : undefined;
  const faults = [...parsed.faults, ...(reading?.kind === 'faults' ? reading.faults : [])];
  return { name, faults, logLevel: 'info', start: () => Promise.reject(new Error(faults.join(' '))) };
}

/** Runs until told to stop. All wrong settings of all parts are listed before anything is started. */
async function serve(name: string, parts: readonly Part[]): Promise<number> {
  const faults = new Set(parts.flatMap(({ faults }) => faults));
  if (faults.size > 0) return cannotStart(name, faults);
  const log = createLogger(name, parts[0]?.logLevel ?? 'info');
  const outcome = await untilStopped(parts, log);
  // A connection that looks for its other end would keep alive a process that everybody takes for stopped.
  process.exit(outcome === 'clean' ? 0 : 1);
}

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  console.error(`capstan stopped: ${error instanceof Error ? error.message : String(error)}`);
  // What was started already would keep a process alive that nobody starts again.
  process.exit(1);
}
