import type { ClusterPolicy, Freeze, MaintenanceWindow } from './policy.ts';
import { plusDays, startOf, type WallTime, wallTime, weekday } from './wall-clock.ts';

/** Whether nodes may be started now. Instants are epoch milliseconds. */
export type Gate =
  /** `closes` undefined: never, as far as the policy tells. */
  | { readonly kind: 'open'; readonly closes: number | undefined }
  /** `opens` undefined: never, as far as the policy tells. */
  | { readonly kind: 'outside-window'; readonly opens: number | undefined }
  | { readonly kind: 'frozen'; readonly reason: string; readonly opens: number | undefined };

type Schedule = Pick<ClusterPolicy, 'windows' | 'freezes'>;

const DAY_MS = 24 * 3_600_000;
/** A window comes every week, but for one that lies in an hour that the clocks skip. */
const DAYS_AHEAD = 15;
/** Windows that overlap, or touch, for longer than this never close. */
const LONGEST_MS = 15 * DAY_MS;

/** A freeze closes it whatever the windows say. */
export function gateAt(schedule: Schedule, now: number): Gate {
  const freeze = freezeAt(schedule.freezes, now);
  if (freeze) return { kind: 'frozen', reason: freeze.reason, opens: nextOpening(schedule, now) };
  if (!isWithinWindow(schedule.windows, now)) return { kind: 'outside-window', opens: nextOpening(schedule, now) };
  return { kind: 'open', closes: nextClosing(schedule, now) };
}

/** Whoever asks when something is over that takes longer than so many openings is told nothing. */
const MOST_OPENINGS = 60;

/** When work of `ms` that begins at `from` is over if it rests whenever no node may be started; undefined: not to be told. */
export function overAt(schedule: Schedule, from: number, ms: number): number | undefined {
  let left = ms;
  let at: number | undefined = from;
  for (let openings = 0; at !== undefined && openings < MOST_OPENINGS; openings += 1) {
    const gate = gateAt(schedule, at);
    if (gate.kind !== 'open') at = gate.opens;
    else if (gate.closes === undefined || at + left <= gate.closes) return at + left;
    else {
      left -= gate.closes - at;
      at = gate.closes;
    }
  }
  return undefined;
}

/** The freeze that holds at `now`; of several, the one that ends last. */
export function freezeAt(freezes: readonly Freeze[], now: number): Freeze | undefined {
  return freezes.filter(({ from, until }) => from <= now && now < until).sort((a, b) => b.until - a.until)[0];
}

/** True where there are no windows at all. */
function isWithinWindow(windows: readonly MaintenanceWindow[], now: number): boolean {
  return windows.length === 0 || spansAround(windows, now).some(({ from, to }) => from <= now && now < to);
}

/** The first instant after `now` at which it is open. Every step goes to the end of a freeze or to the next window. */
function nextOpening({ windows, freezes }: Schedule, now: number): number | undefined {
  let at = now;
  // Each freeze can be in the way once, and each of those can be followed by a wait for a window.
  for (let steps = 0; steps <= 2 * freezes.length + 1; steps += 1) {
    const freeze = freezeAt(freezes, at);
    const next = freeze ? freeze.until : isWithinWindow(windows, at) ? at : nextWindow(windows, at);
    if (next === undefined || (!freeze && next === at)) return next;
    at = next;
  }
  return undefined;
}

function nextWindow(windows: readonly MaintenanceWindow[], now: number): number | undefined {
  const starts = windows.flatMap(window => spansOf(window, now, 0, DAYS_AHEAD).map(({ from }) => from));
  return starts.filter(from => from > now).sort((a, b) => a - b)[0];
}

function nextClosing({ windows, freezes }: Schedule, now: number): number | undefined {
  const freeze = freezes
    .map(({ from }) => from)
    .filter(from => from > now)
    .sort((a, b) => a - b)[0];
  const end = windows.length === 0 ? undefined : windowEnd(windows, now);
  const ends = [freeze, end].filter(time => time !== undefined);
  return ends.length === 0 ? undefined : Math.min(...ends);
}

/** Windows that overlap or touch are one. */
function windowEnd(windows: readonly MaintenanceWindow[], now: number): number | undefined {
  let end = now;
  while (end - now < LONGEST_MS) {
    const further = spansAround(windows, end)
      .filter(({ from, to }) => from <= end && end < to)
      .map(({ to }) => to);
    if (further.length === 0) return end;
    end = Math.max(...further);
  }
  return undefined;
}

interface Span {
  readonly from: number;
  /** Does not belong to it. */
  readonly to: number;
}

/** Every span that can hold `now`: a window lasts a day at most, so it opened today or yesterday. */
function spansAround(windows: readonly MaintenanceWindow[], now: number): Span[] {
  return windows.flatMap(window => spansOf(window, now, -1, 0));
}

/** The spans of a window that open on the days around the one of `now`, as the clocks of its zone count days. */
function spansOf(window: MaintenanceWindow, now: number, firstDay: number, lastDay: number): Span[] {
  const midnight: WallTime = { ...wallTime(now, window.timeZone), minutes: 0 };
  const days = Array.from({ length: lastDay - firstDay + 1 }, (_, index) => plusDays(midnight, firstDay + index));
  return days
    .filter(day => window.days.includes(weekday(day)))
    .map(day => ({
      from: startOf({ ...day, minutes: window.from }, window.timeZone),
      to: startOf({ ...day, minutes: window.to <= window.from ? window.to + 24 * 60 : window.to }, window.timeZone),
    }))
    .filter(({ from, to }) => from < to);
}
