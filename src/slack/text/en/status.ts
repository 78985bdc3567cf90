import type { StatusReport } from '../../../app/messages.ts';
import type { ComponentGroup, ComponentVerdict } from '../../../plan/component-table.ts';
import type { VersionsView } from '../../../plan/versions-view.ts';
import type { CalendarAge, SupportView } from '../../../version/support-view.ts';
import { code, link, type Mrkdwn, mrkdwn } from '../../mrkdwn.ts';
import { counted } from './words.ts';

export const componentHeadings = ['COMPONENT', 'NODE', 'VERSION', 'ALLOWED', 'VERDICT'] as const;
export const minorHeadings = ['MINOR', 'NEWEST', 'RELEASED', 'SUPPORTED UNTIL', ''] as const;

export function statusHeading(cluster: string, distributions: readonly string[]): Mrkdwn {
  return mrkdwn`*Status of ${cluster}*${distributions.length > 0 ? ` (${distributions.join(', ')})` : ''}`;
}

/** Capitals for what needs an eye. */
export const verdictWords: Readonly<Record<ComponentVerdict, string>> = {
  within: 'ok',
  'too old': 'TOO OLD',
  'too new': 'TOO NEW',
  'not held': '-',
  unreadable: 'UNREADABLE',
};

/** One name, or how many; where something is wrong, the first of them by name. */
export function whereWords({ count, nodes }: Pick<ComponentGroup, 'count' | 'nodes'>, wrong: boolean): string {
  const shown = nodes.slice(0, wrong ? 5 : 1);
  if (shown.length === 0) return count > 1 ? `${count}, out of sight` : '-';
  if (shown.length === count) return shown.join(', ');
  return wrong ? `${shown.join(', ')} and ${count - shown.length} more` : counted(count, 'node');
}

export function noSkew(policy: string): Mrkdwn {
  return mrkdwn`All of them are within the ${link(policy, 'version-skew policy')}.`;
}

export function skewLine(fault: string): Mrkdwn {
  return mrkdwn`*Skew* ${fault}`;
}

export function moreSkew(count: number): Mrkdwn {
  return mrkdwn`There are ${count} more of this kind.`;
}

export function kubectlLine(range: string): Mrkdwn {
  return mrkdwn`A kubectl of ${range} goes with it.`;
}

export function supportLine(support: SupportView | undefined): Mrkdwn {
  if (!support) return mrkdwn`No version could be read, so nothing can be said about support.`;
  const { newestPatch, newest, known } = support;
  const patches = newestPatch === undefined ? 'its patches are not known' : `its newest patch is ${newestPatch}`;
  return mrkdwn`${supportWords(support)}; ${patches}; the newest version is ${newest}${asOf(known)}`;
}

function supportWords({ minor, state, day, daysLeft = 0 }: SupportView): string {
  switch (state) {
    case 'supported':
      return day === undefined ? `${minor} is supported` : `${minor} is supported until ${day}, ${daysWords(daysLeft)}`;
    case 'ended':
      return day === undefined ? `${minor} is no longer supported` : `${minor} has not been supported since ${day}`;
    case 'unknown':
      return `${minor} is newer than the release calendar knows`;
  }
}

function daysWords(days: number): string {
  return days === 0 ? 'which is today' : `for ${counted(days, 'more day')}`;
}

export function knownLine(known: CalendarAge): Mrkdwn {
  return mrkdwn`So far as the release calendar knows${asOf(known)}`;
}

/** ` (as of 2026-11-24).`, and a warning where that is long ago or still to come. */
function asOf({ asOf: day, staleDays, daysAhead }: CalendarAge): Mrkdwn {
  if (staleDays !== undefined)
    return mrkdwn` (as of ${day}). *The release calendar is ${staleDays} days old*: newer versions may be out.`;
  if (daysAhead !== undefined)
    return mrkdwn` (as of ${day}). *That is ${daysAhead} days ahead of the clock*: it, or the release calendar, is wrong.`;
  return mrkdwn` (as of ${day}).`;
}

export function nodesLine({ total, ready, cordoned }: StatusReport['nodes']): Mrkdwn {
  const aside = cordoned > 0 ? `, ${cordoned} cordoned` : '';
  return mrkdwn`${counted(total, 'node')}: ${ready} ready${aside}.`;
}

export function unreadableLine({ what, why }: StatusReport['unreadable'][number]): Mrkdwn {
  return mrkdwn`Could not read ${what}: ${why}.`;
}

export function runLine(run: NonNullable<StatusReport['run']>): Mrkdwn {
  return mrkdwn`Newest upgrade: ${run.status}, ${run.done} of ${counted(run.total, 'step')} done.`;
}

export function noRun(): Mrkdwn {
  return mrkdwn`No upgrade is known.`;
}

export function versionsHeading(cluster: string, { present }: VersionsView): Mrkdwn {
  return present === undefined
    ? mrkdwn`*Versions for ${cluster}*, whose own could not be read`
    : mrkdwn`*Versions for ${cluster}*, which runs ${present}`;
}

export function minorNote({ minor, state }: VersionsView['minors'][number], presentMinor: string | undefined): string {
  const here = minor === presentMinor ? ['runs here'] : [];
  return [...here, ...(state === 'ended' ? ['no longer supported'] : [])].join(', ');
}

export function targetLine({ word, version }: VersionsView['targets'][number]): Mrkdwn {
  return mrkdwn`${code(`/k8s upgrade plan ${word}`)} goes to ${version}.`;
}

export function noTargets(): Mrkdwn {
  return mrkdwn`There is nothing newer to go to.`;
}

export function plannedLine({ minor, day }: NonNullable<VersionsView['planned']>): Mrkdwn {
  return mrkdwn`${minor} is announced for ${day}.`;
}
