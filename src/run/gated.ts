import type { Attempt } from '../approval/order.ts';
import type { ActiveWork } from './progress.ts';
import type { RunEffect, RunEvent, RunState, Work } from './run.ts';
import { put, type Transition } from './schedule.ts';
import { whyNotSkip } from './skip.ts';

type GatedEvent = Extract<RunEvent, { readonly kind: 'gated' }>;

/** What a node's gates wait for has changed: the status shows it; the thread is told once per step, where it takes long. */
export function gate(run: RunState, work: ActiveWork, { closed, overdue }: GatedEvent): Transition {
  const { key, node, state } = work;
  const same = JSON.stringify(closed) === JSON.stringify(state.closed);
  const told: RunEffect = {
    kind: 'note',
    id: `${run.id}-${key}-${state.attempt}-gates-${state.step}`,
    note: { kind: 'gates-closed', node, step: state.step, skippable: isSkippable(run, work), closed },
  };
  return {
    run: same ? run : put(run, key, { ...state, closed }),
    effects: [...(overdue ? [told] : []), ...(same ? [] : [{ kind: 'show-status' } as const])],
  };
}

/** Gates that are asked after the node is given back can always be waived. */
function isSkippable(run: RunState, work: ActiveWork): boolean {
  return work.state.step === 'gates' || whyNotSkip(run, work) === undefined;
}

/** Works that only their gates hold up, or held up until they failed, and that are meant by an order. */
export function worksInGates({ works }: RunState, at: Attempt | undefined): readonly Work[] {
  return works.filter(({ key, state }) => {
    const inGates = (state.kind === 'active' || state.kind === 'failed') && state.step === 'gates';
    return inGates && (at === undefined || at.work === key);
  });
}

/** Their nodes are upgraded and given back: they are done, and go on in later hops. */
export function waiveGates(run: RunState, works: readonly Work[], by: string, now: number): Transition {
  const done = works.reduce((so, { key, state }) => {
    if (state.kind !== 'active' && state.kind !== 'failed') return so;
    const { attempt, startedAt } = state;
    return put(so, key, { kind: 'done', attempt, startedAt, finishedAt: now });
  }, run);
  const effects = works.map(({ key, node }): RunEffect => {
    return { kind: 'note', id: `${run.id}-${key}-waived`, note: { kind: 'gates-waived', node, by } };
  });
  return { run: done, effects };
}
