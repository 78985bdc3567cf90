import { spawn } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { leashed } from '../controlplane/leash.ts';
import { signalGroup } from '../support/process-group.ts';
import type { JestResults } from './outcome.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const JEST = ['--experimental-vm-modules', '--disable-warning=ExperimentalWarning', 'node_modules/jest/bin/jest.js'];
const GRACE_MS = 15_000;
const LOOK_MS = 50;

export interface JestRun {
  /** What jest is called with, beside how it reports. */
  readonly args: readonly string[];
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Files of tests that run side by side. */
  readonly atOnce: number;
  /** Takes temporary files, the report, and in `logs` what processes said that failed. */
  readonly scratch: string;
}

export interface Ran {
  readonly results: JestResults;
  /** What the tests left behind on this machine, a sentence each: none, if all is well. */
  readonly left: readonly string[];
}

/** Runs tests in a process group and a folder of their own. Rejects where the signal ended them, or they ended without a report. */
export async function runJest({ args, environment, atOnce, scratch }: JestRun, signal: AbortSignal): Promise<Ran> {
  const report = join(scratch, 'report.json');
  const command = [...JEST, ...args, `--maxWorkers=${atOnce}`, '--json', '--outputFile', report];
  const child = spawn(...leashed(process.execPath, command), {
    cwd: ROOT,
    env: { ...environment, TMPDIR: scratch, CAPSTAN_KEEP_LOGS: join(scratch, 'logs') },
    stdio: ['ignore', 'ignore', 'inherit'],
    detached: true,
  });
  const end = () => signalGroup(child.pid, 'SIGTERM');
  signal.addEventListener('abort', end, { once: true });
  const code = await new Promise<number | string | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (exitCode, name) => resolve(name ?? exitCode));
  });
  signal.removeEventListener('abort', end);
  const processes = await groupEnds(child.pid);
  signal.throwIfAborted();
  if (!existsSync(report)) throw new Error(`jest ended with ${code} and without a report: what it said is above.`);
  const folders = readdirSync(scratch).filter(name => name.startsWith('capstan-'));
  return {
    results: JSON.parse(readFileSync(report, 'utf8')) as JestResults,
    left: [
      ...(processes ? ['processes were left behind; they have been ended'] : []),
      ...folders.map(name => `the folder ${name} was left behind`),
    ],
  };
}

/** Whether somebody of the group had to be ended the hard way. */
async function groupEnds(pid: number | undefined): Promise<boolean> {
  const until = Date.now() + GRACE_MS;
  while (signalGroup(pid, 0) && Date.now() < until) await delay(LOOK_MS);
  return signalGroup(pid, 'SIGKILL');
}
