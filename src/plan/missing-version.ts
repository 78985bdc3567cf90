import { type Calendar, findMinor, type MinorRelease, newestMinor, newestOf } from '../version/calendar.ts';
import {
  compareVersions,
  formatMinor,
  formatVersion,
  type KubernetesVersion,
  type Minor,
  minorsBetween,
} from '../version/kubernetes-version.ts';

export interface Missing {
  readonly sentence: string;
  /** A version that does exist. */
  readonly nearest: KubernetesVersion;
}

/** About a minor that the calendar does not list: why it cannot be asked for. */
export function noSuchMinor(minor: Minor, calendar: Calendar): Missing {
  return { sentence: whyNoMinor(minor, calendar), nearest: nearestTo(minor, calendar) };
}

/** Why a version cannot be asked for; undefined where it exists. Pre-releases are none that could be asked for: no repository of packages has them. */
export function missingVersion(version: KubernetesVersion, calendar: Calendar): Missing | undefined {
  const entry = findMinor(calendar, version);
  const nearest = nearestTo(version, calendar);
  if (version.prerelease !== undefined) return { sentence: whyNoPrerelease(version, entry, calendar), nearest };
  if (!entry) return noSuchMinor(version, calendar);
  if (compareVersions(version, newestOf(entry)) <= 0) return undefined;
  const newest = `the newest patch of ${formatMinor(entry.minor)} is ${formatVersion(newestOf(entry))}`;
  return { sentence: `${formatVersion(version)} does not exist: ${newest} (as of ${calendar.asOf}).`, nearest };
}

function whyNoPrerelease(version: KubernetesVersion, entry: MinorRelease | undefined, calendar: Calendar): string {
  const { prerelease: _, ...release } = version;
  const out = entry && compareVersions(release, newestOf(entry)) <= 0;
  const state = out
    ? `${formatVersion(release)} itself is out`
    : `${formatVersion(release)} is not out (as of ${calendar.asOf})`;
  return `${formatVersion(version)} is a pre-release, which the repositories of stable packages do not have; ${state}.`;
}

function whyNoMinor(minor: Minor, calendar: Calendar): string {
  const { planned, asOf } = calendar;
  const name = formatMinor(minor);
  if (planned && minorsBetween(planned.minor, minor) === 0) {
    return `${name} is not released yet (as of ${asOf}): it is announced for ${planned.day}.`;
  }
  const newest = newestMinor(calendar).minor;
  const [first] = calendar.minors;
  if (first && minorsBetween(minor, first.minor) < 0) {
    return `${name} is older than this calendar goes, which begins with ${formatMinor(first.minor)}.`;
  }
  return `${name} does not exist: the newest minor is ${formatMinor(newest)} (as of ${asOf}).`;
}

/** The newest patch of the same minor, or of whichever end of the calendar is nearer. */
function nearestTo(minor: Minor, calendar: Calendar): KubernetesVersion {
  const newest = newestMinor(calendar);
  const [first = newest] = calendar.minors;
  const same = findMinor(calendar, minor);
  return newestOf(same ?? (minorsBetween(minor, first.minor) < 0 ? first : newest));
}
