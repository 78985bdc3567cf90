import type { Driver, HostToAsk } from '../driver-ports.ts';
import type { Gate } from './gate.ts';

/** Nothing that an earlier run has begun on the host goes on there. `atWork`: what did when it was asked just now, a clause. */
export function hostIdleGate(of: HostToAsk, atWork: string, driver: Pick<Driver, 'watchAtWork'>): Gate {
  let seen: string | undefined = atWork;
  return {
    name: 'host',
    remedy: 'Where its host is gone for good, delete that Job, or the node; then retry.',
    async watch(changed, signal) {
      for await (const why of driver.watchAtWork(of, signal)) {
        seen = why;
        changed();
      }
    },
    verdict: () =>
      seen === undefined
        ? { kind: 'open' }
        : { kind: 'closed', why: `its host may be at work still for run ${of.run}, which left it claimed: ${seen}` },
  };
}
