import type { NodeView } from '../../../src/cluster/snapshot.ts';
import { unavailableWorkers, whyNotNext } from '../../../src/plan/availability.ts';
import type { Limits } from '../../../src/policy/policy.ts';
import { cluster, controlPlane, exampleClaim, NOW, planned, worker } from './cluster-builder.ts';

const V = '1.35.4';
const DOWN = { ready: 'False' } as const;
const CORDONED = { unschedulable: true };
const NEW = { createdAt: NOW + 1 };
const CLAIM = exampleClaim({ work: 'h0-2-w-2' });

interface Case {
  readonly before?: readonly NodeView[];
  readonly now: readonly NodeView[];
  readonly max?: Limits['maxUnavailable'];
  readonly skipped?: string;
  readonly worked?: string;
  readonly next?: string;
  readonly phase?: 'config' | 'kubelet';
}

function why({ before = [], now, max = 1, skipped, worked, next = 'w-1', phase = 'kubelet' }: Case) {
  const withOthers = (nodes: readonly NodeView[]) => {
    const all = [
      controlPlane('cp-1', V),
      controlPlane('cp-2', V),
      ...['w-1', 'w-2', 'w-3', 'w-4'].map(name => worker(name, V)),
    ];
    return [
      ...all.map(node => nodes.find(({ name }) => name === node.name) ?? node),
      ...nodes.filter(({ name }) => !all.some(each => each.name === name)),
    ];
  };
  return whyNotNext({
    run: 'r1',
    plan: planned(cluster(withOthers(before))),
    nodes: withOthers(now),
    next,
    phase,
    worked: new Set(worked === undefined ? [] : [worked]),
    skipped: new Set(skipped === undefined ? [] : [skipped]),
    limits: { maxUnavailable: max },
  });
}

describe('the next worker is begun with', () => {
  it.each<[string, Case]>([
    ['every other node is well', { now: [] }],
    [
      'the others were away when people approved',
      {
        before: [worker('w-2', V, DOWN), worker('w-3', V, CORDONED)],
        now: [worker('w-2', V, DOWN), worker('w-3', V, CORDONED)],
      },
    ],
    [
      'one that was away is away for another reason',
      { before: [worker('w-2', V, DOWN)], now: [worker('w-2', V, CORDONED)] },
    ],
    ['it is the one that is not well itself', { now: [worker('w-1', V, DOWN)] }],
    ['somebody had the other one left behind', { now: [worker('w-2', V, DOWN)], skipped: 'w-2' }],
    ['this run has claimed it before', { now: [worker('w-1', V, { claim: CLAIM }), worker('w-2', V, DOWN)] }],
    ['the other is cordoned by this very run', { now: [worker('w-2', V, { ...CORDONED, claim: CLAIM })] }],
    ['the other has come since, and is not up yet', { now: [worker('w-9', V, { ...DOWN, ...NEW })] }],
    ['the policy leaves room for it', { now: [worker('w-2', V, DOWN)], max: 2 }],
    ['a share of all workers leaves room for it', { now: [worker('w-2', V, DOWN)], max: '50%' }],
    ['a control-plane node is not Ready, which is not a worker', { now: [controlPlane('cp-1', V, DOWN)] }],
    ['its kubelet skips this version, so that nothing is drained', { now: [worker('w-2', V, DOWN)], phase: 'config' }],
  ])('where %s', (_what, given) => {
    expect(why(given)).toBeUndefined();
  });

  it.each<[string, Case, string]>([
    ['is not Ready', { now: [worker('w-2', V, DOWN)] }, 'while w-2 is not Ready:'],
    ['has stopped reporting', { now: [worker('w-2', V, { ready: 'Unknown' })] }, 'while w-2 has stopped reporting:'],
    ['was cordoned', { now: [worker('w-3', V, CORDONED)] }, 'while w-3 is cordoned:'],
    [
      'took the place of one that was away',
      { before: [worker('w-2', V, DOWN)], now: [worker('w-2', V, { ...DOWN, uid: 'other' })] },
      'while w-2 is not Ready:',
    ],
    [
      'is claimed by another run',
      { now: [worker('w-2', V, { ...CORDONED, claim: { ...CLAIM, run: 'r0' } })] },
      'while w-2 is cordoned:',
    ],
    ['joined this run', { now: [worker('w-9', V, { ...DOWN, ...NEW })], worked: 'w-9' }, 'while w-9 is not Ready:'],
    [
      'is one more than the policy allows',
      { now: [worker('w-2', V, DOWN), worker('w-3', V, CORDONED)], max: 2 },
      'while w-2 is not Ready and w-3 is cordoned:',
    ],
    [
      'is more than a share allows, of which one is always allowed',
      { now: [worker('w-2', V, DOWN)], max: '10%' },
      'allows 1 to be unavailable at once',
    ],
  ])('not where another worker %s since', (_what, given, words) => {
    expect(why(given)).toContain(words);
  });

  it('says the limit, where it stands, and what to do', () => {
    expect(why({ now: [worker('w-2', V, DOWN)] })).toBe(
      'No further node is taken while w-2 is not Ready: of the workers that were available when this was planned, the policy ' +
        'allows 1 to be unavailable at once, the one that is upgraded included (limits.maxUnavailable). Bring what is away ' +
        'back, or remove it; or abort and plan again, and what is away then is not waited for.',
    );
  });

  it('names five of those that are away', () => {
    const now = ['w-2', 'w-3', 'w-4', 'x-5', 'x-6', 'x-7', 'x-8'].map(name => worker(name, V, CORDONED));
    expect(why({ now })).toContain('x-5 is cordoned, x-6 is cordoned and 2 more are away: of');
  });
});

describe('the next control-plane node', () => {
  it('waits while another is not Ready, whatever the limit is', () => {
    const now = [controlPlane('cp-1', V, DOWN)];
    expect(why({ now, next: 'cp-2', max: 5, skipped: 'cp-1' })).toContain(
      'No further control-plane node is taken while cp-1 is not Ready, for the sake of etcd',
    );
  });

  it('waits neither for workers nor for one that is only cordoned', () => {
    expect(why({ now: [controlPlane('cp-1', V, CORDONED), worker('w-2', V, DOWN)], next: 'cp-2' })).toBeUndefined();
  });
});

test('a plan names the workers of the whole cluster that took no pods when it was made', () => {
  const nodes = [
    controlPlane('cp-1', V, CORDONED),
    worker('w-3', V, DOWN),
    worker('w-1', V),
    worker('w-2', V, CORDONED),
  ];
  const unavailable = [
    { node: 'w-2', uid: 'uid-w-2' },
    { node: 'w-3', uid: 'uid-w-3' },
  ];
  expect(unavailableWorkers(nodes)).toEqual(unavailable);
  expect(planned(cluster(nodes), 'next', undefined, { asks: { nodes: ['cp-1', 'w-1'] } }).unavailable).toEqual(
    unavailable,
  );
});
