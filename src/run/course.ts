import type { Attempt } from '../approval/order.ts';
import { activeWork, activeWorks, pauseOf } from './progress.ts';
import type { RunState, Step } from './run.ts';

/**
 * What becomes of a step when somebody pauses or aborts the run, or skips the node: it ends at once, which leaves nothing
 * half done, or it is waited for, because a host is being changed or has been.
 */
const WHEN_ORDERED: Readonly<Record<Step, 'at-once' | 'later'>> = {
  claim: 'at-once',
  preflight: 'at-once',
  cordon: 'at-once',
  drain: 'at-once',
  upgrade: 'later',
  ready: 'later',
  uncordon: 'later',
  // Nobody waits for them once they are waived.
  gates: 'later',
};

/** What whoever carries out a work should do now. */
export type Course =
  /** `countedFrom`: from when the time of the step is counted. */
  | { readonly kind: 'go'; readonly countedFrom: number }
  /** To do nothing further to the node, and keep it as it is. */
  | { readonly kind: 'pause' }
  /** To give the node back, and say so. */
  | { readonly kind: 'stop' }
  /** This attempt is not under way any more. */
  | { readonly kind: 'over' };

export function courseOf(run: RunState, { work: key, attempt }: Attempt): Course {
  const work = activeWork(run, key, attempt);
  if (!work) return { kind: 'over' };
  const { step, skipping, countedFrom } = work.state;
  if (endsAtOnce(step)) {
    if (skipping || run.status.kind === 'aborting') return { kind: 'stop' };
    if (pauseOf(run.status)) return { kind: 'pause' };
  }
  return { kind: 'go', countedFrom };
}

export function endsAtOnce(step: Step): boolean {
  return WHEN_ORDERED[step] === 'at-once';
}

/** The nodes under way, by when an order to all of them is followed. */
export function nodesUnderWay(run: RunState): {
  readonly atOnce: readonly string[];
  readonly later: readonly string[];
} {
  const { true: atOnce = [], false: later = [] } = Object.groupBy(activeWorks(run), ({ state }) =>
    endsAtOnce(state.step) ? 'true' : 'false',
  );
  return { atOnce: atOnce.map(({ node }) => node), later: later.map(({ node }) => node) };
}

/** Time that passed while the run was paused is nobody's fault: the steps that stood still are given it back. */
export function afterPause(run: RunState, pausedAt: number, now: number): RunState {
  const works = run.works.map(work => {
    const { state } = work;
    if (state.kind !== 'active' || !endsAtOnce(state.step)) return work;
    const stood = Math.max(0, now - Math.max(pausedAt, state.countedFrom));
    return { ...work, state: { ...state, countedFrom: state.countedFrom + stood } };
  });
  return { ...run, works };
}
