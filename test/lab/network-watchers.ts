import { type ClientRequest, get as httpGet, type IncomingMessage } from 'node:http';
import { get as httpsGet } from 'node:https';
import { setTimeout as delay } from 'node:timers/promises';
import type { Timeline } from './timeline.ts';

/** So many unanswered questions in a row make an absence; one alone may be a hiccup. */
const MISSES = 4;

/** Resolves when the Service has answered at each address, so that a later silence is a failure. */
export async function untilServed(addresses: readonly string[], timeoutMs: number): Promise<void> {
  const deadline = Date.now() + timeoutMs;
  for (const address of addresses) {
    for (;;) {
      const answer = await answerOf(done => httpGet(address, { agent: false, timeout: 1000 }, done));
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
      const answer = await answerOf(done => httpGet(address, { agent: false, timeout: 3000 }, done));
      if (answer === 200) return;
      this.failures.push(`${address}: ${answer}`);
      timeline.note(`CLIENT FAILED: ${address}: ${answer}`);
    });
  }
}

/** When the API server did not answer its readiness question. */
export class ApiWatcher {
  readonly gaps: { readonly from: number; readonly to: number }[] = [];

  async watch(server: string, ca: string, timeline: Timeline, onGap: () => void, signal: AbortSignal): Promise<void> {
    let since = 0;
    let misses = 0;
    while (!signal.aborted) {
      const asked = Date.now();
      const answer = await answerOf(done => httpsGet(`${server}/readyz`, { ca, agent: false, timeout: 1000 }, done));
      if (answer !== 200) {
        misses += 1;
        if (misses === 1) since = asked;
        if (misses === MISSES) {
          timeline.note(`the API server does not answer (${answer})`);
          onGap();
        }
      } else {
        if (misses >= MISSES) {
          this.gaps.push({ from: since, to: asked });
          timeline.note(`the API server is back after ${((asked - since) / 1000).toFixed(1)} s`);
        }
        misses = 0;
      }
      await delay(250);
    }
  }
}

/** The status, or what went wrong, as text. */
function answerOf(ask: (done: (response: IncomingMessage) => void) => ClientRequest): Promise<number | string> {
  return new Promise(resolve => {
    const request = ask(response => {
      response.resume();
      response.once('end', () => resolve(response.statusCode ?? 0));
      response.once('error', error => resolve(error.message));
    });
    request.once('timeout', () => request.destroy(new Error('no answer in time')));
    request.once('error', error => resolve(error.message));
  });
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
    }, 500);
    const end = () => {
      clearInterval(timer);
      void Promise.all(running).then(() => resolve());
    };
    signal.addEventListener('abort', end, { once: true });
  });
}
