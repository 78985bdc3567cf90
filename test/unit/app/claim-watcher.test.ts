import { claimWatcher } from '../../../src/app/claim-watcher.ts';
import type { NodeView } from '../../../src/cluster/snapshot.ts';
import { worker } from '../plan/cluster-builder.ts';
import { createCluster } from './memory-cluster.ts';
import { CLAIM } from './recipe-example.ts';

const { signal } = new AbortController();

/** How often the node was read for each of some calls; `took` are the milliseconds of each reading. */
async function looks(calls: number, took: readonly number[]): Promise<number> {
  const node: NodeView = worker('w-1', '1.35.4', { claim: CLAIM });
  const { nodes } = createCluster({ nodes: [node] });
  let now = 0;
  let read = 0;
  const slow = {
    ...nodes,
    get: async () => {
      now += took[read] ?? 0;
      read += 1;
      return node;
    },
  };
  const assertClaimed = claimWatcher('w-1', CLAIM, { nodes: slow, clock: { now: () => now } });
  for (let call = 0; call < calls; call += 1) await assertClaimed(signal);
  return read;
}

test.each([
  ['serves the requests of a few seconds', 3, [], 1],
  ['is made anew where its answer came only after a worker had been frozen', 1, [60_000], 2],
  ['is made until an answer is fresh', 1, [60_000, 5_000, 4_999], 3],
])('one look at the claim %s', async (_, calls, took, expected) => {
  expect(await looks(calls, took)).toBe(expected);
});
