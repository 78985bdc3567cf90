import type { Attempt } from '../approval/order.ts';
import { activeWork, activeWorks, pauseOf } from './progress.ts';
import type { RunState, Step } from './run.ts';

type WhenOrdered =
  /** It ends, or stands still, at once, which leaves nothing half done on the host. */
  | 'at-once'
  /** It ends at once where somebody gives the node up; a pause lets it go on, for it only looks. */
  | 'given-up'
  /** It is waited for: a host is being changed, or the node is given back already. */
  | 'later';

/** What becomes of a step when somebody pauses or aborts the run, or skips the node. */
const WHEN_ORDERED: Readonly<Record<Step, WhenOrdered>> = {
  claim: 'at-once',
  preflight: 'at-once',
  cordon: 'at-once',
  drain: 'at-once',
  upgrade: 'later',
  ready: 'given-up',
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
  const { step, skipping, givenUp, countedFrom } = work.state;
  switch (WHEN_ORDERED[step]) {
    case 'at-once':
      if (skipping || run.status.kind === 'aborting') return { kind: 'stop' };
      return pauseOf(run.status) ? { kind: 'pause' } : { kind: 'go', countedFrom };
    case 'given-up':
      return skipping || givenUp ? { kind: 'stop' } : { kind: 'go', countedFrom };
    case 'later':
      return { kind: 'go', countedFrom };
  }
}

/** Any order ends it, or has it stand still, at once: nothing of this attempt is on the host yet. */
export function endsAtOnce(step: Step): boolean {
  return WHEN_ORDERED[step] === 'at-once';
}

/** Whoever gives the node up does not wait for its end. */
export function endsWhenGivenUp(step: Step): boolean {
  return WHEN_ORDERED[step] !== 'later';
}

/** The nodes under way, by whether an order has reached them already or will later. */
export function nodesUnderWay(run: RunState): {
  readonly atOnce: readonly string[];
  readonly later: readonly string[];
} {
  const { true: atOnce = [], false: later = [] } = Object.groupBy(activeWorks(run), ({ key, state }) =>
    courseOf(run, { work: key, attempt: state.attempt }).kind === 'go' ? 'false' : 'true',
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
