import type { NodeView } from '../cluster/snapshot.ts';
import { StepFailed } from './step-failed.ts';

/** The very node that was approved is not in the cluster any more. `replaced`: another one has its name. */
export class NodeGone extends StepFailed {
  readonly replaced: boolean;

  constructor(sentence: string, replaced: boolean) {
    super(sentence);
    this.replaced = replaced;
  }
}

export function deleted(name: string): NodeGone {
  return new NodeGone(`Node ${name} was deleted from the cluster. Skip it, or abort.`, false);
}

/** Throws NodeGone where the node is not there, or is another one, which nobody approved. */
export function assertThere(
  node: NodeView | undefined,
  { node: name, uid }: { readonly node: string; readonly uid: string },
): asserts node is NodeView {
  if (!node) throw deleted(name);
  if (node.uid === uid) return;
  throw new NodeGone(`Node ${name} was replaced by another of the same name, which nobody approved. Plan again.`, true);
}
