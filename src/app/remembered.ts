import { isFinal } from '../run/progress.ts';
import { BrokenRecord, type Queues, type RunRecord, type Store } from './ports.ts';
import { planIdOf } from './run-id.ts';
import type { WorkerPorts } from './worker-ports.ts';

/**
 * The run that the cluster's lease names, where nobody will ever go on with it: it is over, or it went with an emptied
 * Redis. Such a lease stands in nobody's way; a lease is never taken for its age.
 */
export async function leftoverRun(
  run: string | undefined,
  ports: Pick<WorkerPorts, 'store' | 'clock' | 'report'>,
): Promise<string | undefined> {
  const { store, clock } = ports;
  if (run === undefined) return undefined;
  const record = await recordOf(run, ports);
  if (record === 'broken') return undefined;
  if (record) return isFinal(record.run.status) ? run : undefined;
  // It has the lease before it has its record.
  const plan = await store.plans.get(planIdOf(run));
  const begins = plan?.state.kind === 'checking' && clock.now() < plan.plan.expiresAt;
  return begins ? undefined : run;
}

/** `broken`: its record cannot be read, so nobody can tell whether it goes on. What to do about that is reported. */
export async function recordOf(
  run: string,
  { store, report }: Pick<WorkerPorts, 'store' | 'report'>,
): Promise<RunRecord | 'broken' | undefined> {
  try {
    return await store.runs.get(run);
  } catch (error) {
    if (!(error instanceof BrokenRecord)) throw error;
    report(`run ${run} is neither gone on with nor freed, for nobody can tell how it stands: ${error.message}`);
    return 'broken';
  }
}

/** An emptied Redis, or a new one, knows no tick: a run that is under way gets its own back. */
export async function resumeTick({ cluster, store, queues }: Memory): Promise<void> {
  const runId = await store.latestRun(cluster);
  if (runId === undefined) return;
  const record = await store.runs.get(runId);
  if (record && !isFinal(record.run.status)) await queues.startTick(cluster, runId);
}

interface Memory {
  readonly cluster: string;
  readonly store: Pick<Store, 'runs' | 'latestRun'>;
  readonly queues: Pick<Queues, 'startTick'>;
}
