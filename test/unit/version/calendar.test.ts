import * as fc from 'fast-check';
import { BUNDLED_CALENDAR } from '../../../src/version/bundled-calendar.ts';
import {
  daysAhead,
  newestMinor,
  newestPatch,
  staleDays,
  supportOf,
  withStable,
} from '../../../src/version/calendar.ts';
import { compareVersions, formatVersion, minorsBetween } from '../../../src/version/kubernetes-version.ts';
import { minorOf as minor, versionOf as version } from '../../support/version.ts';

describe('the bundled calendar', () => {
  it('lists every minor once, oldest first, without a gap', () => {
    const minors = BUNDLED_CALENDAR.minors.map(entry => entry.minor.minor);
    expect(minors).toEqual(minors.map((_, place) => (minors[0] ?? 0) + place));
    expect(newestMinor(BUNDLED_CALENDAR).minor).toEqual({ major: 1, minor: 37 });
  });

  it('ends the support of a minor after its release and after its predecessors', () => {
    for (const { released, endOfLife } of BUNDLED_CALENDAR.minors)
      if (released && endOfLife) expect(released < endOfLife).toBe(true);
    const ends = BUNDLED_CALENDAR.minors.map(({ endOfLife }) => endOfLife ?? '');
    expect(ends).toEqual([...ends].sort());
  });

  it.each([
    ['1.37', 'supported'],
    ['1.36', 'supported'],
    ['1.35', 'supported'],
    ['1.34', 'ended'],
    ['1.24', 'ended'],
    ['1.12', 'ended'],
    ['1.38', 'unknown'],
  ])('%s is %s', (text, kind) => {
    expect(supportOf(BUNDLED_CALENDAR, minor(text), '2026-11-24').kind).toBe(kind);
  });

  it('counts a minor as supported to the end of its last day', () => {
    expect(supportOf(BUNDLED_CALENDAR, minor('1.35'), '2027-02-28').kind).toBe('supported');
    expect(supportOf(BUNDLED_CALENDAR, minor('1.35'), '2027-03-01')).toEqual({ kind: 'ended', on: '2027-02-28' });
  });

  it('goes by the newest three minors where no end of life is stated', () => {
    const undated = {
      ...BUNDLED_CALENDAR,
      minors: BUNDLED_CALENDAR.minors.map(entry => ({ ...entry, endOfLife: undefined })),
    };
    expect(supportOf(undated, minor('1.35'), '2030-01-01')).toEqual({ kind: 'supported', until: undefined });
    expect(supportOf(undated, minor('1.34'), '2026-01-01')).toEqual({ kind: 'ended', on: undefined });
  });

  it('says where it comes from, and is dated no later than it was looked up', () => {
    expect(BUNDLED_CALENDAR.source).not.toBe('');
    expect(BUNDLED_CALENDAR.asOf <= '2026-11-24').toBe(true);
  });

  it.each([
    ['2026-10-28', undefined],
    ['2026-12-12', undefined],
    ['2026-12-13', 46],
    ['2027-10-28', 365],
  ])('on %s is stale by so many days: %s', (today, days) => {
    expect(staleDays(BUNDLED_CALENDAR, today)).toBe(days);
  });

  it.each([
    ['2026-10-28', undefined],
    ['2026-10-27', undefined],
    ['2026-10-26', 2],
    ['2025-10-28', 365],
  ])('on %s lies so many days ahead, which no calendar does: %s', (today, days) => {
    expect(daysAhead(BUNDLED_CALENDAR, today)).toBe(days);
    expect(staleDays(BUNDLED_CALENDAR, today)).toBeUndefined();
  });

  it('believes the cluster about a patch that is newer than the calendar', () => {
    const newest = newestPatch(BUNDLED_CALENDAR, minor('1.36'), [version('1.36.99'), version('1.35.99')]);
    expect(newest && formatVersion(newest)).toBe('v1.36.99');
    expect(newestPatch(BUNDLED_CALENDAR, minor('1.38'))).toBeUndefined();
  });
});

describe('a calendar that learns of stable versions', () => {
  const newest = (calendar: typeof BUNDLED_CALENDAR, text: string) => {
    const found = newestPatch(calendar, minor(text));
    return found && formatVersion(found);
  };

  it('raises patches, adds the next minor without inventing its dates, and forgets what was planned for it', () => {
    const learned = withStable(BUNDLED_CALENDAR, [version('1.36.9'), version('1.38.1')]);
    expect(newest(learned, '1.36')).toBe('v1.36.9');
    expect(newestMinor(learned)).toEqual({
      minor: minor('1.38'),
      newestPatch: 1,
      released: undefined,
      endOfLife: undefined,
    });
    expect(learned.planned).toBeUndefined();
    expect(supportOf(learned, minor('1.38'), '2026-12-20')).toEqual({ kind: 'supported', until: undefined });
  });

  it.each([
    ['an older patch', '1.36.1'],
    ['a pre-release', '1.38.0-rc.1'],
    ['a minor beyond a gap', '1.45.0'],
  ])('is not moved by %s', (_what, text) => {
    expect(withStable(BUNDLED_CALENDAR, [version(text)])).toEqual(BUNDLED_CALENDAR);
  });

  it('never forgets a version, and stays sorted and without a gap', () => {
    const stable = fc.record({ major: fc.constant(1), minor: fc.integer({ min: 5, max: 45 }), patch: fc.nat(30) });
    fc.assert(
      fc.property(fc.array(stable), versions => {
        const learned = withStable(BUNDLED_CALENDAR, versions);
        for (const entry of BUNDLED_CALENDAR.minors) {
          const now = newestPatch(learned, entry.minor);
          expect(now && compareVersions(now, { ...entry.minor, patch: entry.newestPatch })).toBeGreaterThanOrEqual(0);
        }
        for (const [place, { minor: each }] of learned.minors.entries()) {
          const before = learned.minors[place - 1];
          if (before) expect(minorsBetween(each, before.minor)).toBe(1);
        }
      }),
    );
  });
});
