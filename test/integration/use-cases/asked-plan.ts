import { answerAsk } from '../../../src/app/answer.ts';
import { REPLY_TO, World } from './world.ts';

export const signal = new AbortController().signal;

export let world: World;

export async function begin(): Promise<void> {
  world = await World.open();
}

export const end = (): Promise<void> => world.close();

/** Alice asks for the next minor; returns the plan's id. */
export async function planned(): Promise<string> {
  const request = { target: { kind: 'next' }, strategy: 'rolling', only: undefined } as const;
  await world.bot.ask({ kind: 'plan', request }, { cluster: undefined, replyTo: REPLY_TO });
  const ask = world.queues.asks.at(-1);
  if (!ask) throw new Error('nothing was asked');
  await answerAsk(ask, world.worker, signal);
  return ask.id;
}

export async function decide(planId: string, by: string, verdict: 'approve' | 'reject' = 'approve', reason?: string) {
  const { plan } = await world.plan(planId);
  return await world.bot.decide({ planId, digest: plan.digest, by, verdict, reason });
}

export const stateOf = async (planId: string) => (await world.plan(planId)).state;
