import * as fc from 'fast-check';
import { freezeAt, gateAt } from '../../../src/policy/gate.ts';
import type { Freeze, MaintenanceWindow } from '../../../src/policy/policy.ts';

const HOUR = 3_600_000;
const MINUTE = 60_000;
const EVERY_DAY = [0, 1, 2, 3, 4, 5, 6];

/** `22:00-05:00`, in Berlin on every day unless it is said otherwise. */
function window(hours: string, days: readonly number[] = EVERY_DAY, timeZone = 'Europe/Berlin'): MaintenanceWindow {
  const [from = 0, to = 0] = hours.split('-').map(text => {
    const [hour = 0, minute = 0] = text.split(':').map(Number);
    return hour * 60 + minute;
  });
  return { days, from, to, timeZone };
}

const instant = (text: string) => Date.parse(text);
const freeze = (from: string, until: string, reason = 'a sale'): Freeze => {
  return { from: instant(from), until: instant(until), reason, timeZone: 'UTC' };
};

/** What the gate says, with its instant as text. */
function say(windows: readonly MaintenanceWindow[], freezes: readonly Freeze[], now: string): string {
  const gate = gateAt({ windows, freezes }, instant(now));
  const time = gate.kind === 'open' ? gate.closes : gate.opens;
  return `${gate.kind} ${time === undefined ? 'for ever' : new Date(time).toISOString().slice(0, 16)}`;
}

const MON_TO_THU = [1, 2, 3, 4];
const SUNDAY = [0];

describe('a maintenance window', () => {
  it.each([
    // Tuesday the 24th of November 2026: Berlin is an hour ahead of UTC
    ['before it opens', '22:00-05:00', MON_TO_THU, '2026-11-24T20:59Z', 'outside-window 2026-11-24T21:00'],
    ['when it opens', '22:00-05:00', MON_TO_THU, '2026-11-24T21:00Z', 'open 2026-11-25T04:00'],
    ['after midnight', '22:00-05:00', MON_TO_THU, '2026-11-25T03:59Z', 'open 2026-11-25T04:00'],
    ['when it closes', '22:00-05:00', MON_TO_THU, '2026-11-25T04:00Z', 'outside-window 2026-11-25T21:00'],
    ['after midnight of its last day', '22:00-05:00', MON_TO_THU, '2026-11-27T03:00Z', 'open 2026-11-27T04:00'],
    [
      'on a day on which it does not open',
      '22:00-05:00',
      MON_TO_THU,
      '2026-11-27T21:30Z',
      'outside-window 2026-11-30T21:00',
    ],
    ['within the day', '09:00-17:00', MON_TO_THU, '2026-11-24T10:00Z', 'open 2026-11-24T16:00'],
    ['of a whole day', '00:00-24:00', SUNDAY, '2026-11-29T12:00Z', 'open 2026-11-29T23:00'],
    ['that has just closed for a week', '00:00-24:00', SUNDAY, '2026-11-29T23:00Z', 'outside-window 2026-12-05T23:00'],
    ['of every whole day', '00:00-24:00', EVERY_DAY, '2026-11-29T12:00Z', 'open for ever'],
  ])('%s', (_what, hours, days, now, said) => {
    expect(say([window(hours, days)], [], now)).toBe(said);
  });

  it.each([
    // Spring: at 02:00 the clocks of Berlin jump to 03:00, on the 29th of March 2026, at 01:00 UTC.
    ['is an hour shorter in the night of the jump', '22:00-05:00', '2026-03-28T22:00Z', 'open 2026-03-29T03:00'],
    [
      'that begins in the hour that is skipped begins with the jump',
      '02:30-04:00',
      '2026-03-29T01:00Z',
      'open 2026-03-29T02:00',
    ],
    [
      'that ends in the hour that is skipped ends with the jump',
      '22:00-02:30',
      '2026-03-29T00:59Z',
      'open 2026-03-29T01:00',
    ],
    [
      'that lies in the hour that is skipped does not open',
      '02:10-02:50',
      '2026-03-29T00:30Z',
      'outside-window 2026-03-30T00:10',
    ],
    // Autumn: at 03:00 they are put back to 02:00, on the 25th of October 2026, at 01:00 UTC.
    ['is an hour longer in the night of the second 02:00', '22:00-05:00', '2026-10-24T21:00Z', 'open 2026-10-25T04:00'],
    [
      'that lies in the hour that comes twice opens the first time',
      '02:10-02:50',
      '2026-10-25T00:10Z',
      'open 2026-10-25T00:50',
    ],
    ['and not the second time', '02:10-02:50', '2026-10-25T01:10Z', 'outside-window 2026-10-26T01:10'],
  ])('%s', (_what, hours, now, said) => {
    expect(say([window(hours)], [], now)).toBe(said);
  });

  it('goes by the days of its own zone', () => {
    const kiritimati = window('08:00-10:00', SUNDAY, 'Pacific/Kiritimati');
    expect(say([kiritimati], [], '2026-11-28T18:30Z')).toBe('open 2026-11-28T20:00');
  });

  it.each([
    ['overlap', ['22:00-02:00', '01:00-05:00'], 'open 2026-11-25T04:00'],
    ['touch', ['22:00-02:00', '02:00-05:00'], 'open 2026-11-25T04:00'],
    ['lie apart', ['22:00-02:00', '03:00-05:00'], 'open 2026-11-25T01:00'],
  ])('closes with the last of those that %s', (_what, hours, said) => {
    expect(
      say(
        hours.map(each => window(each)),
        [],
        '2026-11-24T22:00Z',
      ),
    ).toBe(said);
  });

  it('is no limit where there is none', () => {
    expect(say([], [], '2026-11-24T22:00Z')).toBe('open for ever');
  });
});

describe('a freeze', () => {
  const SALE = freeze('2026-11-24T00:00Z', '2026-11-26T00:00Z');

  it.each([
    ['closes what a window opens', '2026-11-24T22:00Z', 'frozen 2026-11-26T00:00'],
    ['does not hold before it begins, and is the end of the window', '2026-11-23T23:30Z', 'open 2026-11-24T00:00'],
    ['holds until its last moment', '2026-11-25T23:59Z', 'frozen 2026-11-26T00:00'],
    ['does not hold at its end', '2026-11-26T00:00Z', 'open 2026-11-26T04:00'],
  ])('%s', (_what, now, said) => {
    expect(say([window('22:00-05:00')], [SALE], now)).toBe(said);
  });

  it('gives way to the first window after it', () => {
    expect(say([window('22:00-05:00')], [freeze('2026-11-24T00:00Z', '2026-11-26T12:00Z')], '2026-11-25T00:00Z')).toBe(
      'frozen 2026-11-26T21:00',
    );
  });

  it('gives way to another one', () => {
    const holidays = freeze('2026-11-26T00:00Z', '2027-01-07T00:00Z', 'holidays');
    expect(say([], [SALE, holidays], '2026-11-25T00:00Z')).toBe('frozen 2027-01-07T00:00');
    expect(freezeAt([SALE, holidays], instant('2026-11-27T00:00Z'))?.reason).toBe('holidays');
  });
});

const zone = fc.constantFrom('UTC', 'Europe/Berlin', 'America/New_York', 'Australia/Lord_Howe', 'Asia/Seoul');
const anyWindow: fc.Arbitrary<MaintenanceWindow> = fc
  .record({
    days: fc.subarray(EVERY_DAY, { minLength: 1 }),
    from: fc.integer({ min: 0, max: 47 }).map(half => half * 30),
    to: fc.integer({ min: 1, max: 48 }).map(half => half * 30),
    timeZone: zone,
  })
  .filter(({ from, to }) => from !== to);
const START = Date.UTC(2026, 2, 20);
/** Weeks around the changes of the clocks, in both halves of the earth. */
const anyInstant = fc
  .tuple(fc.constantFrom(START, Date.UTC(2026, 9, 1), Date.UTC(2026, 10, 1)), fc.integer({ min: 0, max: 20 * 48 }))
  .map(([start, halves]) => start + halves * 30 * MINUTE);
const anyFreeze: fc.Arbitrary<Freeze> = fc
  .tuple(anyInstant, fc.integer({ min: 1, max: 200 }))
  .map(([from, halves]) => ({ from, until: from + halves * 30 * MINUTE, reason: 'x', timeZone: 'UTC' }));
const schedule = fc.record({
  windows: fc.array(anyWindow, { maxLength: 3 }),
  freezes: fc.array(anyFreeze, { maxLength: 3 }),
});

describe('any schedule', () => {
  it('opens at the first moment that it promises, and at none before', () => {
    fc.assert(
      fc.property(schedule, anyInstant, (rules, now) => {
        const gate = gateAt(rules, now);
        if (gate.kind === 'open' || gate.opens === undefined) return;
        expect(gateAt(rules, gate.opens).kind).toBe('open');
        for (let at = now; at < gate.opens; at += HOUR / 2) expect(gateAt(rules, at).kind).not.toBe('open');
        expect(gateAt(rules, gate.opens - 1).kind).not.toBe('open');
      }),
      { numRuns: 60 },
    );
  });

  it('closes at the first moment that it names, and at none before', () => {
    fc.assert(
      fc.property(schedule, anyInstant, (rules, now) => {
        const gate = gateAt(rules, now);
        if (gate.kind !== 'open') return;
        const until = gate.closes ?? now + 14 * 24 * HOUR;
        for (let at = now; at < until; at += HOUR / 2) expect(gateAt(rules, at).kind).toBe('open');
        if (gate.closes !== undefined) expect(gateAt(rules, gate.closes).kind).not.toBe('open');
      }),
      { numRuns: 60 },
    );
  });

  it('says the same of itself while it stays closed', () => {
    fc.assert(
      fc.property(schedule, anyInstant, (rules, now) => {
        const gate = gateAt(rules, now);
        if (gate.kind !== 'outside-window' || gate.opens === undefined) return;
        const later = gateAt(rules, Math.floor((now + gate.opens) / 2));
        expect(later.kind === 'open' ? 'open' : later.opens).toBe(gate.opens);
      }),
    );
  });

  it('opens some day, unless a freeze has no end within what it knows', () => {
    fc.assert(
      fc.property(schedule, anyInstant, (rules, now) => {
        const gate = gateAt(rules, now);
        if (gate.kind !== 'open') expect(gate.opens).toBeGreaterThan(now);
      }),
    );
  });
});
