import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import type { Clock, ReleaseCalendar } from '../app/ports.ts';
import { type Calendar, isoDay, newestMinor, newestOf, withStable } from '../version/calendar.ts';
import {
  compareVersions,
  formatMinor,
  formatVersion,
  type KubernetesVersion,
  parseVersion,
} from '../version/kubernetes-version.ts';
import { type CalendarReading, readCalendarFile } from './calendar-file.ts';
import { createTextReader, type Proxies } from './http-text.ts';
import { isPlausible, readStableVersions } from './stable-versions.ts';

/** Keeps what was learned beyond this process. Both may fail: then it is learned again. */
export interface CalendarMemory {
  read(): Promise<string | undefined>;
  write(text: string): Promise<void>;
}

export interface ReleaseCalendarOptions {
  /** Where `stable.txt` lies (https or http), a calendar of one's own (file), or `off`. */
  readonly url: string;
  readonly bundled: Calendar;
  readonly proxies: Proxies;
  readonly clock: Clock;
  readonly onWarning: (sentence: string) => void;
  readonly memory?: CalendarMemory;
  /** What a look may take in all; nobody waits for it longer. */
  readonly timeoutMs?: number;
}

const TIMEOUT_MS = 3_000;
/** Patches come monthly: a few hours make no difference. */
const FRESH_MS = 6 * 60 * 60 * 1000;
/** A network that has just failed is not waited for by every plan. */
const AGAIN_MS = 10 * 60 * 1000;

/** Throws where the calendar of one's own cannot be used: better not started than planned by another one. */
export function createReleaseCalendar(options: ReleaseCalendarOptions): ReleaseCalendar & { close(): void } {
  const { url, bundled } = options;
  if (url === 'off') return { current: async () => bundled, close: () => undefined };
  return url.startsWith('file:') ? fromFile(fileURLToPath(url), options) : fromNetwork(url, options);
}

/** Read anew each time, since it may be replaced at any time; one that cannot be used any more leaves the last one in force. */
function fromFile(path: string, { bundled, onWarning }: ReleaseCalendarOptions) {
  const take = (reading: CalendarReading): Calendar => {
    if (reading.kind === 'fault') throw new Error(reading.sentence);
    return reading.calendar;
  };
  let last = take(readCalendarFile(path, bundled));
  return {
    async current() {
      const reading = readCalendarFile(path, bundled);
      if (reading.kind === 'ok') last = reading.calendar;
      else onWarning(`${reading.sentence} The one from before stays in force.`);
      return last;
    },
    close: () => undefined,
  };
}

interface Learned {
  readonly triedAt: number;
  /** The last look that found everything; none may have. */
  readonly completeAt: number | undefined;
  readonly versions: readonly KubernetesVersion[];
}

const NOTHING: Learned = { triedAt: 0, completeAt: undefined, versions: [] };

function fromNetwork(base: string, options: ReleaseCalendarOptions): ReleaseCalendar & { close(): void } {
  const { bundled, proxies, clock, onWarning, memory, timeoutMs = TIMEOUT_MS } = options;
  const reader = createTextReader(proxies);
  let recalled = memory === undefined;
  let learned = NOTHING;
  let looking: Promise<void> | undefined;

  async function look(): Promise<void> {
    const signal = AbortSignal.timeout(timeoutMs);
    if (!recalled && memory) {
      learned = credible(await recall(memory, signal, onWarning), bundled, onWarning);
      recalled = true;
      if (isFresh(learned, clock.now())) return;
    }
    const { newest, versions, faults } = await readStableVersions(base, bundled, reader, signal);
    const behind = newest && compareVersions(newest, newestOf(newestMinor(bundled))) < 0;
    const doubts = behind ? [...faults, `${base} has nothing newer than ${formatVersion(newest)}`] : faults;
    const now = clock.now();
    const completeAt = doubts.length === 0 ? now : learned.completeAt;
    learned = { triedAt: now, completeAt, versions: together(learned.versions, versions) };
    if (doubts.length > 0) onWarning(`New releases could not be looked up: ${doubts.join('; ')}. ${REMEDY}`);
    if (memory) void memory.write(written(learned)).catch(() => onWarning(NOT_KEPT));
  }

  return {
    async current() {
      if (!isFresh(learned, clock.now())) {
        // Whoever asks meanwhile waits for the same look.
        looking ??= look().finally(() => {
          looking = undefined;
        });
        await looking;
      }
      return learnedCalendar(bundled, learned, base);
    },
    close: () => reader.close(),
  };
}

const REMEDY = 'Let Capstan reach it, or set CAPSTAN_RELEASES_URL to a mirror, to a file of your own, or to off.';
const NOT_KEPT = 'What was learned about releases could not be kept; it will be looked up again.';

/** A time that lies ahead was written by another clock and says nothing. */
function isFresh({ triedAt, completeAt }: Learned, now: number): boolean {
  const lasts = triedAt === completeAt ? FRESH_MS : AGAIN_MS;
  return triedAt <= now && now - triedAt < lasts;
}

/** As old as its oldest part: what could be looked up in part only keeps its date. */
function learnedCalendar(bundled: Calendar, { completeAt, versions }: Learned, base: string): Calendar {
  const calendar = withStable(bundled, versions);
  return completeAt === undefined ? calendar : { ...calendar, asOf: isoDay(completeAt), source: base };
}

/** The newest word about a minor takes the place of an older one, so that a wrong one does not stay for good. */
function together(before: readonly KubernetesVersion[], now: readonly KubernetesVersion[]): KubernetesVersion[] {
  return [...new Map([...before, ...now].map(version => [formatMinor(version), version])).values()];
}

/** What is remembered may be an earlier Capstan's, which believed more: then all of it is looked up again. */
function credible(learned: Learned, bundled: Calendar, onWarning: (sentence: string) => void): Learned {
  const doubtful = learned.versions.filter(version => !isPlausible(version, bundled));
  if (doubtful.length === 0) return learned;
  const names = doubtful.map(formatVersion).join(', ');
  onWarning(
    `What was remembered of ${names} is too far beyond all that is known to be believed; it is looked up again.`,
  );
  return { ...NOTHING, versions: learned.versions.filter(version => isPlausible(version, bundled)) };
}

const kept = z.object({
  triedAt: z.number().int().nonnegative(),
  completeAt: z.number().int().positive().optional(),
  versions: z.array(z.string()).max(500),
});

function written({ triedAt, completeAt, versions }: Learned): string {
  return JSON.stringify({ triedAt, completeAt, versions: versions.map(formatVersion) });
}

/** A memory that fails, is slow, or holds what nobody here wrote, is none. */
async function recall(
  memory: CalendarMemory,
  signal: AbortSignal,
  onWarning: (sentence: string) => void,
): Promise<Learned> {
  const late = new Promise<undefined>(resolve => {
    signal.addEventListener('abort', () => resolve(undefined), { once: true });
  });
  const look = memory.read().catch((error: unknown) => {
    onWarning(`What was learned about releases could not be recalled: ${String(error)}.`);
    return undefined;
  });
  const text = await Promise.race([look, late]);
  const parsed = kept.safeParse(text === undefined ? undefined : fromJson(text));
  if (!parsed.success) return NOTHING;
  const { triedAt, completeAt, versions } = parsed.data;
  return { triedAt, completeAt, versions: versions.flatMap(each => parseVersion(each) ?? []) };
}

function fromJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
