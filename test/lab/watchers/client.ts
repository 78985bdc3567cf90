import { setTimeout as delay } from 'node:timers/promises';
import type { Timeline } from '../timeline.ts';
import { plainAnswerOf } from './answers.ts';

const EVERY_MS = 500;
const PATIENCE_MS = 3_000;

/** Resolves when the Service has answered at each address, so that a later silence is a failure. */
export async function untilServed(addresses: readonly string[], timeoutMs: number): Promise<void> {
  const deadline = Date.now() + timeoutMs;
  for (const address of addresses) {
    for (;;) {
      const answer = await plainAnswerOf(address, 1_000);
      if (answer === 200) break;
      if (Date.now() > deadline) throw new Error(`The Service never answered at ${address}: ${answer}`);
      await delay(250);
    }
  }
}

/** A client of the Service that calls it twice a second, each time with a connection of its own. */
export class ClientWatcher {
  calls = 0;
  readonly failures: string[] = [];

  watch(addresses: readonly string[], timeline: Timeline, signal: AbortSignal): Promise<void> {
    return twiceASecond(signal, async () => {
      const address = addresses[this.calls % addresses.length] ?? '';
      this.calls += 1;
      const asked = Date.now();
      const answer = await plainAnswerOf(address, PATIENCE_MS);
      if (answer === 200) return;
      const failure = `${address}: ${answer}, after ${Date.now() - asked} ms`;
      this.failures.push(failure);
      timeline.note(`CLIENT FAILED: ${failure}`);
    });
  }
}

/** Whether or not the one before has ended, until the signal; then waits for those that are under way. */
function twiceASecond(signal: AbortSignal, deed: () => Promise<void>): Promise<void> {
  return new Promise((resolve, reject) => {
    const running = new Set<Promise<void>>();
    const timer = setInterval(() => {
      const one: Promise<void> = deed()
        .catch(reject)
        .finally(() => running.delete(one));
      running.add(one);
    }, EVERY_MS);
    const end = () => {
      clearInterval(timer);
      void Promise.all(running).then(() => resolve());
    };
    signal.addEventListener('abort', end, { once: true });
  });
}
