import type { Clock } from './ports.ts';

/** One connection of a process to Redis tells how it fares, as often as it likes. */
export interface Line {
  lost(error: Error): void;
  back(): void;
}

/** What all connections of a process tell makes one outage, which is said once when it begins and once when it is over. */
export interface Outage {
  line(): Line;
}

interface Listener {
  /** `error`: why the first connection was lost. */
  readonly onBegin: (error: Error) => void;
  /** After the last that was lost has come back. */
  readonly onEnd: (ms: number) => void;
  readonly clock: Clock;
}

export function createOutage({ onBegin, onEnd, clock }: Listener): Outage {
  const lost = new Set<Line>();
  let since = 0;
  return {
    line() {
      const line: Line = {
        lost(error) {
          if (lost.size === 0) {
            since = clock.now();
            onBegin(error);
          }
          lost.add(line);
        },
        back() {
          if (lost.delete(line) && lost.size === 0) onEnd(clock.now() - since);
        },
      };
      return line;
    },
  };
}
