/** Lets watchers know that something has changed; what happens while one is busy reaches it as a single change. */
export function createChanges() {
  let version = 0;
  let waiting: (() => void)[] = [];

  async function* follow<T>(read: () => T, signal: AbortSignal): AsyncGenerator<T> {
    let seen = -1;
    while (!signal.aborted) {
      if (seen === version) await nextRing(signal);
      else {
        seen = version;
        yield read();
      }
    }
  }
  function nextRing(signal: AbortSignal): Promise<void> {
    return new Promise(resolve => {
      waiting.push(resolve);
      signal.addEventListener('abort', () => resolve(), { once: true });
    });
  }

  return {
    follow,
    ring() {
      version += 1;
      const woken = waiting;
      waiting = [];
      for (const wake of woken) wake();
    },
  };
}
