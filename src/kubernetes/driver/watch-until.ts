import { createBell } from '../../app/bell.ts';

/** `wait`: look again at the next change, or after so many milliseconds where that is given. */
export type Decision<T> =
  | { readonly kind: 'reached'; readonly value: T }
  | { readonly kind: 'wait'; readonly ms?: number | undefined };

type Source<V> = (signal: AbortSignal) => AsyncIterable<V>;

/**
 * Watches two things until what is seen of both, once both are known, leads to a decision. Throws what a source throws,
 * and the signal's reason.
 */
export async function watchUntil<A, B, T>(
  sources: readonly [Source<A>, Source<B>],
  decide: (a: A, b: B) => Decision<T>,
  signal: AbortSignal,
): Promise<T> {
  const stop = new AbortController();
  const either = AbortSignal.any([signal, stop.signal]);
  const bell = createBell();
  let a: { readonly newest: A } | undefined;
  let b: { readonly newest: B } | undefined;
  let failed: { readonly error: unknown } | undefined;

  async function take<V>(source: Source<V>, keep: (newest: V) => void): Promise<void> {
    try {
      for await (const newest of source(either)) {
        keep(newest);
        bell.ring();
      }
    } catch (error) {
      failed ??= { error };
      bell.ring();
    }
  }

  try {
    void take(sources[0], newest => (a = { newest }));
    void take(sources[1], newest => (b = { newest }));
    let ms: number | undefined;
    for (;;) {
      await bell.next(ms, signal);
      if (failed) throw failed.error;
      if (!a || !b) continue;
      const decision = decide(a.newest, b.newest);
      if (decision.kind === 'reached') return decision.value;
      ms = decision.ms;
    }
  } finally {
    stop.abort();
  }
}
