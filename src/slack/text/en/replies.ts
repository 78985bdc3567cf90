import type { Question } from '../../../app/messages.ts';
import type { CommandError } from '../../../command/command.ts';
import { channelName, code, escaped, link, type Mrkdwn, mrkdwn, sentence } from '../../mrkdwn.ts';

/** What one person is told at once about what they typed or clicked. */

export function refusal(why: string): Mrkdwn {
  return sentence(why);
}

export function notUnderstood({ sentence: why, suggestion }: CommandError): Mrkdwn {
  const offer = suggestion === undefined ? mrkdwn`` : mrkdwn` Did you mean ${code(suggestion)}?`;
  return mrkdwn`${sentence(why)}${offer} ${code('/k8s help')} shows what there is.`;
}

export function helpLine(line: string): Mrkdwn {
  return escaped(line, 1_000);
}

export function asked(question: Question['kind'], cluster: string): Mrkdwn {
  switch (question) {
    case 'plan':
      return mrkdwn`Looking at *${cluster}*. The plan will be posted here.`;
    case 'status':
    case 'versions':
    case 'nodes':
      return mrkdwn`Looking at *${cluster}*.`;
  }
}

export function newestRun(title: string, counts: Mrkdwn, permalink: string | undefined): Mrkdwn {
  const where = permalink === undefined ? mrkdwn`` : mrkdwn` ${link(permalink, 'Open its status message')}.`;
  return mrkdwn`${title}. ${counts}.${where}`;
}

export function findingsStop(): Mrkdwn {
  return mrkdwn`Findings of this plan stop its approval. Settle them and plan again.`;
}

export function planUnknown(): Mrkdwn {
  return mrkdwn`This plan is not known any more. Plan again.`;
}

export function tooLate(): Mrkdwn {
  return mrkdwn`It took too long to look this up, and Slack did not want to wait. Click again.`;
}

export function trouble(): Mrkdwn {
  return mrkdwn`That could not be finished: something that Capstan needs did not answer. Try again in a minute.`;
}

export function notInChannel(channel: string): Mrkdwn {
  return mrkdwn`The plan that you asked for in ${channelName(channel)} could not be posted there. Invite Capstan to the channel and plan again.`;
}
