import { presentVersion } from '../plan/cluster-status.ts';
import { dueReminders } from '../plan/reminders.ts';
import { runningComponents } from '../plan/standing.ts';
import { isoDay } from '../version/calendar.ts';
import { type Clock, ClusterRefused, ClusterUnreachable, type Queues } from './ports.ts';
import type { WorkerPorts } from './worker-ports.ts';

export interface RemindPorts extends Pick<WorkerPorts, 'cluster' | 'releases' | 'policy' | 'report'> {
  readonly reader: WorkerPorts['quick']['reader'];
  readonly queues: Pick<Queues, 'notify'>;
  readonly clock: Clock;
  /** What was said about this cluster, as a text; it may be lost, and then it is said again. */
  readonly memory: { read(): Promise<string | undefined>; write(text: string): Promise<void> };
}

/**
 * Tells a cluster's channel that its minor leaves support, or that a patch is out: each once. Reminders go to the first
 * channel that the policy names; where it names none, nobody asked to be told.
 */
export async function remind(ports: RemindPorts, signal: AbortSignal): Promise<void> {
  const { cluster, releases, reader, queues, clock, memory } = ports;
  const channels = ports.policy().policy?.channels ?? 'anywhere';
  const channel = channels === 'anywhere' ? undefined : channels[0];
  if (channel === undefined) return;
  try {
    const [snapshot, calendar] = await Promise.all([reader.snapshot(signal), releases.current()]);
    const present = presentVersion(runningComponents(snapshot));
    if (!present) return;
    const said = saidIn(await memory.read());
    const due = dueReminders({ present, calendar, today: isoDay(clock.now()), said: new Set(said) });
    for (const reminder of due) {
      await queues.notify(`reminder-${cluster}-${reminder.key.replaceAll(' ', '-')}`, {
        kind: 'reminder',
        cluster,
        channel,
        reminder,
      });
    }
    // Written also where nothing is new: what is not touched for long is forgotten.
    await memory.write([...said, ...due.map(({ key }) => key)].slice(-REMEMBERED).join('\n'));
  } catch (error) {
    if (!(error instanceof ClusterUnreachable || error instanceof ClusterRefused)) throw error;
    ports.report(`nobody could be reminded of support and patches: ${error.message}`);
  }
}

/** More than a cluster has reminders within years. */
const REMEMBERED = 200;

function saidIn(text: string | undefined): string[] {
  return (text ?? '').split('\n').filter(line => line !== '');
}
