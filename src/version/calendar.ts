import { compareVersions, type KubernetesVersion, type Minor, minorsBetween } from './kubernetes-version.ts';

/** One minor release line. Dates are ISO days; undefined where no source states one. */
export interface MinorRelease {
  readonly minor: Minor;
  readonly released: string | undefined;
  /** The last day of support. */
  readonly endOfLife: string | undefined;
  /** The highest patch number known to be published. */
  readonly newestPatch: number;
}

/** What is known about releases. `minors` is sorted, oldest first, without a gap. */
export interface Calendar {
  /** The day on which all of it was known to be so. */
  readonly asOf: string;
  /** Where it comes from, for people. */
  readonly source: string;
  readonly minors: readonly MinorRelease[];
  /** The minor that is being prepared, and the day that was announced for it. */
  readonly planned?: { readonly minor: Minor; readonly day: string } | undefined;
}

/** The project supports its newest three minors (kubernetes.io/releases/version-skew-policy, "Supported versions"). */
const SUPPORTED_MINORS = 3;

/** Patches come monthly (kubernetes.io/releases/patch-releases, "Cadence"): what is older has probably missed one. */
const STALE_DAYS = 45;

/** Where whoever wrote a calendar lives it may be tomorrow already. */
const AHEAD_DAYS = 1;

export function newestMinor(calendar: Calendar): MinorRelease {
  const newest = calendar.minors.at(-1);
  if (!newest) throw new Error('The release calendar is empty: it must list at least one minor.');
  return newest;
}

export function findMinor(calendar: Calendar, minor: Minor): MinorRelease | undefined {
  return calendar.minors.find(entry => minorsBetween(entry.minor, minor) === 0);
}

/** The newest patch of a minor that the calendar knows or that already runs somewhere; undefined for an unknown minor. */
export function newestPatch(
  calendar: Calendar,
  minor: Minor,
  running: readonly KubernetesVersion[] = [],
): KubernetesVersion | undefined {
  const entry = findMinor(calendar, minor);
  const listed: KubernetesVersion[] = entry ? [newestOf(entry)] : [];
  const seen = running.filter(version => minorsBetween(version, minor) === 0);
  return [...listed, ...seen].sort(compareVersions).at(-1);
}

export function newestOf({ minor, newestPatch: patch }: MinorRelease): KubernetesVersion {
  return { ...minor, patch };
}

export type Support =
  | { readonly kind: 'supported'; readonly until: string | undefined }
  | { readonly kind: 'ended'; readonly on: string | undefined }
  /** Newer than the calendar. */
  | { readonly kind: 'unknown' };

/** Whether the Kubernetes project still patches this minor. `today` is an ISO day; `on` is the day support ended. */
export function supportOf(calendar: Calendar, minor: Minor, today: string): Support {
  const behind = minorsBetween(newestMinor(calendar).minor, minor);
  if (behind < 0) return { kind: 'unknown' };
  const endOfLife = findMinor(calendar, minor)?.endOfLife;
  const ended = endOfLife === undefined ? behind >= SUPPORTED_MINORS : endOfLife < today;
  return ended ? { kind: 'ended', on: endOfLife } : { kind: 'supported', until: endOfLife };
}

/** How many days old the calendar is where it has probably missed a patch; undefined while it is fresh. */
export function staleDays(calendar: Calendar, today: string): number | undefined {
  const age = daysBetween(calendar.asOf, today);
  return age > STALE_DAYS ? age : undefined;
}

/** How many days the calendar lies ahead of today: then the clock or the calendar is wrong, and its age cannot be told. */
export function daysAhead(calendar: Calendar, today: string): number | undefined {
  const ahead = daysBetween(today, calendar.asOf);
  return ahead > AHEAD_DAYS ? ahead : undefined;
}

/** Both are ISO days; negative where `to` comes first. */
export function daysBetween(from: string, to: string): number {
  return Math.round((Date.parse(to) - Date.parse(from)) / DAY_MS);
}

export function isoDay(epochMs: number): string {
  return new Date(epochMs).toISOString().slice(0, 10);
}

const DAY_MS = 24 * 60 * 60 * 1000;

/**
 * The calendar once it is known that these stable versions exist. Nothing known is forgotten, dates are not made up, and
 * minors are only added behind the newest one, without a gap: a version beyond a gap is none that a chain could reach.
 */
export function withStable(calendar: Calendar, stable: readonly KubernetesVersion[]): Calendar {
  const released = stable.filter(({ prerelease }) => prerelease === undefined);
  const highest = (minor: Minor) =>
    released.reduce((patch, each) => (minorsBetween(each, minor) === 0 ? Math.max(patch, each.patch) : patch), -1);
  const minors = calendar.minors.map(entry => ({
    ...entry,
    newestPatch: Math.max(entry.newestPatch, highest(entry.minor)),
  }));
  for (let next = after(newestMinor(calendar).minor); highest(next) >= 0; next = after(next))
    minors.push({ minor: next, released: undefined, endOfLife: undefined, newestPatch: highest(next) });
  const { planned } = calendar;
  const out = planned && minors.some(({ minor }) => minorsBetween(minor, planned.minor) === 0);
  return { ...calendar, minors, planned: out ? undefined : planned };
}

function after({ major, minor }: Minor): Minor {
  return { major, minor: minor + 1 };
}
