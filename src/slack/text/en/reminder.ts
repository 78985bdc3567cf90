import type { Reminder } from '../../../plan/reminders.ts';
import { type Mrkdwn, mrkdwn } from '../../mrkdwn.ts';
import { counted } from './words.ts';

export const planButton = 'Plan an upgrade';

export function reminderText(cluster: string, reminder: Reminder): Mrkdwn {
  switch (reminder.kind) {
    case 'support-ends': {
      const { minor, day, daysLeft } = reminder;
      const when = daysLeft === 0 ? 'today' : `in ${counted(daysLeft, 'day')}, on ${day}`;
      return mrkdwn`*${cluster}* runs Kubernetes ${minor}, whose support ends ${when}. After that it gets no more fixes.`;
    }
    case 'support-ended': {
      const since = reminder.day === undefined ? '' : ` since ${reminder.day}`;
      return mrkdwn`*${cluster}* runs Kubernetes ${reminder.minor}, which has not been supported${since}: it gets no more fixes.`;
    }
    case 'new-patch':
      return mrkdwn`Kubernetes ${reminder.to} is out, a newer patch than the ${reminder.from} of *${cluster}*.`;
  }
}
