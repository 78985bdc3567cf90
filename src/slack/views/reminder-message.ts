import type { Reminder } from '../../plan/reminders.ts';
import { button, buttonRow, message, type SlackMessage, section } from '../blocks.ts';
import { planButton, reminderText } from '../text/en/reminder.ts';

export const REMINDER_PLAN = 'reminder_plan';

/** The button names the cluster and what to go to; whoever clicks asks for the plan, with their own rights. */
export function reminderMessage(cluster: string, reminder: Reminder): SlackMessage {
  const text = reminderText(cluster, reminder);
  const target = reminder.kind === 'new-patch' ? 'patch' : 'next';
  return message(text, [
    section(text),
    ...buttonRow([button(REMINDER_PLAN, `${cluster} ${target}`, { label: planButton, style: 'primary' })]),
  ]);
}
