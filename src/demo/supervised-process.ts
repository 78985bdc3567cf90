import { type ChildProcess, spawn } from 'node:child_process';
import { EventEmitter, once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { fileURLToPath } from 'node:url';

const MAIN = fileURLToPath(new URL('../main.ts', import.meta.url));
const RESTART_MS = 300;
const BOUND_MS = 15_000;

/**
 * One `capstan bot` or `capstan worker` as a process of its own, started again whenever it ends, the way a Deployment
 * would. Its log lines go to `logFile`.
 */
export class SupervisedProcess {
  readonly name: string;
  readonly #environment: Readonly<Record<string, string>>;
  readonly #logFile: string;
  #child: ChildProcess | undefined;
  readonly #heard = new EventEmitter<{ said: [] }>();
  #said = '';
  #stopping = false;
  #restarts = 0;

  constructor(name: 'bot' | 'worker', environment: Readonly<Record<string, string>>, logFile: string) {
    this.name = name;
    this.#environment = environment;
    this.#logFile = logFile;
    this.#start();
  }

  get pid(): number | undefined {
    return this.#child?.pid;
  }

  get restarts(): number {
    return this.#restarts;
  }

  /** Ends the process the hard way (kill -9), as a crash or a lost machine would. */
  crash(): void {
    this.signal('SIGKILL');
  }

  signal(signal: NodeJS.Signals): void {
    this.#child?.kill(signal);
  }

  /** Resolves once its log holds these words; rejects, naming the log, when it does not within `timeoutMs`. */
  async says(words: string, timeoutMs: number): Promise<void> {
    const late = AbortSignal.timeout(timeoutMs);
    while (!this.#said.includes(words)) {
      try {
        await once(this.#heard, 'said', { signal: late });
      } catch (cause) {
        throw new Error(`The ${this.name} did not start within ${timeoutMs / 1_000} s: see ${this.#logFile}.`, {
          cause,
        });
      }
    }
  }

  async stop(): Promise<void> {
    this.#stopping = true;
    const child = this.#child;
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const ended = new Promise(resolve => child.once('exit', resolve));
    const hard = setTimeout(() => child.kill('SIGKILL'), BOUND_MS);
    child.kill('SIGTERM');
    await ended;
    clearTimeout(hard);
  }

  #start(): void {
    const log = createWriteStream(this.#logFile, { flags: 'a' });
    const child = spawn(process.execPath, [MAIN, this.name], {
      env: { ...this.#environment },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    child.stdout?.pipe(log, { end: false });
    child.stderr?.pipe(log, { end: false });
    child.stderr?.on('data', (piece: Buffer) => {
      this.#said += piece.toString();
      this.#heard.emit('said');
    });
    child.once('exit', () => {
      if (this.#stopping) return;
      this.#restarts += 1;
      setTimeout(() => {
        if (!this.#stopping) this.#start();
      }, RESTART_MS);
    });
    this.#child = child;
  }
}
