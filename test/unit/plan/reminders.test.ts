import * as fc from 'fast-check';
import { dueReminders, type Reminder } from '../../../src/plan/reminders.ts';
import { isoDay, withStable } from '../../../src/version/calendar.ts';
import { EXAMPLE_CALENDAR } from '../../support/calendar.ts';
import { versionOf } from '../../support/version.ts';

const DAY = 24 * 60 * 60 * 1000;

function due(present: string, today: string, said: readonly string[] = [], calendar = EXAMPLE_CALENDAR): Reminder[] {
  return dueReminders({ present: versionOf(present), calendar, today, said: new Set(said) });
}

describe('a reminder', () => {
  it.each([
    ['2026-12-29', undefined],
    ['2026-12-30', ['support-ends 1.35 60', 60]],
    ['2027-01-28', ['support-ends 1.35 60', 31]],
    ['2027-01-29', ['support-ends 1.35 30', 30]],
    ['2027-02-14', ['support-ends 1.35 14', 14]],
    ['2027-02-21', ['support-ends 1.35 7', 7]],
    ['2027-02-28', ['support-ends 1.35 7', 0]],
  ])('on %s tells that a minor leaves support: %j', (today, expected) => {
    const [reminder] = due('1.35.9', today);
    expect(reminder?.kind === 'support-ends' ? [reminder.key, reminder.daysLeft] : undefined).toEqual(expected);
  });

  it('tells once that support has ended, with the day', () => {
    expect(due('1.35.9', '2027-03-01')).toEqual([
      { kind: 'support-ended', key: 'support-ended 1.35', minor: '1.35', day: '2027-02-28' },
    ]);
    expect(due('1.35.9', '2028-03-01', ['support-ended 1.35'])).toEqual([]);
  });

  it('tells of the newest patch, once for each', () => {
    const first = due('1.36.2', '2026-11-24');
    expect(first).toEqual([{ kind: 'new-patch', key: 'new-patch v1.36.4', from: 'v1.36.2', to: 'v1.36.4' }]);
    const said = first.map(({ key }) => key);
    expect(due('1.36.2', '2026-11-25', said)).toEqual([]);
    const later = withStable(EXAMPLE_CALENDAR, [versionOf('1.36.5')]);
    expect(due('1.36.2', '2026-12-10', said, later).map(({ key }) => key)).toEqual(['new-patch v1.36.5']);
  });

  it.each([
    ['runs the newest patch', '1.36.4'],
    ['runs a patch that the calendar does not know yet', '1.36.9'],
    ['runs a minor that it does not know yet', '1.38.0'],
  ])('says nothing where the cluster %s', (_what, present) => {
    expect(due(present, '2026-11-24')).toEqual([]);
  });

  it('tells of the release to whoever tries a pre-release', () => {
    expect(due('1.37.0-rc.1', '2026-11-24').map(({ key }) => key)).toEqual(['new-patch v1.37.2']);
  });

  it('is never said twice, on whichever days somebody looks', () => {
    const days = fc.uniqueArray(fc.integer({ min: 0, max: 500 }), { minLength: 1, maxLength: 60 });
    fc.assert(
      fc.property(days, fc.constantFrom('1.34.2', '1.35.2', '1.36.2', '1.37.2'), (offsets, present) => {
        const said: string[] = [];
        for (const offset of offsets.toSorted((a, b) => a - b)) {
          const today = isoDay(Date.UTC(2026, 10, 24) + offset * DAY);
          said.push(...due(present, today, said).map(({ key }) => key));
        }
        expect(new Set(said).size).toBe(said.length);
        // four notices, the end, and one patch
        expect(said.length).toBeLessThanOrEqual(6);
      }),
    );
  });
});
