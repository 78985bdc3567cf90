import { setTimeout as pause } from 'node:timers/promises';

/** Waits so long, or throws the signal's reason as soon as it aborts. */
export async function wait(ms: number, signal: AbortSignal): Promise<void> {
  try {
    await pause(ms, undefined, { signal });
  } catch (error) {
    signal.throwIfAborted();
    throw error;
  }
}

/** A signal that aborts so many milliseconds after the other; until `end()`, which has to be called. */
export function lasting(signal: AbortSignal, ms: number): { readonly signal: AbortSignal; end(): void } {
  if (ms === 0) return { signal, end: () => {} };
  const later = new AbortController();
  let timer: NodeJS.Timeout | undefined;
  const aborted = () => {
    timer = setTimeout(() => later.abort(signal.reason), ms);
  };
  signal.addEventListener('abort', aborted, { once: true });
  return {
    signal: later.signal,
    end() {
      clearTimeout(timer);
      signal.removeEventListener('abort', aborted);
    },
  };
}
