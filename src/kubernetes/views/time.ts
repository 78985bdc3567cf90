import type { WireTime } from './wire.ts';

/** Epoch milliseconds; undefined where there is no time, or none that can be read. */
export function epoch(time: WireTime | undefined): number | undefined {
  if (time === undefined) return undefined;
  const ms = typeof time === 'string' ? Date.parse(time) : time.getTime();
  return Number.isNaN(ms) ? undefined : ms;
}
