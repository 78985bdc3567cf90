import type { Clock } from '../clock.ts';

export interface UnitResult {
  readonly exitCode: number;
  /** The termination message: one JSON object. */
  readonly message: string;
}

/** One step of the host script. `act` returns a sentence where the step fails. */
export interface Step {
  readonly name: string;
  /** Simulated seconds until `act`. */
  readonly seconds: number;
  readonly lines: readonly string[];
  readonly act?: () => string | undefined;
  /** A step that waits for something else than time; the script goes on when `proceed` is called. */
  readonly wait?: (proceed: () => void) => void;
}

export interface Follower {
  readonly line: (text: string) => void;
  readonly ended: (result: UnitResult) => void;
}

/** What a transient systemd unit is to the script: it runs to its end whoever watches, and can be watched again. */
export class HostUnit {
  readonly #clock: Clock;
  readonly #message: (step: string, exitCode: number, reason: string) => string;
  readonly #lines: string[] = [];
  readonly #followers = new Set<Follower>();
  #result: UnitResult | undefined;

  constructor(clock: Clock, message: (step: string, exitCode: number, reason: string) => string) {
    this.#clock = clock;
    this.#message = message;
  }

  get running(): boolean {
    return this.#result === undefined;
  }

  start(steps: readonly Step[]): void {
    this.#run(steps, 0);
  }

  /** Everything printed so far, then what comes; returns a way to stop following. */
  follow(follower: Follower): () => void {
    for (const line of this.#lines) follower.line(line);
    if (this.#result) follower.ended(this.#result);
    else this.#followers.add(follower);
    return () => this.#followers.delete(follower);
  }

  #run(steps: readonly Step[], index: number): void {
    const step = steps[index];
    if (!step) {
      this.#end(steps.at(-1)?.name ?? '', 0, '');
      return;
    }
    // A step may come in several parts of the same name; the script speaks of one.
    if (steps[index - 1]?.name !== step.name) this.#print(`[${step.name}] begins`);
    for (const line of step.lines) this.#print(line);
    this.#clock.after(step.seconds, () => {
      const failure = step.act?.();
      if (failure !== undefined) {
        this.#end(step.name, 1, failure);
        return;
      }
      const proceed = () => {
        if (steps[index + 1]?.name !== step.name) this.#print(`[${step.name}] done`);
        this.#run(steps, index + 1);
      };
      if (step.wait) step.wait(proceed);
      else proceed();
    });
  }

  #print(line: string): void {
    this.#lines.push(line);
    for (const follower of this.#followers) follower.line(line);
  }

  #end(step: string, exitCode: number, reason: string): void {
    if (exitCode !== 0) for (const line of reason.split('\n')) this.#print(`error: ${line}`);
    this.#result = { exitCode, message: this.#message(step, exitCode, reason) };
    for (const follower of this.#followers) follower.ended(this.#result);
    this.#followers.clear();
  }
}
