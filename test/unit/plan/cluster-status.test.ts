import { clusterStatus } from '../../../src/plan/cluster-status.ts';
import { EXAMPLE_CALENDAR } from '../../support/calendar.ts';
import { cluster, controlPlane, worker } from './cluster-builder.ts';

const status = (...input: Parameters<typeof cluster>) => clusterStatus(cluster(...input), EXAMPLE_CALENDAR);

describe('the status of a cluster', () => {
  it('tells skew in sentences, and none where there is none', () => {
    const within = [controlPlane('cp-1', '1.36.4'), worker('w-1', '1.35.4')];
    expect(status(within).skew).toEqual([]);
    expect(status([...within, worker('w-2', '1.32.4')]).skew).toEqual([
      expect.stringMatching(/^kubelet on w-2 \(v1\.32\.4\) is 4 minors older/),
    ]);
  });

  it('counts nodes that are Ready and nodes that are cordoned', () => {
    const nodes = [
      controlPlane('cp-1', '1.36.4'),
      worker('w-1', '1.36.4', { ready: 'False', unschedulable: true }),
      worker('w-2', '1.36.4', { ready: 'Unknown' }),
    ];
    expect(status(nodes).nodes).toEqual({ total: 3, ready: 1, cordoned: 1 });
  });

  it('names the distribution, and which kubectl goes with it', () => {
    const nodes = [
      controlPlane('cp-1', '1.36.4+rke2r1'),
      worker('w-1', '1.36.4', { osImage: 'Talos (v1.12.1)' }),
      worker('w-2', '1.36.4'),
    ];
    expect(status(nodes)).toMatchObject({ distributions: ['RKE2', 'Talos Linux'], kubectl: '1.35 to 1.37' });
  });

  it.each([
    [
      'is supported',
      [controlPlane('cp-1', '1.36.2'), worker('w-1', '1.35.4')],
      {
        minor: '1.36',
        state: 'supported',
        day: '2027-06-28',
        daysLeft: 216,
        newestPatch: 'v1.36.4',
        newest: 'v1.37.2',
      },
    ],
    ['is supported no longer', [controlPlane('cp-1', '1.33.2')], { state: 'ended', day: '2026-06-28', daysLeft: -149 }],
    [
      'is newer than the calendar',
      [controlPlane('cp-1', '1.38.0')],
      { state: 'unknown', day: undefined, newestPatch: undefined },
    ],
    ['is told by the oldest kubelet', [worker('w-1', '1.36.2'), worker('w-2', '1.35.4')], { minor: '1.35' }],
  ])('says until when the cluster is supported: %s', (_what, nodes, support) => {
    expect(status(nodes).support).toMatchObject(support);
  });

  it('says nothing about support where no version is known, and how old the calendar is where it is stale', () => {
    expect(status([]).support).toBeUndefined();
    const nodes = [controlPlane('cp-1', '1.36.2')];
    expect(status(nodes).support?.known).toEqual({
      asOf: '2026-11-23',
      source: 'the example calendar',
      staleDays: undefined,
    });
    expect(status(nodes, { takenAt: Date.UTC(2027, 2, 1) }).support?.known.staleDays).toBe(98);
  });
});
