import type { Answer } from '../../app/messages.ts';
import { message, plainMessage, type SlackMessage, section } from '../blocks.ts';
import { joined } from '../mrkdwn.ts';
import { cannotBePlanned, givenBack, nodesHeading, nothingToDo, unreachable } from '../text/en/answers.ts';
import { nodeTable } from './node-table.ts';
import { statusMessage, versionsMessage } from './status-message.ts';

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
      return statusMessage(cluster, answer.status);
    case 'versions':
      return versionsMessage(cluster, answer.versions);
    case 'nodes': {
      const heading = nodesHeading(cluster, answer.rows.length, answer.pool);
      return message(heading, [heading, ...nodeTable(answer.rows, now, 4)].map(section));
    }
  }
}
