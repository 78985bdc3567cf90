import { answered, type Evictions, NO_EVICTIONS, observe, takeForced } from '../../../src/drain/evictions.ts';
import { budget } from '../plan/cluster-builder.ts';
import { A, answeredAll, B, DENIED, REFUSED, take } from './drained.ts';

describe('a pod that somebody has deleted past its budget', () => {
  const closed = budget('web', { disruptionsAllowed: 0 });
  const open = budget('web', { disruptionsAllowed: 1 });
  const named = (uid: string) => {
    const known = [A, B].find(each => each.uid === uid);
    return { uid, pod: `${known?.namespace}/${known?.name}` };
  };
  const remove = (state: Evictions, ...uids: string[]) =>
    takeForced(state, uids.map(named), 0).remove.map(({ name }) => name);

  it('is one that was refused, and not tried at this moment', () => {
    const refused = answeredAll([A, B], [closed], REFUSED);
    expect(remove(refused, A.uid)).toEqual(['a']);
    expect(remove(observe(NO_EVICTIONS, [A]), A.uid)).toEqual([]);
    const retried = take(refused, [open]);
    expect(remove(retried.state, ...retried.names.map(name => `uid-${name}`))).toEqual([]);
  });

  it('is deleted once, not evicted meanwhile, and going after that', () => {
    const { state } = takeForced(answeredAll([A], [closed], REFUSED), [named(A.uid)], 0);
    expect(remove(state, A.uid)).toEqual([]);
    expect(take(state, [open]).names).toEqual([]);
    const gone = answered(state, A.uid, { kind: 'evicted' }, 5);
    expect(remove(gone, A.uid)).toEqual([]);
    expect(take(gone, [open]).names).toEqual([]);
  });

  it('may be one that waits for the deletion of its namespace to reach it', () => {
    const waits = answeredAll([A], [], { kind: 'namespace-terminating', detail: 'being terminated' });
    const ordered = [{ pod: 'default/a', uid: A.uid }];
    const forced = takeForced(waits, ordered, 0);
    expect(forced.remove.map(({ name }) => name)).toEqual(['a']);
    expect(takeForced(forced.state, ordered, 0).remove).toEqual([]);
    expect(takeForced(answered(forced.state, A.uid, { kind: 'evicted' }, 0), ordered, 0).remove).toEqual([]);
    const denied = answered(forced.state, A.uid, DENIED, 0);
    expect(takeForced(denied, ordered, 4_999).remove).toEqual([]);
    expect(takeForced(denied, ordered, 5_000).remove).toHaveLength(1);
  });

  it('is none of another name than the one that was typed', () => {
    const refused = answeredAll([A], [closed], REFUSED);
    expect(takeForced(refused, [{ uid: A.uid, pod: `${B.namespace}/${B.name}` }], 0).remove).toEqual([]);
  });

  it('is none that is leaving, or that is not there', () => {
    const leaving = observe(answeredAll([A], [closed], REFUSED), [{ ...A, deletingSince: 1 }]);
    expect(remove(leaving, A.uid, 'another')).toEqual([]);
  });
});
