import { advanceRun } from '../../../src/app/advance-run.ts';
import { answerAsk } from '../../../src/app/answer.ts';
import { onDecided } from '../../../src/app/start-run.ts';
import type { RunState } from '../../../src/run/run.ts';
import { HOUR, REPLY_TO, type World } from './world.ts';

export const signal = new AbortController().signal;
export const request = { target: { kind: 'next' }, strategy: 'rolling', only: undefined } as const;

/** World's now is midnight UTC of a Tuesday: open from 02:00 to 04:00, unless it is said otherwise. */
export const NIGHT = { windows: [{ days: [2], from: 120, to: 240 }], planLifetimeSeconds: (12 * HOUR) / 1_000 };

/** What people and workers do in a test, and what comes of it; each test has another world. */
export function stepsIn(worldNow: () => World) {
  const ask = (question: 'plan' | 'status' = 'plan', channel = 'C1') =>
    worldNow().bot.ask(question === 'plan' ? { kind: 'plan', request } : { kind: 'status' }, {
      cluster: undefined,
      replyTo: { ...REPLY_TO, channel },
    });

  /** Alice asks for a plan, and the worker makes it. */
  async function planned(): Promise<string> {
    await ask();
    const last = worldNow().queues.asks.at(-1);
    if (!last) throw new Error('nothing was asked');
    await answerAsk(last, worldNow().worker, signal);
    return last.id;
  }

  async function decide(planId: string, by: string, verdict: 'approve' | 'reject' = 'approve') {
    const { plan } = await worldNow().plan(planId);
    const decided = await worldNow().bot.decide({ planId, digest: plan.digest, by, verdict, reason: 'a mistake' });
    if (decided.kind === 'recorded') await onDecided(planId, worldNow().worker, signal);
    return decided;
  }

  async function runOf(planId: string): Promise<RunState> {
    const record = await worldNow().store.runs.get(`r-${planId}`);
    if (!record) throw new Error('there is no run');
    return record.run;
  }

  const notices = () => worldNow().queues.notices;
  return {
    ask,
    planned,
    decide,
    runOf,
    stateOf: async (planId: string) => (await worldNow().plan(planId)).state,
    noted: () => notices().flatMap(({ notice }) => (notice.kind === 'run-note' ? [notice.note] : [])),
    answers: () => notices().flatMap(({ notice }) => (notice.kind === 'answer' ? [notice.answer] : [])),
    tick: (runId: string) => advanceRun(runId, { kind: 'tick' }, worldNow().worker, signal),
  };
}
