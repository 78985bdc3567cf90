import type { Answer, StatusReport } from '../../app/messages.ts';
import { message, plainMessage, SECTION, type SlackMessage, section } from '../blocks.ts';
import { fitted } from '../fit.ts';
import { escaped, joined, type Mrkdwn } from '../mrkdwn.ts';
import {
  cannotBePlanned,
  componentLine,
  givenBack,
  nodesHeading,
  nodesLine,
  noRun,
  noSkew,
  nothingToDo,
  runLine,
  skewLine,
  statusHeading,
  unreachable,
} from '../text/en/answers.ts';
import { andMore } from '../text/en/words.ts';
import { nodeTable } from './node-table.ts';

/** A worker's answer to what one person asked. */
export function answerMessage(cluster: string, answer: Answer, now: number): SlackMessage {
  switch (answer.kind) {
    case 'nothing-to-do': {
      const { version, limit, givenBack: nodes = [] } = answer;
      const said = nothingToDo(cluster, version, limit);
      return plainMessage(nodes.length > 0 ? joined([said, givenBack(nodes)], ' ') : said);
    }
    case 'refused':
      return plainMessage(cannotBePlanned(answer.sentence, answer.instead));
    case 'unreachable':
      return plainMessage(unreachable(cluster, answer.detail));
    case 'status':
      return lined(statusHeading(cluster), statusLines(answer.status));
    case 'nodes': {
      const heading = nodesHeading(cluster, answer.rows.length);
      return message(heading, [heading, ...nodeTable(answer.rows, now, 4)].map(section));
    }
  }
}

function statusLines({ components, skew, support, nodes, run }: StatusReport): Mrkdwn[] {
  return [
    ...components.map(componentLine),
    ...(skew.length > 0 ? skew.map(skewLine) : [noSkew()]),
    escaped(support, 500),
    nodesLine(nodes),
    run ? runLine(run) : noRun(),
  ];
}

function lined(heading: Mrkdwn, lines: readonly Mrkdwn[]): SlackMessage {
  return message(heading, [heading, fitted(lines, { separator: '\n', size: SECTION, more: andMore })].map(section));
}
