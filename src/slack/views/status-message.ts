import type { StatusReport } from '../../app/messages.ts';
import { isWrong } from '../../plan/component-table.ts';
import type { VersionsView } from '../../plan/versions-view.ts';
import { SKEW_POLICY_SOURCE } from '../../version/skew.ts';
import { message, SECTION, type SlackMessage, section } from '../blocks.ts';
import { fitted } from '../fit.ts';
import type { Mrkdwn } from '../mrkdwn.ts';
import {
  componentHeadings,
  knownLine,
  kubectlLine,
  minorHeadings,
  minorNote,
  moreSkew,
  nodesLine,
  noRun,
  noSkew,
  noTargets,
  plannedLine,
  runLine,
  skewLine,
  statusHeading,
  supportLine,
  targetLine,
  unreadableLine,
  verdictWords,
  versionsHeading,
  whereWords,
} from '../text/en/status.ts';
import { andMore } from '../text/en/words.ts';
import { tablePages } from './table.ts';

const TABLE_PAGES = 3;

/** How a cluster stands: what every component runs and may run, what breaks the policy, support, nodes, the newest run. */
export function statusMessage(cluster: string, status: StatusReport): SlackMessage {
  const { components, kubectl, support, nodes, run } = status;
  const rows = components.map(group => [
    group.kind,
    whereWords(group, isWrong(group.verdict)),
    group.version === '' ? '-' : group.version,
    group.allowed ?? '-',
    verdictWords[group.verdict],
  ]);
  const lines = [
    ...skewLines(status),
    supportLine(support),
    ...(kubectl === undefined ? [] : [kubectlLine(kubectl)]),
    nodesLine(nodes),
    run ? runLine(run) : noRun(),
  ];
  const table = rows.length > 0 ? tablePages([componentHeadings, ...rows], TABLE_PAGES) : [];
  return sections(statusHeading(cluster, status.distributions), table, lines);
}

/** Which versions there are, and where this cluster could go. */
export function versionsMessage(cluster: string, view: VersionsView): SlackMessage {
  const rows = view.minors.map(each => [
    each.minor,
    each.newestPatch,
    each.released ?? '-',
    each.endOfLife ?? '-',
    minorNote(each, view.presentMinor),
  ]);
  const lines = [
    ...(view.targets.length > 0 ? view.targets.map(targetLine) : [noTargets()]),
    ...(view.planned ? [plannedLine(view.planned)] : []),
    knownLine(view.known),
  ];
  return sections(versionsHeading(cluster, view), tablePages([minorHeadings, ...rows], 1), lines);
}

function skewLines({ skew, unreadable }: StatusReport): Mrkdwn[] {
  const { sentences, total } = skew;
  const more = total > sentences.length ? [moreSkew(total - sentences.length)] : [];
  const faults = [...sentences.map(skewLine), ...more, ...unreadable.map(unreadableLine)];
  return faults.length > 0 ? faults : [noSkew(SKEW_POLICY_SOURCE)];
}

function sections(heading: Mrkdwn, table: readonly Mrkdwn[], lines: readonly Mrkdwn[]): SlackMessage {
  const below = fitted(lines, { separator: '\n', size: SECTION, more: andMore });
  return message(heading, [heading, ...table, below].map(section));
}
