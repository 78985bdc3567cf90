import type { ClusterSnapshot } from '../cluster/snapshot.ts';
import { type Calendar, findMinor, isoDay, type MinorRelease, newestOf, supportOf } from '../version/calendar.ts';
import { compareVersions, formatMinor, formatVersion, minorsBetween } from '../version/kubernetes-version.ts';
import { type CalendarAge, calendarAge } from '../version/support-view.ts';
import { presentVersion } from './cluster-status.ts';
import { scopeOf } from './scope.ts';
import { readStanding } from './standing.ts';
import { resolveTarget } from './target.ts';

/** Which versions there are, and where this cluster could go. */
export interface VersionsView {
  readonly present: string | undefined;
  readonly presentMinor: string | undefined;
  /** What `next`, `patch` and `latest` mean now; without those that lead nowhere. */
  readonly targets: readonly { readonly word: 'patch' | 'next' | 'latest'; readonly version: string }[];
  /** Newest first: from the present minor, or the oldest that is supported, to the newest. */
  readonly minors: readonly MinorView[];
  readonly planned: { readonly minor: string; readonly day: string } | undefined;
  readonly known: CalendarAge;
}

export interface MinorView {
  readonly minor: string;
  readonly newestPatch: string;
  /** ISO days. */
  readonly released: string | undefined;
  readonly endOfLife: string | undefined;
  readonly state: 'supported' | 'ended';
}

const WORDS = ['patch', 'next', 'latest'] as const;

export function versionsView(snapshot: ClusterSnapshot, calendar: Calendar): VersionsView {
  const standing = readStanding(snapshot);
  const present = presentVersion(standing.components);
  const today = isoDay(snapshot.takenAt);
  const isPresent = ({ minor }: MinorRelease) => present !== undefined && minorsBetween(minor, present) === 0;
  const isSupported = ({ minor }: MinorRelease) => supportOf(calendar, minor, today).kind === 'supported';
  const first = calendar.minors.findIndex(entry => isPresent(entry) || isSupported(entry));
  const { planned } = calendar;
  return {
    present: present && formatVersion(present),
    presentMinor: present && formatMinor(present),
    targets: WORDS.flatMap(kind => targetOf(kind, snapshot, calendar)),
    minors: calendar.minors
      .slice(Math.max(0, first))
      .map(entry => ({
        minor: formatMinor(entry.minor),
        newestPatch: formatVersion(newestOf(entry)),
        released: entry.released,
        endOfLife: entry.endOfLife,
        state: isSupported(entry) ? ('supported' as const) : ('ended' as const),
      }))
      .reverse(),
    planned:
      planned && !findMinor(calendar, planned.minor)
        ? { minor: formatMinor(planned.minor), day: planned.day }
        : undefined,
    known: calendarAge(calendar, today),
  };
}

function targetOf(
  kind: (typeof WORDS)[number],
  snapshot: ClusterSnapshot,
  calendar: Calendar,
): VersionsView['targets'] {
  const standing = readStanding(snapshot);
  const scope = scopeOf(standing, { target: { kind }, strategy: 'rolling', only: undefined });
  if (scope.kind === 'refused') return [];
  const resolved = resolveTarget({ kind }, scope, standing, calendar);
  if (resolved.kind === 'refused') return [];
  const kubelets = [...scope.controlPlane, ...scope.workers].map(({ kubelet }) => kubelet);
  const versions = [...kubelets, ...scope.controlPlane.flatMap(({ controlPlane }) => controlPlane ?? [])];
  const leads = versions.some(version => compareVersions(version, resolved.version) < 0);
  return leads ? [{ word: kind, version: formatVersion(resolved.version) }] : [];
}
