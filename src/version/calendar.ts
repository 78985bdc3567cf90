import { compareVersions, type KubernetesVersion, type Minor, minorsBetween } from './kubernetes-version.ts';

/** One minor release line. Dates are ISO days; undefined where no source states one. */
export interface MinorRelease {
  readonly minor: Minor;
  readonly released: string | undefined;
  readonly endOfLife: string | undefined;
  /** The highest patch number known to be published. */
  readonly newestPatch: number;
}

/** What is known about releases on the day `asOf`. `minors` is sorted, oldest first, without a gap. */
export interface Calendar {
  readonly asOf: string;
  readonly minors: readonly MinorRelease[];
}

/**
 * Sources: kubernetes.io/releases/1.N/ (1.33 to 1.37: dates and patches as published there up to 2026-09-15),
 * data/releases/eol.yaml of kubernetes/website (1.32 and older: end of life, final patch), data/releases/schedule.yaml
 * (release days of 1.24 to 1.27), and the published module versions of k8s.io/kubernetes (1.37.2 and 1.33.13).
 */
export const BUNDLED_CALENDAR: Calendar = {
  asOf: '2026-11-23',
  minors: [
    release(19, 16, undefined, '2021-10-28'),
    release(20, 15, undefined, '2022-02-28'),
    release(21, 14, undefined, '2022-06-28'),
    release(22, 17, undefined, '2022-12-08'),
    release(23, 17, undefined, '2023-02-28'),
    release(24, 17, '2022-05-03', '2023-07-28'),
    release(25, 16, '2022-08-23', '2023-10-28'),
    release(26, 15, '2022-12-09', '2024-02-28'),
    release(27, 16, '2023-04-11', '2024-07-16'),
    release(28, 15, undefined, '2024-10-22'),
    release(29, 14, undefined, '2025-02-28'),
    release(30, 14, undefined, '2025-07-15'),
    release(31, 14, undefined, '2025-11-11'),
    release(32, 13, undefined, '2026-02-28'),
    release(33, 13, undefined, '2026-06-28'),
    release(34, 9, undefined, '2026-10-27'),
    release(35, 9, undefined, '2027-02-28'),
    release(36, 4, '2026-04-22', '2027-06-28'),
    release(37, 2, '2026-08-26', '2027-10-28'),
  ],
};

/** The project supports its newest three minors (version-skew-policy, "Supported versions"). */
const SUPPORTED_MINORS = 3;

export function newestMinor(calendar: Calendar): MinorRelease {
  const newest = calendar.minors.at(-1);
  if (!newest) throw new Error('The release calendar is empty: it must list at least one minor.');
  return newest;
}

function findMinor(calendar: Calendar, minor: Minor): MinorRelease | undefined {
  return calendar.minors.find(entry => minorsBetween(entry.minor, minor) === 0);
}

/** The newest patch of a minor that the calendar knows or that already runs somewhere; undefined for an unknown minor. */
export function newestPatch(
  calendar: Calendar,
  minor: Minor,
  running: readonly KubernetesVersion[] = [],
): KubernetesVersion | undefined {
  const entry = findMinor(calendar, minor);
  const listed: KubernetesVersion[] = entry ? [{ ...entry.minor, patch: entry.newestPatch }] : [];
  const seen = running.filter(version => minorsBetween(version, minor) === 0);
  return [...listed, ...seen].sort(compareVersions).at(-1);
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

function release(
  minor: number,
  newestPatch: number,
  released: string | undefined,
  endOfLife: string | undefined,
): MinorRelease {
  return { minor: { major: 1, minor }, newestPatch, released, endOfLife };
}
