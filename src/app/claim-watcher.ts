import type { NodeClaim } from '../cluster/snapshot.ts';
import { assertClaimed } from './claim.ts';
import type { Clock, NodeControl } from './ports.ts';

const LOOK_AGAIN_MS = 5_000;

/**
 * `assertClaimed` for requests in quick succession: one look serves those of a few seconds. After a longer silence this
 * may be a worker that was frozen, also while it waited for the answer: one that is older counts for nothing.
 */
export function claimWatcher(
  name: string,
  claim: NodeClaim,
  { nodes, clock }: { readonly nodes: NodeControl; readonly clock: Clock },
): (signal: AbortSignal) => Promise<void> {
  let looked = Number.NEGATIVE_INFINITY;
  return async signal => {
    while (clock.now() - looked >= LOOK_AGAIN_MS) {
      const asked = clock.now();
      await assertClaimed(name, claim, nodes, signal);
      looked = asked;
    }
  };
}
