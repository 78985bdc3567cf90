import * as fc from 'fast-check';
import { isTimeZone, plusDays, startOf, type WallTime, wallTime, weekday } from '../../../src/policy/wall-clock.ts';

const ZONES = [
  'UTC',
  'Europe/Berlin',
  'America/New_York',
  'America/St_Johns',
  'Asia/Kolkata',
  'Asia/Seoul',
  'Australia/Lord_Howe',
  'Pacific/Chatham',
  'Pacific/Kiritimati',
  'America/Sao_Paulo',
  'Africa/Casablanca',
];

/** `2026-03-29 02:30` */
function at(text: string): WallTime {
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0] = text.split(/[- :]/).map(Number);
  return { year, month, day, minutes: hour * 60 + minute };
}

describe('the clocks of a time zone', () => {
  it.each([
    ['an ordinary time', '2026-11-24 22:00', 'Europe/Berlin', '2026-11-24T21:00:00Z'],
    ['a time in summer', '2026-07-01 22:00', 'Europe/Berlin', '2026-07-01T20:00:00Z'],
    ['a time that they skip is the moment of the jump', '2026-03-29 02:30', 'Europe/Berlin', '2026-03-29T01:00:00Z'],
    ['the first time after the jump', '2026-03-29 03:00', 'Europe/Berlin', '2026-03-29T01:00:00Z'],
    ['a time that comes twice is meant the first time', '2026-10-25 02:30', 'Europe/Berlin', '2026-10-25T00:30:00Z'],
    ['a time after the hour that came twice', '2026-10-25 03:00', 'Europe/Berlin', '2026-10-25T02:00:00Z'],
    ['a jump across the ocean', '2026-03-08 02:15', 'America/New_York', '2026-03-08T07:00:00Z'],
    ['a jump of half an hour', '2026-10-04 02:15', 'Australia/Lord_Howe', '2026-10-03T15:30:00Z'],
    ['a zone of quarter hours', '2026-11-24 00:00', 'Pacific/Chatham', '2026-11-23T10:15:00Z'],
    ['a zone without summer time', '2026-11-24 00:00', 'Asia/Seoul', '2026-11-23T15:00:00Z'],
    ['minutes beyond midnight', '2026-12-31 29:00', 'UTC', '2027-01-01T05:00:00Z'],
  ])('%s', (_what, text, zone, instant) => {
    expect(new Date(startOf(at(text), zone)).toISOString()).toBe(instant.replace('Z', '.000Z'));
  });

  it('show what they were asked for, at the first instant at which they show it or something later', () => {
    const instants = fc.integer({ min: Date.UTC(2020, 0), max: Date.UTC(2037, 0) });
    fc.assert(
      fc.property(fc.constantFrom(...ZONES), instants, (zone, instant) => {
        const shown = wallTime(instant, zone);
        const start = startOf(shown, zone);
        expect(wallTime(start, zone)).toEqual(shown);
        expect(start).toBeLessThanOrEqual(instant);
        expect(order(wallTime(start - 60_000, zone))).toBeLessThan(order(shown));
      }),
    );
  });

  it('count days as calendars do, across months, years and changes of the clocks', () => {
    expect(plusDays(at('2026-12-31 22:00'), 1)).toEqual(at('2027-01-01 22:00'));
    expect(plusDays(at('2028-03-01 00:00'), -1)).toEqual(at('2028-02-29 00:00'));
    expect(plusDays(at('2026-03-28 02:30'), 1)).toEqual(at('2026-03-29 02:30'));
    expect(weekday(at('2026-11-24 00:00'))).toBe(2);
  });

  it.each([
    ['Europe/Berlin', true],
    ['UTC', true],
    ['Europe/Berlinn', false],
    ['', false],
    ['CET-1', false],
  ])('know the zone %j: %s', (name, known) => {
    expect(isTimeZone(name)).toBe(known);
  });
});

function order({ year, month, day, minutes }: WallTime): number {
  return Date.UTC(year, month - 1, day, 0, minutes);
}
