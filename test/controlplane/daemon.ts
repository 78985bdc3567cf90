import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { leashed } from './leash.ts';

/** How long a program may take to end in good order. */
const GRACE_MS = 10_000;
const LAST_LINES = 5;
/** Between the end of a program that is kept alive and its next start. */
const AGAIN_MS = 300;
/** What ends more often than that will not stay. */
const MOST_RESTARTS = 50;

/** Programs that run; whatever ends this process, none of them outlives it. */
const running = new Set<ChildProcess>();
process.once('exit', () => {
  for (const child of running) child.kill('SIGKILL');
});

export interface DaemonOptions {
  readonly program: string;
  readonly args: readonly string[];
  /** Takes what it prints. */
  readonly log: string;
  /** Started again when it ends by itself, as a kubelet does with a static pod's container. */
  readonly keptAlive?: boolean;
}

/** A program that runs beside this one. */
export class Daemon {
  readonly name: string;
  readonly #options: DaemonOptions;
  #child: ChildProcess;
  #ended: Promise<void> = Promise.resolve();
  #again: NodeJS.Timeout | undefined;
  #restarts = 0;
  #stopping = false;

  constructor(name: string, options: DaemonOptions) {
    this.name = name;
    this.#options = options;
    this.#child = this.#start();
  }

  get pid(): number | undefined {
    return this.#child.pid;
  }

  /** Throws, with what it said last, where it has ended and will not come back. */
  assertRunning(): void {
    const { exitCode, signalCode } = this.#child;
    if (exitCode === null && signalCode === null) return;
    if (this.#options.keptAlive && this.#restarts < MOST_RESTARTS) return;
    const said = readFileSync(this.#options.log, 'utf8').trim().split('\n').slice(-LAST_LINES).join('\n');
    throw new Error(`${this.name} ended with ${signalCode ?? exitCode}:\n${said}`);
  }

  async stop(): Promise<void> {
    this.#stopping = true;
    clearTimeout(this.#again);
    const child = this.#child;
    const hard = setTimeout(() => child.kill('SIGKILL'), GRACE_MS);
    child.kill('SIGTERM');
    await this.#ended;
    clearTimeout(hard);
  }

  #start(): ChildProcess {
    const { program, args, log } = this.#options;
    const file = openSync(log, 'a');
    // With nothing of a person's environment: neither proxies nor credentials are its business.
    const child = spawn(...leashed(program, args), { stdio: ['ignore', file, file], env: { PATH: process.env.PATH } });
    closeSync(file);
    running.add(child);
    this.#ended = new Promise((resolve, reject) => {
      child.once('error', reject);
      child.once('exit', () => resolve());
    });
    const over = () => {
      running.delete(child);
      if (!this.#stopping && this.#options.keptAlive && this.#restarts < MOST_RESTARTS) this.#startAgain();
    };
    this.#ended.then(over, over);
    return child;
  }

  #startAgain(): void {
    this.#restarts += 1;
    this.#again = setTimeout(() => {
      this.#child = this.#start();
    }, AGAIN_MS);
  }
}
