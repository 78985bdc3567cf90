import { type Calendar, findMinor, newestMinor } from '../version/calendar.ts';
import {
  formatMinor,
  formatVersion,
  type KubernetesVersion,
  type Minor,
  minorsBetween,
  parseVersion,
} from '../version/kubernetes-version.ts';
import type { TextReader } from './http-text.ts';

export interface StableVersions {
  /** As `stable.txt` says; undefined where it could not be read. */
  readonly newest: KubernetesVersion | undefined;
  /** All that were read, the newest among them. */
  readonly versions: readonly KubernetesVersion[];
  /** What could not be read, with address and reason; empty where all of it was. */
  readonly faults: readonly string[];
}

/** Minors live for 14 months and come every four (kubernetes.io/releases/patch-releases): so many get patches at once. */
const PATCHED_MINORS = 4;
const MOST_MINORS = 8;
/** No minor has had more patches in its whole life than some twenty; they come monthly. */
const MOST_PATCHES = 24;

/** Reads `stable.txt`, then `stable-1.N.txt` of every other minor that may still get patches or that is new here. */
export async function readStableVersions(
  base: string,
  known: Calendar,
  reader: TextReader,
  signal: AbortSignal,
): Promise<StableVersions> {
  const newest = await readVersion(addressOf(base, 'stable.txt'), known, reader, signal);
  if (typeof newest === 'string') return { newest: undefined, versions: [], faults: [newest] };
  const others = await Promise.all(
    minorsBelow(newest, known).map(async minor => {
      const address = addressOf(base, `stable-${formatMinor(minor)}.txt`);
      const version = await readVersion(address, known, reader, signal);
      return typeof version === 'string' || minorsBetween(version, minor) === 0
        ? version
        : `${address}: it speaks of another minor`;
    }),
  );
  return {
    newest,
    versions: [newest, ...others.filter(each => typeof each !== 'string')],
    faults: others.filter(each => typeof each === 'string'),
  };
}

function minorsBelow(newest: Minor, known: Calendar): Minor[] {
  const fresh = minorsBetween(newest, newestMinor(known).minor) - 1;
  const count = Math.min(Math.max(PATCHED_MINORS - 1, fresh), MOST_MINORS, newest.minor);
  return Array.from({ length: count }, (_, place) => ({ major: newest.major, minor: newest.minor - 1 - place }));
}

/** The version, or why there is none, in words. */
async function readVersion(
  address: string,
  known: Calendar,
  reader: TextReader,
  signal: AbortSignal,
): Promise<KubernetesVersion | string> {
  const answer = await reader.get(address, signal);
  if (answer.kind === 'failed') return `${address}: ${answer.why}`;
  const version = parseVersion(answer.text);
  const stable = version && version.prerelease === undefined && version.vendor === undefined;
  if (!stable) return `${address}: it answers with something that is no stable version`;
  if (isPlausible(version, known)) return version;
  return `${address}: it answers ${formatVersion(version)}, which is too far beyond all that is known to be believed`;
}

/** Whether a stable version can have come out since the calendar was made. What is believed once is planned by. */
export function isPlausible(version: KubernetesVersion, known: Calendar): boolean {
  const ahead = minorsBetween(version, newestMinor(known).minor);
  const patches = version.patch - (findMinor(known, version)?.newestPatch ?? 0);
  return ahead <= MOST_MINORS && patches <= MOST_PATCHES;
}

function addressOf(base: string, file: string): string {
  return `${base.replace(/\/+$/, '')}/${file}`;
}
