import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, openSync, readFileSync } from 'node:fs';

/** How long a program may take to end in good order. */
const GRACE_MS = 10_000;
const LAST_LINES = 5;

/** Programs that run; whatever ends this process, none of them outlives it. */
const running = new Set<ChildProcess>();
process.once('exit', () => {
  for (const child of running) child.kill('SIGKILL');
});

/** A program that runs beside this one, writing into a file of its own. */
export class Daemon {
  readonly name: string;
  readonly #child: ChildProcess;
  readonly #log: string;
  readonly #ended: Promise<void>;

  constructor(name: string, program: string, args: readonly string[], log: string) {
    this.name = name;
    this.#log = log;
    const file = openSync(log, 'a');
    // With nothing of a person's environment: neither proxies nor credentials are its business.
    this.#child = spawn(program, [...args], { stdio: ['ignore', file, file], env: { PATH: process.env.PATH } });
    closeSync(file);
    running.add(this.#child);
    this.#ended = new Promise((resolve, reject) => {
      this.#child.once('error', reject);
      this.#child.once('exit', () => resolve());
    });
    this.#ended.then(
      () => running.delete(this.#child),
      () => running.delete(this.#child),
    );
  }

  get pid(): number | undefined {
    return this.#child.pid;
  }

  /** Throws, with what it said last, where it has ended already. */
  assertRunning(): void {
    const { exitCode, signalCode } = this.#child;
    if (exitCode === null && signalCode === null) return;
    const said = readFileSync(this.#log, 'utf8').trim().split('\n').slice(-LAST_LINES).join('\n');
    throw new Error(`${this.name} ended with ${signalCode ?? exitCode}:\n${said}`);
  }

  async stop(signal: NodeJS.Signals = 'SIGTERM'): Promise<void> {
    const hard = setTimeout(() => this.#child.kill('SIGKILL'), GRACE_MS);
    this.#child.kill(signal);
    await this.#ended;
    clearTimeout(hard);
  }
}
