import type { RunCommand, Signed } from '../approval/decision.ts';
import { contentHash } from '../approval/signing.ts';
import { holdWords } from '../policy/explain.ts';
import type { RunEffect, RunEvent, RunState } from '../run/run.ts';
import { transition } from '../run/transition.ts';
import { judgeCommand } from './authority.ts';
import { type Circumstances, circumstancesOf } from './circumstances.ts';
import { giveBackWhenIdle } from './give-back.ts';
import { takeOutOfService, tellBackInService } from './out-of-service.ts';
import { ClusterRefused, type RunRecord } from './ports.ts';
import { withoutStop } from './sentence.ts';
import { onTickWithoutRun } from './start-run.ts';
import { nodeRows } from './status.ts';
import type { WorkerPorts } from './worker-ports.ts';

/**
 * Takes one event into a run. The effects are stored together with the run that wants them and carried out afterwards:
 * a worker that dies between loses none, because the next event, or the tick, finds them.
 */
export async function advanceRun(
  runId: string,
  event: RunEvent,
  ports: WorkerPorts,
  signal: AbortSignal,
): Promise<void> {
  await advance(runId, event, undefined, ports, signal);
}

/**
 * Takes one event into a run and leaves it to the next one to carry out its effects: for whoever has to know at once what
 * the run is like then. undefined: there is no such run.
 */
export async function takeIn(
  runId: string,
  event: RunEvent,
  { store, policy, clock }: Pick<WorkerPorts, 'store' | 'policy' | 'clock'>,
): Promise<RunRecord | undefined> {
  const now = clock.now();
  const byPolicy = holdWords(policy(), now);
  return await store.runs.update(runId, current => {
    // Whether another hold is over, the next event finds out: here nobody has looked.
    const hold = byPolicy ?? current.run.hold?.why;
    return after(current, event, undefined, { now, hold, last: new Set() });
  });
}

/** An order of a person. One that the bot did not sign, or that was obeyed before, changes nothing. */
export async function obeyCommand(command: Signed<RunCommand>, ports: WorkerPorts, signal: AbortSignal): Promise<void> {
  const { id, runId, by, order } = command.value;
  const name = order.kind;
  const verdict = judgeCommand(command, ports);
  if (verdict.kind === 'forged') {
    return ports.report(`an order (${name} run ${runId}, in the name of ${by}) was not signed by the bot`);
  }
  if (verdict.kind !== 'allowed') {
    const why =
      verdict.kind === 'refused'
        ? `by the worker's policy ${verdict.why}`
        : `the worker's policy file cannot be used, so it does not say who may. ${withoutStop(verdict.fault)}`;
    ports.report(`an order (${name} run ${runId}, given by ${by}) is not allowed: ${why}`);
    const note = { kind: 'command-refused', command: name, by, why } as const;
    return ports.queues.notify(`${runId}-command-${id}`, { kind: 'run-note', runId, note });
  }
  await advance(runId, { kind: 'command', id, order, by }, command, ports, signal);
  ports.audit({ kind: 'order-given', run: runId, id, by, order });
}

async function advance(
  runId: string,
  event: RunEvent,
  command: Signed<RunCommand> | undefined,
  ports: WorkerPorts,
  signal: AbortSignal,
): Promise<void> {
  const circumstances = await circumstancesOf(runId, event, ports, signal);
  const record = await ports.store.runs.update(runId, current => after(current, event, command, circumstances));
  if (record) await carryOut(record, ports, signal);
  else if (event.kind === 'tick') await onTickWithoutRun(runId, ports, signal);
}

function after(
  current: RunRecord,
  event: RunEvent,
  command: Signed<RunCommand> | undefined,
  { now, hold, last }: Circumstances,
): RunRecord | undefined {
  if (command && current.commands.some(({ value }) => value.id === command.value.id)) return undefined;
  const { run, effects } = transition(current.run, event, now, hold, last);
  if (run === current.run && effects.length === 0 && !command) return undefined;
  return {
    ...current,
    run,
    // Every effect is idempotent, so one of a kind is enough while it waits.
    pending: [...current.pending, ...without(effects, current.pending)],
    commands: command ? [...current.commands, command] : current.commands,
  };
}

/** What the cluster refuses waits for the next tick, and keeps nothing else from being done. */
async function carryOut(record: RunRecord, ports: WorkerPorts, signal: AbortSignal): Promise<void> {
  const performed: RunEffect[] = [];
  try {
    for (const effect of record.pending) {
      signal.throwIfAborted();
      try {
        await perform(effect, record, ports, signal);
        performed.push(effect);
      } catch (error) {
        if (!(error instanceof ClusterRefused)) throw error;
        await tellRefused(effect, record.run.id, error, ports);
      }
    }
  } finally {
    if (performed.length > 0) {
      await ports.store.runs.update(record.run.id, current => ({
        ...current,
        pending: without(current.pending, performed),
      }));
    }
  }
}

/** Rights are given and taken by people: they are told, once for each sentence. */
async function tellRefused(
  { kind }: RunEffect,
  runId: string,
  { message: why }: ClusterRefused,
  { report, queues }: WorkerPorts,
): Promise<void> {
  report(`run ${runId} could not ${DEEDS[kind] ?? kind}, and will try again: ${why}`);
  const id = `${runId}-cluster-refused-${contentHash(why).slice(0, 16)}`;
  await queues.notify(id, { kind: 'run-note', runId, note: { kind: 'cluster-refused', why } });
}

/** Only these touch the cluster. */
const DEEDS: Partial<Readonly<Record<RunEffect['kind'], string>>> = {
  'show-nodes': 'show the nodes',
  'give-back': 'give a node back',
  'out-of-service': 'take a node out of service',
  end: 'give the lease back',
};

/** Another worker may have carried out some of them as well: each of ours takes away at most one equal to it. */
function without(pending: readonly RunEffect[], performed: readonly RunEffect[]): RunEffect[] {
  const left = performed.map(effect => JSON.stringify(effect));
  return pending.filter(effect => {
    const place = left.indexOf(JSON.stringify(effect));
    if (place >= 0) left.splice(place, 1);
    return place < 0;
  });
}

async function perform(effect: RunEffect, record: RunRecord, ports: WorkerPorts, signal: AbortSignal): Promise<void> {
  const { run } = record;
  const { queues, quick, cluster } = ports;
  const runId = run.id;
  switch (effect.kind) {
    case 'start-work':
      return queues.nodeWork(cluster, { runId, work: effect.work, attempt: effect.attempt });
    case 'note':
      return queues.notify(effect.id, { kind: 'run-note', runId, note: effect.note });
    case 'steer':
      return ports.store.announceRun(runId);
    case 'show-status':
      return queues.notify(`${runId}-status`, { kind: 'run-status', runId });
    case 'show-nodes': {
      const rows = nodeRows(await quick.reader.nodes(signal));
      return queues.notify(effect.id, { kind: 'run-nodes', runId, hop: effect.hop, stage: effect.stage, rows });
    }
    case 'give-back':
      return giveBackNode(effect, run, ports, signal);
    case 'out-of-service':
      return takeOutOfService(effect.order, record, ports, signal);
    case 'remember':
      return ports.store.remember(cluster, effect.id, effect.duration);
    case 'end':
      return end(run.planId, runId, ports, signal);
  }
}

/** The run hears what came of it; every tick asks again for what had to wait. */
async function giveBackNode(
  { work: key, attempt }: Extract<RunEffect, { readonly kind: 'give-back' }>,
  run: RunState,
  ports: WorkerPorts,
  signal: AbortSignal,
): Promise<void> {
  const { quick, queues, cluster, clock } = ports;
  const work = run.works.find(each => each.key === key);
  if (!work) return;
  const task = { run: run.id, work: key, attempt, node: work.node, to: work.target };
  const given = await giveBackWhenIdle(task, quick, signal);
  const id = `${run.id}-${key}-${attempt}`;
  if (!('waitsFor' in given)) {
    if (given.undone?.outOfService) await tellBackInService(task, ports);
    return queues.runEvent(cluster, run.id, `${id}-given-back`, {
      kind: 'given-back',
      work: key,
      attempt,
      ...(given.gone ? { gone: true } : {}),
    });
  }
  const waits = { kind: 'give-back-waits', work: key, attempt, why: given.waitsFor } as const;
  await queues.runEvent(cluster, run.id, `${id}-waits-${clock.now()}`, waits);
}

async function end(planId: string, runId: string, ports: WorkerPorts, signal: AbortSignal): Promise<void> {
  await ports.quick.lease.end(runId, signal);
  await ports.store.plans.update(planId, record =>
    record.state.kind === 'running' ? { ...record, state: { kind: 'over', runId } } : undefined,
  );
  await ports.queues.notify(`plan-${planId}-over`, { kind: 'plan', planId });
  await ports.queues.stopTick(ports.cluster, runId);
}
