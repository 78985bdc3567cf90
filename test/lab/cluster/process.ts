import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { hasCode } from '../../support/error-code.ts';
import { signalGroup } from '../../support/process-group.ts';

/** How long a command that was told to end may take, before it and all that it started are ended the hard way. */
const GRACE_MS = 30_000;
const LOOK_MS = 100;

/** Runs a command whose output goes to the log. Rejects with its last lines, and the name of the log. */
export async function runLogged(
  log: string,
  command: string,
  args: readonly string[],
  signal: AbortSignal,
): Promise<void> {
  const file = openSync(log, 'a');
  try {
    await runGroup(command, args, { signal, output: file });
  } catch (error) {
    signal.throwIfAborted();
    throw new Error(`${error instanceof Error ? error.message : error} The reason is at the end of ${log}.`, {
      cause: error,
    });
  } finally {
    closeSync(file);
  }
}

/**
 * Runs a command in a process group of its own, and leaves nothing of that group behind. Rejects where the command did
 * not end with 0, or the signal ended it.
 */
export async function runGroup(
  command: string,
  args: readonly string[],
  { signal, output = 'inherit' }: { readonly signal: AbortSignal; readonly output?: 'inherit' | number },
): Promise<void> {
  signal.throwIfAborted();
  const child = spawn(command, [...args], { stdio: ['ignore', output, output], detached: true });
  let hard: NodeJS.Timeout | undefined;
  const end = () => {
    signalGroup(child.pid, 'SIGTERM');
    hard = setTimeout(() => signalGroup(child.pid, 'SIGKILL'), GRACE_MS);
  };
  signal.addEventListener('abort', end, { once: true });
  try {
    const code = await endOf(child);
    if (signal.aborted) await groupEnds(child.pid);
    signal.throwIfAborted();
    if (code !== 0) throw new Error(`"${[command, ...args].join(' ')}" ended with ${code}.`);
  } finally {
    signal.removeEventListener('abort', end);
    clearTimeout(hard);
    signalGroup(child.pid, 'SIGKILL');
  }
}

/** Calls a command for a person, with their terminal, and answers its exit code. */
export async function call(command: string, args: readonly string[], environment?: NodeJS.ProcessEnv): Promise<number> {
  const code = await endOf(spawn(command, [...args], { stdio: 'inherit', ...(environment && { env: environment }) }));
  return typeof code === 'number' ? code : 1;
}

/** The exit code, or the name of the signal that ended it. */
function endOf(child: ChildProcess): Promise<number | string> {
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (exitCode, name) => resolve(name ?? exitCode ?? 0));
  });
}

/** Runs a command that reads the file. Rejects with its error output. */
export async function runFrom(
  file: string,
  command: string,
  args: readonly string[],
  signal: AbortSignal,
): Promise<void> {
  const input = openSync(file, 'r');
  try {
    const child = spawn(command, [...args], { stdio: [input, 'ignore', 'pipe'], signal });
    let errors = '';
    child.stderr?.on('data', (piece: Buffer) => {
      errors += piece;
    });
    const code = await endOf(child);
    if (code !== 0) throw new Error(`"${command} ${args.join(' ')}" with ${file} ended with ${code}: ${errors.trim()}`);
  } finally {
    closeSync(input);
  }
}

/** Starts a command that goes on when this process has ended; what it prints goes to the log. */
export function startDetached(log: string, command: string, args: readonly string[], folder?: string): void {
  const file = openSync(log, 'a');
  const child = spawn(command, [...args], { stdio: ['ignore', file, file], detached: true, cwd: folder });
  child.unref();
  closeSync(file);
}

/** Asks again until the answer is yes. Rejects when it still is not after so long. */
export async function until(
  what: string,
  ms: number,
  holds: () => boolean | Promise<boolean>,
  signal?: AbortSignal,
): Promise<void> {
  const deadline = Date.now() + ms;
  while (!(await holds())) {
    signal?.throwIfAborted();
    if (Date.now() > deadline) throw new Error(`${what} took longer than ${ms / 1000} s.`);
    await delay(LOOK_MS);
  }
}

/** Ends a process the hard way, if it is still there. */
export function endNow(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch (error) {
    if (!hasCode(error, 'ESRCH')) throw error;
  }
}

/** The group's first process may end long before those that it started. */
async function groupEnds(pid: number | undefined): Promise<void> {
  const deadline = Date.now() + GRACE_MS;
  while (signalGroup(pid, 0) && Date.now() < deadline) await delay(LOOK_MS);
}
