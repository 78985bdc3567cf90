import { BUNDLED_CALENDAR, newestMinor, newestPatch, supportOf } from '../../../src/version/calendar.ts';
import { formatVersion, parseMinor } from '../../../src/version/kubernetes-version.ts';
import { version } from '../plan/cluster-builder.ts';

function minor(text: string) {
  const parsed = parseMinor(text);
  if (!parsed) throw new Error(`"${text}" is no minor`);
  return parsed;
}

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

  it('believes the cluster about a patch that is newer than the calendar', () => {
    const newest = newestPatch(BUNDLED_CALENDAR, minor('1.36'), [version('1.36.99'), version('1.35.99')]);
    expect(newest && formatVersion(newest)).toBe('v1.36.99');
    expect(newestPatch(BUNDLED_CALENDAR, minor('1.38'))).toBeUndefined();
  });
});
