import { whyNotNext } from '../plan/availability.ts';
import { holdWords } from '../policy/explain.ts';
import { type ActiveWork, failedWorks } from '../run/progress.ts';
import type { RunEvent, RunState } from '../run/run.ts';
import { startedWorks } from '../run/schedule.ts';
import { transition } from '../run/transition.ts';
import { ClusterRefused, ClusterUnreachable } from './ports.ts';
import type { WorkerPorts } from './worker-ports.ts';

/** What a run has to know of the world outside of it before it takes an event in. */
export interface Circumstances {
  readonly now: number;
  /** Why nothing may be started now, in sentences. */
  readonly hold: string | undefined;
  /** Nodes that are drained after all others. */
  readonly last: ReadonlySet<string>;
}

/**
 * The policy's hold, and where the event would make the run begin with another node, what the cluster itself says to that.
 * It is asked at no other time: one list of Capstan's pods and one of all nodes, for each work that is started.
 */
export async function circumstancesOf(
  runId: string,
  event: RunEvent,
  ports: WorkerPorts,
  signal: AbortSignal,
): Promise<Circumstances> {
  const now = ports.clock.now();
  const hold = holdWords(ports.policy(), now);
  const run = (await ports.store.runs.get(runId))?.run;
  const startedBy = (each: RunEvent, last: ReadonlySet<string>) =>
    run && hold === undefined ? startedWorks(run, transition(run, each, now, hold, last)) : [];
  // What starts nothing itself must not take a run for free that is held: whatever waits for it is asked about again.
  const startedWith = (last: ReadonlySet<string>) => {
    const started = startedBy(event, last);
    return started.length === 0 && run?.hold ? startedBy({ kind: 'tick' }, last) : started;
  };
  // Nodes that failed are begun with once more before any other.
  const failed = new Set(run && failedWorks(run).map(({ key }) => key));
  const drains = startedWith(new Set()).some(({ key, phase }) => phase === 'kubelet' && !failed.has(key));
  const last = drains ? await carriers(runId, ports, signal) : new Set<string>();
  const why = run && (await whyNotStarted(run, startedWith(last), ports, signal));
  return { now, hold: hold ?? why, last };
}

/**
 * Nodes that carry Capstan at this moment: its pods have moved since the order of the plan was made, at the latest with the
 * hop before. Without an answer that order stands.
 */
async function carriers(
  runId: string,
  { quick, report }: WorkerPorts,
  signal: AbortSignal,
): Promise<ReadonlySet<string>> {
  try {
    return await quick.reader.ownNodes(signal);
  } catch (error) {
    if (!(error instanceof ClusterUnreachable || error instanceof ClusterRefused)) throw error;
    report(
      `run ${runId} goes on in the order of its plan, for it is not known where Capstan's own pods are: ${error.message}`,
    );
    return new Set();
  }
}

/**
 * That the nodes cannot be seen is no sign that they are well. Where only gates are asked once more nothing is begun with.
 */
async function whyNotStarted(
  run: RunState,
  works: readonly ActiveWork[],
  { store, policy, quick }: WorkerPorts,
  signal: AbortSignal,
): Promise<string | undefined> {
  const { policy: inForce } = policy();
  const plan = works.length > 0 ? (await store.plans.get(run.planId))?.plan : undefined;
  // Without its plan a work fails before it touches anything, and says so.
  if (!plan || !inForce) return undefined;
  try {
    const nodes = await quick.reader.nodes(signal);
    const skipped = new Set(run.works.filter(({ state }) => state.kind === 'skipped').map(({ node }) => node));
    const worked = new Set(run.works.map(({ node }) => node));
    const seen = { run: run.id, plan, nodes, worked, skipped, limits: inForce.limits };
    return works
      .filter(({ state }) => state.step !== 'gates')
      .map(({ node, phase }) => whyNotNext({ ...seen, next: node, phase }))
      .find(sentence => sentence !== undefined);
  } catch (error) {
    if (!(error instanceof ClusterUnreachable || error instanceof ClusterRefused)) throw error;
    return `No further node is taken while it cannot be seen how the others are. ${error.message}`;
  }
}
