/** What is so now, of something that is told at every change; undefined where it ended before it was told. */
export async function firstOf<T>(states: AsyncIterable<T>): Promise<T | undefined> {
  for await (const state of states) return state;
  return undefined;
}
