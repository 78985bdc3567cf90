import type { Attempt } from '../approval/order.ts';
import type { RunState, RunStatus, Work, WorkState } from './run.ts';

/** Nothing of it will ever change again. */
export function isFinal(status: RunStatus): boolean {
  return status.kind === 'finished' || status.kind === 'aborted';
}

/** Who has paused it, also where a node failed since; undefined where nobody has. */
export function pauseOf(status: RunStatus): { readonly by: string; readonly at: number } | undefined {
  if (status.kind === 'halted') return status.paused;
  return status.kind === 'paused' ? { by: status.by, at: status.at } : undefined;
}

/** As it was before the node failed. */
export function afterHalt(status: RunStatus): RunStatus {
  const paused = pauseOf(status);
  return paused ? { kind: 'paused', ...paused } : { kind: 'running' };
}

/** The work will not be looked at again: what comes after it may begin. */
export function isThrough(state: WorkState): boolean {
  return state.kind === 'done' || state.kind === 'skipped' || state.kind === 'vanished';
}

export interface ActiveWork extends Work {
  readonly state: Extract<WorkState, { readonly kind: 'active' }>;
}

export function activeWorks(run: RunState): readonly ActiveWork[] {
  return run.works.filter(isActive);
}

/** Events of an earlier attempt, or of work that is through, find nothing. */
export function activeWork(run: RunState, key: string, attempt: number): ActiveWork | undefined {
  return activeWorks(run).find(work => work.key === key && work.state.attempt === attempt);
}

function isActive(work: Work): work is ActiveWork {
  return work.state.kind === 'active';
}

/** Its host has been upgraded, whether or not somebody has seen since that all is well. */
export function isUpgraded({ state }: Pick<Work, 'state'>): boolean {
  if (state.kind === 'done') return true;
  if (state.kind !== 'active' && state.kind !== 'failed') return false;
  return state.step === 'ready' || state.step === 'uncordon' || state.step === 'gates';
}

/** Under way, with their hosts done: a run that is being aborted can do without seeing them Ready. */
export function worksToGiveUp(run: RunState): readonly ActiveWork[] {
  return activeWorks(run).filter(({ state }) => state.step === 'ready' && !state.skipping && !state.givenUp);
}

export function failedWorks(run: RunState): readonly Work[] {
  return run.works.filter(({ state }) => state.kind === 'failed');
}

/** The failed attempt of a halted run whose node fell silent: its host may be off. Others find nothing. */
export function silentWork({ status, works }: RunState, at: Attempt): Work | undefined {
  if (status.kind !== 'halted') return undefined;
  return works.find(
    ({ key, state }) => key === at.work && state.kind === 'failed' && state.silent && state.attempt === at.attempt,
  );
}

/** A node is done when all its works are; every other node of the run is left, unless it left the cluster. */
export function countNodes(run: RunState): { readonly done: number; readonly left: number } {
  const vanished = new Set(run.works.filter(({ state }) => state.kind === 'vanished').map(({ node }) => node));
  const works = run.works.filter(({ node }) => !vanished.has(node));
  const all = new Set(works.map(({ node }) => node));
  const unfinished = new Set(works.filter(({ state }) => state.kind !== 'done').map(({ node }) => node));
  return { done: all.size - unfinished.size, left: unfinished.size };
}
