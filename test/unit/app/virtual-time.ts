const { jest } = import.meta;

/** From here on time passes only as far as `played` lets it. Promises are served as ever. */
export function stopTime(now: number): void {
  jest.useFakeTimers({ now, doNotFake: ['nextTick', 'queueMicrotask', 'setImmediate', 'performance'] });
}

export function resumeTime(): void {
  jest.useRealTimers();
}

/** Lets time pass from one timer to the next until the promise has settled. */
export async function played<T>(promise: Promise<T>): Promise<T> {
  let settled = false;
  const end = () => {
    settled = true;
  };
  promise.then(end, end);
  await jest.advanceTimersByTimeAsync(0);
  for (let step = 0; !settled; step += 1) {
    if (step > 100_000 || jest.getTimerCount() === 0) throw new Error('It waits for something that will never come.');
    await jest.advanceTimersToNextTimerAsync();
  }
  return await promise;
}

/** Ends after `ms` of that time, or by throwing the signal's reason. */
export function pause(ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(end, ms);
    if (signal?.aborted) end();
    signal?.addEventListener('abort', end, { once: true });
    function end() {
      clearTimeout(timer);
      signal?.removeEventListener('abort', end);
      if (signal?.aborted) reject(signal.reason);
      else resolve();
    }
  });
}
