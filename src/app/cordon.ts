import type { NodeClaim, NodeView } from '../cluster/snapshot.ts';
import { assertOurs, isSame } from './claim.ts';
import type { CordonRules, NodeControl } from './ports.ts';
import { StepFailed } from './step-failed.ts';

export interface Cordoning {
  readonly node: string;
  readonly uid: string;
  readonly claim: NodeClaim;
  readonly rules: CordonRules;
  /** Its host may be at work: whoever uncordons it is overruled each time, for nothing ends what goes on there. */
  readonly hostAtWork: boolean;
  /** Called where the node had to be cordoned anew, as often as that is seen. */
  readonly onRecordoned: (hostAtWork: boolean) => Promise<void>;
}

/**
 * Sees that the node, as it was `seen`, is cordoned for its claim, and answers the claim as it then stands. Whoever
 * uncordons it meanwhile is overruled once, and it is said; the second time it is asked what they want, unless the host is
 * at work. Throws StepFailed then, and where the node is no longer ours.
 */
export async function keepCordoned(
  { node: name, claim, rules, hostAtWork, onRecordoned }: Cordoning,
  seen: NodeView,
  nodes: NodeControl,
  signal: AbortSignal,
): Promise<NodeClaim> {
  const held = seen.claim && isSame(seen.claim, claim) ? seen.claim : claim;
  if (!seen.unschedulable && held.cordons > 1 && !hostAtWork) throw uncordonedAgain(name);
  const guarded = await nodes.cordon(name, claim, rules, signal);
  assertOurs(name, claim, guarded);
  const now = (guarded.kind === 'ok' && guarded.node.claim) || claim;
  if (now.cordons > 1) await onRecordoned(hostAtWork && now.cordons > held.cordons);
  return now;
}

function uncordonedAgain(name: string): StepFailed {
  return new StepFailed(
    `Node ${name} was uncordoned for the second time while Capstan worked on it, which had cordoned it once more after ` +
      'the first. Who did it is not known: the audit log of the API server tells. Agree with them, then retry, which ' +
      'cordons it again, or skip the node.',
  );
}
