import { isBackFrom, isGivenUp, type PowerChange } from '../power.ts';
import type { Evidence } from './evidence.ts';
import type { Verdict } from './verdict.ts';

/** That the hosts of the lab are hosts: they reboot, and one without power stays away until it has some. */
export function judgePower({ power }: Evidence): Verdict[] {
  if (power === undefined) return [];
  const { rebooted, cut, started } = power;
  return [
    seen(rebooted, isBackFrom, `${rebooted.host} rebooted: its node was Ready again, in another boot`),
    seen(cut, isGivenUp, `${cut.host} lost its power and did not come back: its node was Unknown`),
    seen(started, isBackFrom, `${started.host} was given power again: its node was Ready, in another boot`),
  ];
}

function seen({ begun, before, changes, trouble }: PowerChange, wanted: typeof isBackFrom, good: string): Verdict {
  const found = changes.find(look => wanted(before, look));
  if (trouble !== undefined) return { holds: false, sentence: `${good}: no, ${trouble}` };
  if (found) return { holds: true, sentence: `${good}, after ${((found.at - begun) / 1000).toFixed(1)} s` };
  const looks = changes.map(({ bootId, ready }) => `Ready was ${ready} in boot ${bootId}`).join(', then ');
  return { holds: false, sentence: `${good}: no, ${looks || 'it never changed'}` };
}
