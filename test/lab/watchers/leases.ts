import type { Kubectl } from '../kubectl.ts';
import type { Timeline } from '../timeline.ts';
import { JOB_NAMESPACE } from '../workload.ts';

/** Who held a lease in the namespace of the upgrade Jobs. */
export class LeaseWatcher {
  readonly holders = new Set<string>();

  watch(kubectl: Kubectl, timeline: Timeline, signal: AbortSignal): Promise<void> {
    return kubectl.watch(
      ['leases', '-n', JOB_NAMESPACE],
      ['.metadata.name', '.spec.holderIdentity'],
      rows => {
        for (const [name = '', holder = ''] of rows.values()) {
          if (holder === '' || this.holders.has(holder)) continue;
          this.holders.add(holder);
          timeline.note(`Lease ${name} is held by ${holder}`);
        }
      },
      signal,
    );
  }
}
