import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream, mkdtempSync, rmSync, type WriteStream } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { WorkerConfig } from '../../src/runtime/config.ts';

const WORKER = fileURLToPath(new URL('./worker.ts', import.meta.url));
const WORD_MS = 60_000;

/** Processes that are loaded and have not been told yet whose worker they are. */
export class Reserve {
  readonly #loaded: Promise<ChildProcess>[] = [];
  readonly #all = new Set<ChildProcess>();
  /** Compiled once: half of what loading one costs. */
  readonly #compiled = mkdtempSync(join(tmpdir(), 'capstan-compiled-'));

  #left: number;

  /** `size` of them are kept ready, until `total` have been loaded. */
  constructor(size: number, total: number) {
    this.#left = total;
    for (let count = 0; count < size; count += 1) this.#refill();
  }

  /** One that is taken is replaced. */
  async take(): Promise<ChildProcess> {
    this.#refill();
    const child = await (this.#loaded.shift() ?? this.#load());
    return child.connected ? child : await this.take();
  }

  #refill(): void {
    if (this.#left === 0) return;
    this.#left -= 1;
    this.#loaded.push(this.#load());
  }

  async close(): Promise<void> {
    await Promise.allSettled(this.#loaded);
    for (const child of this.#all) child.kill('SIGKILL');
    rmSync(this.#compiled, { recursive: true, force: true });
  }

  async #load(): Promise<ChildProcess> {
    const execArgv = ['--disable-warning=ExperimentalWarning'];
    const env = { NODE_COMPILE_CACHE: this.#compiled };
    const child = fork(WORKER, { execArgv, env, stdio: ['ignore', 'ignore', 'pipe', 'ipc'] });
    this.#all.add(child);
    child.once('exit', () => this.#all.delete(child));
    await word(child, 'loaded');
    return child;
  }
}

/** The workers of one cluster. Whoever is killed is replaced at once, as a Deployment would. */
export class Crew {
  readonly #reserve: Reserve;
  readonly #config: WorkerConfig;
  readonly #log: WriteStream;
  /** By the name that each bears in Redis. */
  readonly #members = new Map<string, ChildProcess>();
  #hired = 0;
  #dismissed = false;

  constructor(reserve: Reserve, config: WorkerConfig, logFile: string) {
    this.#reserve = reserve;
    this.#config = config;
    this.#log = createWriteStream(logFile, { flags: 'a' });
  }

  async hire(): Promise<void> {
    this.#hired += 1;
    const name = `host-${this.#hired}`;
    const child = await this.#reserve.take();
    if (this.#dismissed) {
      child.kill('SIGKILL');
      return;
    }
    child.stderr?.pipe(this.#log, { end: false });
    this.#members.set(name, child);
    child.once('exit', () => {
      this.#members.delete(name);
      if (!this.#dismissed) void this.hire();
    });
    child.send({ ...this.#config, CAPSTAN_POD_NODE: name });
    await word(child, 'working');
  }

  /** False where nobody bears that name any more. */
  signal(name: string, signal: NodeJS.Signals): boolean {
    return this.#members.get(name)?.kill(signal) ?? false;
  }

  dismiss(): void {
    this.#dismissed = true;
    for (const child of this.#members.values()) child.kill('SIGKILL');
    this.#log.end();
  }
}

/** Resolves as well where the process has ended before its word. */
async function word(child: ChildProcess, expected: string): Promise<void> {
  const late = new AbortController();
  const timer = setTimeout(() => late.abort(), WORD_MS);
  try {
    const { signal } = late;
    const [said] = await Promise.race([once(child, 'message', { signal }), once(child, 'exit', { signal })]);
    if (said !== expected && child.connected)
      throw new Error(`A worker said ${JSON.stringify(said)}, not "${expected}".`);
  } finally {
    clearTimeout(timer);
  }
}
