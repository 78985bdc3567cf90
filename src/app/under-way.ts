/** Work that nobody waits for one by one, but whose end matters before what comes after it. It must never reject. */
export interface UnderWay {
  add(work: Promise<void>): void;
  /** Ends as soon as all of it has ended, or after so many milliseconds. */
  settled(atMostMs: number): Promise<void>;
}

export function createUnderWay(): UnderWay {
  const all = new Set<Promise<void>>();
  return {
    add(work) {
      const counted = work.finally(() => all.delete(counted));
      all.add(counted);
    },
    async settled(atMostMs) {
      if (all.size === 0) return;
      let timer: NodeJS.Timeout | undefined;
      const limit = new Promise<void>(resolve => {
        timer = setTimeout(resolve, atMostMs);
      });
      await Promise.race([Promise.all(all), limit]);
      clearTimeout(timer);
    },
  };
}
