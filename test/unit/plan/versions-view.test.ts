import { versionsView } from '../../../src/plan/versions-view.ts';
import { withStable } from '../../../src/version/calendar.ts';
import { EXAMPLE_CALENDAR } from '../../support/calendar.ts';
import { versionOf } from '../../support/version.ts';
import { cluster, controlPlane, worker } from './cluster-builder.ts';

const view = (...input: Parameters<typeof cluster>) => versionsView(cluster(...input), EXAMPLE_CALENDAR);

describe('the versions that a cluster could go to', () => {
  it('are what each word means now, and every minor from its own on, newest first', () => {
    const seen = view([controlPlane('cp-1', '1.34.2'), worker('w-1', '1.34.2')]);
    expect(seen.present).toBe('v1.34.2');
    expect(seen.targets).toEqual([
      { word: 'patch', version: 'v1.34.9' },
      { word: 'next', version: 'v1.35.9' },
      { word: 'latest', version: 'v1.37.2' },
    ]);
    expect(seen.minors.map(({ minor, state }) => [minor, state])).toEqual([
      ['1.37', 'supported'],
      ['1.36', 'supported'],
      ['1.35', 'supported'],
      ['1.34', 'ended'],
    ]);
    expect(seen.presentMinor).toBe('1.34');
    expect(seen.minors[0]).toMatchObject({ newestPatch: 'v1.37.2', released: '2026-08-26', endOfLife: '2027-10-28' });
    expect(seen.planned).toEqual({ minor: '1.38', day: '2026-12-16' });
  });

  it('are none where it already runs the newest, and the supported minors are shown nevertheless', () => {
    const seen = view([controlPlane('cp-1', '1.37.2')]);
    expect(seen.targets).toEqual([]);
    expect(seen.minors.map(({ minor }) => minor)).toEqual(['1.37', '1.36', '1.35']);
  });

  it('do not speak of a release as planned that is out', () => {
    const calendar = withStable(EXAMPLE_CALENDAR, [versionOf('1.38.0')]);
    expect(versionsView(cluster([controlPlane('cp-1', '1.37.2')]), calendar)).toMatchObject({
      planned: undefined,
      targets: [{ word: 'next', version: 'v1.38.0' }, { word: 'latest' }],
    });
  });

  it('are shown even where nothing can be said about the cluster', () => {
    expect(view([])).toMatchObject({ present: undefined, targets: [], minors: { length: 3 } });
  });
});
