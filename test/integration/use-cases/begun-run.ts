import { setTimeout as delay } from 'node:timers/promises';
import { advanceRun, obeyCommand } from '../../../src/app/advance-run.ts';
import { answerAsk } from '../../../src/app/answer.ts';
import { onDecided } from '../../../src/app/start-run.ts';
import type { Order } from '../../../src/approval/order.ts';
import type { NodeView } from '../../../src/cluster/snapshot.ts';
import type { RunEvent, RunState, Work } from '../../../src/run/run.ts';
import { BOB, World } from './world.ts';

export const signal = new AbortController().signal;

export let world: World;

export let runId: string;

export async function until(reached: () => boolean): Promise<void> {
  while (!reached()) await delay(5);
}

/** An approved run of one control-plane node and two workers that has just begun. */
export async function begin(): Promise<void> {
  world = await World.open();
  const request = { target: { kind: 'next' }, strategy: 'rolling', only: undefined } as const;
  await answerAsk(world.ask('p1', { kind: 'plan', request }), world.worker, signal);
  await world.approve('p1');
  await onDecided('p1', world.worker, signal);
  runId = 'r-p1';
  await advance({ kind: 'begin' });
}

export const end = (): Promise<void> => world.close();

export const advance = (event: RunEvent) => advanceRun(runId, event, world.worker, signal);

export async function run(): Promise<RunState> {
  const record = await world.store.runs.get(runId);
  if (!record) throw new Error('there is no run');
  return record.run;
}

export async function active(): Promise<Work> {
  const work = (await run()).works.find(({ state }) => state.kind === 'active');
  if (!work) throw new Error('no work is active');
  return work;
}

export function change(name: string, to: Partial<NodeView>): void {
  const nodes = world.snapshot.nodes.map(node => (node.name === name ? { ...node, ...to } : node));
  world.snapshot = { ...world.snapshot, nodes };
}

export const fail = async () =>
  advance({
    kind: 'failed',
    work: (await active()).key,
    attempt: 1,
    step: 'upgrade',
    reason: 'kubeadm ended',
    log: [],
  });

export async function order(kind: 'pause' | 'abort' | 'skip' | 'retry', by = BOB) {
  const wanted: Order = kind === 'skip' ? { kind, at: undefined } : { kind };
  const ordered = await world.bot.order({ target: { runId }, order: wanted, by, channel: 'C1' });
  const last = world.queues.commands.at(-1);
  if (ordered.kind === 'sent' && last) await obeyCommand(last, world.worker, signal);
  return ordered;
}

export const notes = () =>
  world.queues.notices.flatMap(({ notice }) => (notice.kind === 'run-note' ? [notice.note.kind] : []));
