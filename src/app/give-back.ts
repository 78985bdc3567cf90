import type { NodeClaim, NodeView } from '../cluster/snapshot.ts';
import type { KubernetesVersion } from '../version/kubernetes-version.ts';
import type { Driver } from './driver-ports.ts';
import { hostWorkId } from './host-work-id.ts';
import type { NodeControl } from './ports.ts';

interface LeftAttempt {
  readonly run: string;
  readonly work: string;
  readonly attempt: number;
  readonly node: string;
}

interface GivenBack {
  /** What was undone; undefined where the node carries no such claim. */
  readonly undone: NodeClaim | undefined;
  /** There is no such node any more. */
  readonly gone: boolean;
}

/**
 * Undoes what this work did to the node, as far as it did. What a later attempt has claimed since is none of ours. Not to be
 * called where the host may be at work.
 */
export async function giveBack(task: LeftAttempt, nodes: NodeControl, signal: AbortSignal): Promise<GivenBack> {
  const node = await nodes.get(task.node, signal);
  return await undo(node, node && claimLeft(task, node), nodes, signal);
}

async function undo(
  node: NodeView | undefined,
  claim: NodeClaim | undefined,
  nodes: NodeControl,
  signal: AbortSignal,
): Promise<GivenBack> {
  if (!node || !claim) return { undone: undefined, gone: !node };
  const { kind } = await nodes.release(node.name, claim, signal);
  return { undone: kind === 'ok' ? claim : undefined, gone: kind === 'gone' };
}

/** The claim of this attempt, or of an earlier one of the same work, where the node carries it still. */
function claimLeft({ run, work, attempt }: LeftAttempt, { claim }: NodeView): NodeClaim | undefined {
  return claim && claim.run === run && claim.work === work && claim.attempt <= attempt ? claim : undefined;
}

/**
 * As `giveBack`, for an attempt whose host may be at work still: nothing is undone then, and it answers what it waits for, as
 * a clause.
 */
export async function giveBackWhenIdle(
  task: LeftAttempt & { readonly to: KubernetesVersion },
  { nodes, driver }: { readonly nodes: NodeControl; readonly driver: Pick<Driver, 'atWork'> },
  signal: AbortSignal,
): Promise<{ readonly waitsFor: string } | GivenBack> {
  const { run, node: name, to } = task;
  const node = await nodes.get(name, signal);
  const claim = node && claimLeft(task, node);
  const atWork = claim && (await driver.atWork({ id: hostWorkId(task), run, node: name, to }, signal));
  return atWork === undefined ? await undo(node, claim, nodes, signal) : { waitsFor: atWork };
}
