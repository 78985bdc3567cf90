import { type Calendar, daysBetween, findMinor, newestOf, supportOf } from '../version/calendar.ts';
import { compareVersions, formatMinor, formatVersion, type KubernetesVersion } from '../version/kubernetes-version.ts';

/** What people are to be told unasked. Each is said once: `key` is what it is remembered by. Days are ISO days. */
export type Reminder =
  | {
      readonly kind: 'support-ends';
      readonly key: string;
      readonly minor: string;
      readonly day: string;
      readonly daysLeft: number;
    }
  | { readonly kind: 'support-ended'; readonly key: string; readonly minor: string; readonly day: string | undefined }
  | { readonly kind: 'new-patch'; readonly key: string; readonly from: string; readonly to: string };

export interface ReminderInput {
  /** What the cluster runs, by its oldest kube-apiserver. */
  readonly present: KubernetesVersion;
  readonly calendar: Calendar;
  /** An ISO day. */
  readonly today: string;
  /** Keys of what was said before about this cluster. */
  readonly said: ReadonlySet<string>;
}

/** So many days before the end it is said (again); most urgent last. */
const NOTICE_DAYS = [60, 30, 14, 7] as const;

/** What has to be said today and was not said before: about the support of the present minor, and about its patches. */
export function dueReminders(input: ReminderInput): Reminder[] {
  return [...supportReminders(input), ...patchReminders(input)].filter(({ key }) => !input.said.has(key));
}

function supportReminders({ present, calendar, today }: ReminderInput): Reminder[] {
  const minor = formatMinor(present);
  const support = supportOf(calendar, present, today);
  switch (support.kind) {
    case 'unknown':
      return [];
    case 'ended':
      return [{ kind: 'support-ended', key: `support-ended ${minor}`, minor, day: support.on }];
    case 'supported': {
      if (support.until === undefined) return [];
      const daysLeft = daysBetween(today, support.until);
      // Of the notices that are due by now only the latest is said: the others would say the same.
      const notice = NOTICE_DAYS.filter(days => daysLeft <= days).at(-1);
      if (notice === undefined) return [];
      return [{ kind: 'support-ends', key: `support-ends ${minor} ${notice}`, minor, day: support.until, daysLeft }];
    }
  }
}

/** A patch that the calendar does not know yet may run already; then there is nothing to say. */
function patchReminders({ present, calendar }: ReminderInput): Reminder[] {
  const entry = findMinor(calendar, present);
  const newest = entry && newestOf(entry);
  if (!newest || compareVersions(newest, present) <= 0) return [];
  const to = formatVersion(newest);
  return [{ kind: 'new-patch', key: `new-patch ${to}`, from: formatVersion(present), to }];
}
