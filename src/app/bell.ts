/** Wakes the one who waits whenever something has changed; a ring while nobody waits is kept for the next. */
export interface Bell {
  ring(): void;
  /** Ends with the next ring, after `ms` (undefined: without limit), or by throwing the signal's reason. */
  next(ms: number | undefined, signal: AbortSignal): Promise<void>;
}

export function createBell(): Bell {
  let rung = false;
  let wake: (() => void) | undefined;

  return {
    ring() {
      rung = true;
      wake?.();
    },
    async next(ms, signal) {
      signal.throwIfAborted();
      if (!rung) await silence(ms, signal, resume => (wake = resume));
      wake = undefined;
      rung = false;
      signal.throwIfAborted();
    },
  };
}

/** setTimeout takes no longer time than this (2^31 - 1 ms); waking up early does no harm. */
const LONGEST_MS = 2_147_483_647;

function silence(ms: number | undefined, signal: AbortSignal, onWaiting: (resume: () => void) => void): Promise<void> {
  return new Promise(resolve => {
    const timer = ms === undefined ? undefined : setTimeout(done, Math.min(LONGEST_MS, Math.max(0, ms)));
    signal.addEventListener('abort', done, { once: true });
    onWaiting(done);
    function done() {
      clearTimeout(timer);
      signal.removeEventListener('abort', done);
      resolve();
    }
  });
}
