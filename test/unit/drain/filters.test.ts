import * as fc from 'fast-check';
import type { PodView } from '../../../src/cluster/snapshot.ts';
import { type FilterOptions, filterPods, nextSkip, type Verdict } from '../../../src/drain/filters.ts';
import { NOW, pod } from '../plan/cluster-builder.ts';

const OPTIONS: FilterOptions = {
  daemonSets: new Set(['default/agent']),
  force: false,
  deleteEmptyDir: false,
  podSelector: undefined,
  skipDeletedAfterMs: 3_600_000,
  now: NOW,
};
const AGENT = { kind: 'DaemonSet', name: 'agent', uid: 'uid-agent' };
const ORPHAN = { kind: 'DaemonSet', name: 'removed', uid: 'uid-removed' };
const JOB = { kind: 'Job', name: 'upgrade', uid: 'uid-job' };
const OURS = { 'app.kubernetes.io/managed-by': 'capstan' };
const HOUR = 3_600_000;
const WEB = { matchLabels: { app: 'web' }, matchExpressions: [] };

function verdictOf(more: Partial<PodView>, options: Partial<FilterOptions> = {}): Verdict | undefined {
  return filterPods([pod('p', 'w-1', more)], { ...OPTIONS, ...options })[0]?.verdict;
}

function skip(why: string) {
  return { kind: 'skip', why: expect.stringContaining(why) };
}

function refuse(why: string) {
  return { kind: 'refuse', why: expect.stringContaining(why) };
}

function evict(...warnings: string[]) {
  return { kind: 'evict', warnings: warnings.map(text => expect.stringContaining(text)) };
}

describe('a drain', () => {
  it.each<[string, Partial<PodView>, Partial<FilterOptions>, unknown]>([
    ['evicts a pod that its controller replaces', {}, {}, evict()],
    ['leaves the pods of a DaemonSet', { controller: AGENT }, {}, skip('DaemonSet keeps it')],
    ['leaves them even by force', { controller: AGENT }, { force: true }, skip('DaemonSet keeps it')],
    ['leaves them whatever their emptyDir', { controller: AGENT, emptyDir: true }, {}, skip('DaemonSet')],
    ['evicts finished ones of a DaemonSet', { controller: AGENT, phase: 'Failed' }, {}, evict()],
    [
      'evicts those of what others call a DaemonSet',
      { controller: { ...AGENT, kind: 'DaemonSet.apps.kruise.io' } },
      {},
      evict(),
    ],
    ['refuses pods whose DaemonSet is gone', { controller: ORPHAN }, {}, refuse('default/removed is gone')],
    [
      'evicts those by force, with a warning',
      { controller: ORPHAN },
      { force: true },
      evict('default/removed is gone'),
    ],
    ['takes a DaemonSet of another namespace for gone', { controller: AGENT, namespace: 'x' }, {}, refuse('x/agent')],
    ['leaves pods that the selector does not match', { labels: { app: 'db' } }, { podSelector: WEB }, skip('policy')],
    ['evicts pods that the selector matches', { labels: { app: 'web' } }, { podSelector: WEB }, evict()],
    [
      'waits for as long as it is told for one that was deleted',
      { deletingSince: NOW - HOUR },
      { skipDeletedAfterMs: 60_000 },
      skip('too long ago'),
    ],
    ['leaves mirrors of static pods', { mirror: true, controller: undefined }, {}, skip('static pod')],
    ['refuses pods with an emptyDir', { emptyDir: true }, {}, refuse('emptyDir')],
    ['evicts those where that is allowed', { emptyDir: true }, { deleteEmptyDir: true }, evict('emptyDir')],
    ['evicts finished ones with an emptyDir', { emptyDir: true, phase: 'Succeeded' }, {}, evict()],
    ['refuses pods without a controller', { controller: undefined }, {}, refuse('no controller')],
    ['evicts those by force, with a warning', { controller: undefined }, { force: true }, evict('no controller')],
    ['evicts finished ones without a controller', { controller: undefined, phase: 'Failed' }, {}, evict()],
    ['does not let force stand for emptyDir', { emptyDir: true }, { force: true }, refuse('emptyDir')],
    [
      'keeps every warning',
      { controller: ORPHAN, emptyDir: true },
      { force: true, deleteEmptyDir: true },
      evict('default/removed is gone', 'emptyDir'),
    ],
    [
      'names the first reason to refuse, in the order of kubectl',
      { controller: undefined, emptyDir: true },
      {},
      refuse('emptyDir'),
    ],
    ['waits for a pod that is being deleted', { deletingSince: NOW }, {}, evict()],
    [
      'waits for one whose loss others have decided',
      { deletingSince: NOW - HOUR, controller: undefined, emptyDir: true },
      {},
      evict(),
    ],
    ['leaves one that should long have gone', { deletingSince: NOW - HOUR - 1 }, {}, skip('deleted too long ago')],
    [
      'leaves the pods of a running upgrade Job',
      { controller: JOB, labels: OURS, emptyDir: true },
      {},
      skip('upgrade'),
    ],
    ['leaves their end to be read', { controller: JOB, labels: OURS, phase: 'Succeeded' }, {}, skip('upgrade')],
    ['evicts other pods of Capstan', { labels: OURS }, {}, evict()],
    ['evicts pods of other Jobs', { controller: JOB }, {}, evict()],
  ])('%s', (_what, more, options, expected) => {
    expect(verdictOf(more, options)).toEqual(expected);
  });

  it('judges every pod once, in order, each by itself', () => {
    const some = fc.record({
      controller: fc.constantFrom(undefined, AGENT, ORPHAN, JOB),
      mirror: fc.boolean(),
      emptyDir: fc.boolean(),
      phase: fc.constantFrom('Running', 'Pending', 'Succeeded', 'Failed', 'Unknown'),
    } as const);
    fc.assert(
      fc.property(fc.array(some), seeds => {
        const pods = seeds.map((seed, place) => pod(`p-${place}`, 'w-1', seed));
        const alone = pods.flatMap(each => filterPods([each], OPTIONS));
        expect(filterPods(pods, OPTIONS)).toEqual(alone);
        expect(alone.map(judged => judged.pod)).toEqual(pods);
      }),
    );
  });
});

describe('a pod that was deleted', () => {
  it('is waited for until a moment that can be told beforehand', () => {
    const stuck = pod('stuck', 'w-1', { deletingSince: NOW - HOUR + 5_000 });
    const times = { now: NOW, skipDeletedAfterMs: HOUR };
    const at = nextSkip([pod('p', 'w-1'), stuck], times);
    expect(at).toBe(NOW + 5_001);
    expect(filterPods([stuck], { ...OPTIONS, now: NOW + 5_000 })).toMatchObject([{ verdict: evict() }]);
    expect(filterPods([stuck], { ...OPTIONS, now: NOW + 5_001 })).toMatchObject([{ verdict: skip('too long ago') }]);
    expect(nextSkip([stuck], { ...times, now: NOW + 5_001 })).toBeUndefined();
  });
});
