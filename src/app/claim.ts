import type { NodeClaim, NodeView } from '../cluster/snapshot.ts';
import { compareVersions, type KubernetesVersion } from '../version/kubernetes-version.ts';
import type { Deadline } from './deadline.ts';
import { awaitLeftHosts, type LeftHostPorts } from './left-hosts.ts';
import { assertThere, deleted } from './node-gone.ts';
import type { Guarded, NodeControl, RunLease, Surroundings } from './ports.ts';
import { StepFailed } from './step-failed.ts';
import { assertAlone, assertTurn, type TurnTask } from './turn.ts';

interface ClaimTask extends TurnTask {
  readonly work: string;
  readonly attempt: number;
  readonly uid: string;
  readonly controlPlane: 'none' | 'part' | 'all';
}

interface ClaimPorts extends LeftHostPorts {
  readonly nodes: NodeControl;
  readonly lease: RunLease;
  readonly surroundings: Surroundings;
  readonly onBackInService: () => Promise<void>;
}

/**
 * Writes this work's claim on the node and returns it as it stands there. A node that was upgraded by other means needs
 * none. One that an earlier run has left is taken over once its host is not at work any more. Throws StepFailed where the
 * node is gone, is another one, or belongs to somebody else's work, and where it is not its turn: what has begun already
 * goes on in any case.
 */
export async function claimNode(
  task: ClaimTask,
  ports: ClaimPorts,
  deadline: Deadline,
): Promise<NodeClaim | 'nothing-to-do'> {
  const { nodes, lease, surroundings } = ports;
  const { run, work, node: name, phase, to } = task;
  const signal = deadline.either;
  const node = await nodes.get(name, signal);
  assertThere(node, task);
  const isThrough = phase !== 'control-plane' && hasReached(node, to);
  if (isThrough && !node.claim) return 'nothing-to-do';
  const begun = node.claim?.run === run && node.claim.work === work;
  const left = begun ? undefined : node.claim;
  // A node that a work has begun with may be unfit because of it: a retry of it mends that.
  if (!node.claim) assertReady(node);
  await assertHolding(run, name, lease, signal);
  if (left) {
    // What goes on there changes what is seen: it is looked at anew.
    if (await awaitLeftHosts([node], task, ports, deadline)) return await claimNode(task, ports, deadline);
    assertReady(node);
  }
  if (left && isThrough) {
    if ((await nodes.release(name, left, signal)).kind !== 'ok') refuse(name, left);
    if (left.outOfService) await ports.onBackInService();
    return 'nothing-to-do';
  }
  if (!begun) await assertTurn(task, node, surroundings, signal);
  const claim = await writeClaim(task, node, nodes, signal);
  if (node.claim?.outOfService && !claim.outOfService) await ports.onBackInService();
  if (!begun && task.controlPlane === 'part') await assertAlone(task, claim, ports, deadline);
  return claim;
}

async function writeClaim(
  task: ClaimTask,
  node: NodeView,
  nodes: NodeControl,
  signal: AbortSignal,
): Promise<NodeClaim> {
  const { run, work, attempt, node: name, phase } = task;
  const claimOf = ({ unschedulable }: Pick<NodeView, 'unschedulable'>): NodeClaim => {
    // Other phases never cordon, so whatever cordon there is belongs to somebody else and is kept.
    const wasUnschedulable = phase !== 'kubelet' || unschedulable;
    return { run, work, attempt, wasUnschedulable, cordons: 0, excluded: false, outOfService: false };
  };
  const claim = claimOf(node);
  const first = await nodes.claim(name, claim, signal);
  if (first.kind !== 'taken') return await held(task, first, claim, nodes, signal);
  if (first.by.run === run && first.by.work === work) refuse(name, first.by);
  // Only one run holds the cluster's lease, and its works follow one another on a node: whoever else's claim is met by the
  // holder was left behind.
  await nodes.takeOver(name, first.by, claimOf({ unschedulable: false }), signal);
  const now = await nodes.get(name, signal);
  if (!now) throw deleted(name);
  const again = await nodes.claim(name, claimOf(now), signal);
  return again.kind === 'taken' ? refuse(name, again.by) : await held(task, again, claim, nodes, signal);
}

/** A run holds the lease from when its approval was looked at once more until it is over, and at no other time. */
async function assertHolding(run: string, node: string, lease: RunLease, signal: AbortSignal): Promise<void> {
  const holder = await lease.holder(signal);
  if (holder === run) return;
  throw new StepFailed(
    holder === undefined
      ? `No run holds this cluster's lease: run ${run} is over, or was never begun, so it may not touch node ${node}. Abort it, and plan again.`
      : `Run ${holder} holds this cluster, so this one may not touch node ${node}. Abort one of them.`,
  );
}

/** Throws StepFailed where the node does not carry the claim any more. */
export function assertOurs(name: string, claim: NodeClaim, guarded: Guarded): void {
  if (guarded.kind === 'gone') throw deleted(name);
  if (guarded.kind === 'lost') throw lost(name, claim);
}

/** Reads the node and throws StepFailed where it does not carry this claim. */
export async function assertClaimed(
  name: string,
  claim: NodeClaim,
  nodes: NodeControl,
  signal: AbortSignal,
): Promise<void> {
  const node = await nodes.get(name, signal);
  if (!node) throw deleted(name);
  if (!node.claim || !isSame(node.claim, claim)) throw lost(name, claim);
}

/** The claim as it stands. Another node may have taken the name since ours was looked at: it gets the claim off again. */
async function held(
  task: Pick<ClaimTask, 'node' | 'uid'>,
  guarded: Guarded,
  claim: NodeClaim,
  nodes: NodeControl,
  signal: AbortSignal,
): Promise<NodeClaim> {
  assertOurs(task.node, claim, guarded);
  if (guarded.kind !== 'ok') return claim;
  const { node } = guarded;
  if (node.uid !== task.uid) await nodes.release(task.node, claim, signal);
  assertThere(node, task);
  return node.claim ?? claim;
}

export function isSame(a: NodeClaim, b: NodeClaim): boolean {
  return a.run === b.run && a.work === b.work && a.attempt === b.attempt;
}

function refuse(name: string, by: NodeClaim): never {
  throw new StepFailed(`Node ${name} is claimed by ${by.work} of run ${by.run} (attempt ${by.attempt}).`);
}

function assertReady({ name, ready }: NodeView): void {
  if (ready === 'True') return;
  const how = ready === 'Unknown' ? 'stopped answering' : 'is not Ready';
  throw new StepFailed(
    `Node ${name} ${how}, and was left alone: neither cordoned nor drained. Look at its host and its kubelet; once it is ` +
      'Ready, retry; or skip it.',
  );
}

/** The node does not carry the claim that the work on it goes by. */
class ClaimLost extends StepFailed {
  readonly claim: NodeClaim;

  constructor(sentence: string, claim: NodeClaim) {
    super(sentence);
    this.claim = claim;
  }
}

/**
 * Two workers have one work for a moment where one of them stood still for longer than its lock lasts. Whoever then finds the
 * node upgraded and given back has nothing to complain about: throws an error that passes, and the next look finds nothing
 * to do. A node that is cordoned still, and was not before, may have lost its claim to somebody's hand, which people should
 * hear of; one that took the name of ours never had it, and then NodeGone is thrown.
 */
export async function assertNotOutrun(
  error: unknown,
  task: Pick<ClaimTask, 'node' | 'uid' | 'phase' | 'to'>,
  nodes: NodeControl,
  signal: AbortSignal,
): Promise<void> {
  if (signal.aborted || !(error instanceof ClaimLost)) return;
  const { node: name, phase, to } = task;
  const node = await nodes.get(name, signal);
  assertThere(node, task);
  const staysCordoned = node.unschedulable && !error.claim.wasUnschedulable;
  if (phase !== 'kubelet' || node.claim || staysCordoned || !hasReached(node, to)) return;
  throw new Error(`Another worker was through with node ${name} first.`, { cause: error });
}

function hasReached({ kubelet }: NodeView, to: KubernetesVersion): boolean {
  return kubelet !== undefined && compareVersions(kubelet, to) >= 0;
}

function lost(name: string, claim: NodeClaim): ClaimLost {
  return new ClaimLost(
    `Node ${name} no longer carries this run's claim: somebody removed it, or newer work has it. Look at the node, then retry.`,
    claim,
  );
}
