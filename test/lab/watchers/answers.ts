import { type ClientRequest, get as httpGet, type IncomingMessage } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';

/** The status, or what went wrong, as text. */
export function answerOf(ask: (done: (response: IncomingMessage) => void) => ClientRequest): Promise<number | string> {
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

/** Each time with a connection of its own. */
export const plainAnswerOf = (address: string, timeout: number) =>
  answerOf(done => httpGet(address, { agent: false, timeout }, done));

/** Epoch milliseconds; `to` is missing while it lasts. */
export interface Absence {
  readonly from: number;
  to?: number;
}

export interface Question {
  readonly what: string;
  readonly everyMs: number;
  /** So many unanswered questions in a row make an absence; one alone may be a hiccup. */
  readonly misses: number;
  ask(): Promise<number | string>;
  told?(text: string): void;
  gone?(): void;
}

/** Asks again and again until the signal, and keeps when there was no good answer. */
export async function absencesOf(question: Question, absences: Absence[], signal: AbortSignal): Promise<void> {
  let since = 0;
  let misses = 0;
  while (!signal.aborted) {
    const asked = Date.now();
    const answer = await question.ask();
    if (answer === 200) {
      const open = absences.at(-1);
      if (misses >= question.misses && open) {
        open.to = asked;
        question.told?.(`${question.what} is back after ${((asked - open.from) / 1000).toFixed(1)} s`);
      }
      misses = 0;
    } else {
      misses += 1;
      if (misses === 1) since = asked;
      if (misses === question.misses) {
        absences.push({ from: since });
        question.told?.(`${question.what} does not answer (${answer})`);
        question.gone?.();
      }
    }
    await delay(question.everyMs);
  }
}

/** Seconds, until now where one still lasts. */
export const secondsAway = (absences: readonly Absence[]): number =>
  absences.reduce((sum, { from, to = Date.now() }) => sum + (to - from) / 1000, 0);
