import type { NodeClaim, NodeView } from '../cluster/snapshot.ts';
import { compareVersions, type KubernetesVersion } from '../version/kubernetes-version.ts';
import type { Driver } from './driver-ports.ts';
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

interface ClaimPorts {
  readonly nodes: NodeControl;
  readonly lease: RunLease;
  readonly surroundings: Surroundings;
  readonly onBackInService: () => Promise<void>;
}

/**
 * Writes this work's claim on the node and returns it as it stands there. A node that was upgraded by other means needs
 * none. Throws StepFailed where the node is gone, is another one, or belongs to somebody else's work, and where it is not
 * its turn: what has begun already goes on in any case.
 */
export async function claimNode(
  task: ClaimTask,
  ports: ClaimPorts,
  signal: AbortSignal,
): Promise<NodeClaim | 'nothing-to-do'> {
  const { nodes, lease, surroundings } = ports;
  const { run, work, node: name, phase, to } = task;
  const node = await nodes.get(name, signal);
  assertThere(node, task);
  if (phase !== 'control-plane' && hasReached(node, to) && !node.claim) return 'nothing-to-do';
  const begun = node.claim?.run === run && node.claim.work === work;
  // A node that this work has begun with may be unfit because of it: a retry mends that.
  if (node.ready !== 'True' && !begun) throw notReady(node);
  await assertHolding(run, name, lease, signal);
  if (!begun) await assertTurn(task, node, surroundings, signal);
  const claim = await writeClaim(task, node, nodes, signal);
  if (begun && node.claim?.outOfService && !claim.outOfService) await ports.onBackInService();
  if (!begun && task.controlPlane === 'part') await assertAlone(task, claim, ports, signal);
  return claim;
}

async function writeClaim(
  task: ClaimTask,
  node: NodeView,
  nodes: NodeControl,
  signal: AbortSignal,
): Promise<NodeClaim> {
  const { run, work, attempt, node: name, phase } = task;
  const claimOf = ({ unschedulable }: NodeView): NodeClaim => {
    // Other phases never cordon, so whatever cordon there is belongs to somebody else and is kept.
    const wasUnschedulable = phase !== 'kubelet' || unschedulable;
    return { run, work, attempt, wasUnschedulable, cordons: 0, excluded: false, outOfService: false };
  };
  const claim = claimOf(node);
  const first = await nodes.claim(name, claim, signal);
  if (first.kind !== 'taken') return await held(task, first, claim, nodes, signal);
  // What is cordoned still is somebody else's. The leftover cannot tell: one of a phase that never cordons always says so.
  const freed = claimOf(await freeLeftover(task, first.by, nodes, signal));
  const again = await nodes.claim(name, freed, signal);
  return again.kind === 'taken' ? refuse(name, again.by) : await held(task, again, freed, nodes, signal);
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

/**
 * Undoes what this work did to the node, as far as it did, and answers what that was. What a later attempt has claimed since
 * is none of ours.
 */
export async function giveBack(
  { run, work, attempt, node: name }: Pick<ClaimTask, 'run' | 'work' | 'attempt' | 'node'>,
  nodes: NodeControl,
  signal: AbortSignal,
): Promise<NodeClaim | undefined> {
  const claim = await claimLeft({ run, work, attempt, node: name }, nodes, signal);
  return claim && (await nodes.release(name, claim, signal)).kind === 'ok' ? claim : undefined;
}

/** The claim of this attempt, or of an earlier one of the same work, where the node carries it still. */
async function claimLeft(
  { run, work, attempt, node }: Pick<ClaimTask, 'run' | 'work' | 'attempt' | 'node'>,
  nodes: Pick<NodeControl, 'get'>,
  signal: AbortSignal,
): Promise<NodeClaim | undefined> {
  const claim = (await nodes.get(node, signal))?.claim;
  return claim && claim.run === run && claim.work === work && claim.attempt <= attempt ? claim : undefined;
}

/**
 * As `giveBack`, for an attempt whose host may be at work still: nothing is undone then, and it answers what it waits for, as
 * a clause.
 */
export async function giveBackWhenIdle(
  task: Pick<ClaimTask, 'run' | 'work' | 'attempt' | 'node' | 'to'>,
  { nodes, driver }: { readonly nodes: NodeControl; readonly driver: Pick<Driver, 'atWork'> },
  signal: AbortSignal,
): Promise<{ readonly waitsFor: string } | { readonly undone: NodeClaim | undefined }> {
  const claim = await claimLeft(task, nodes, signal);
  if (!claim) return { undone: undefined };
  const { run, node, to } = task;
  const atWork = await driver.atWork({ id: hostWorkId(task), run, node, to }, signal);
  if (atWork !== undefined) return { waitsFor: atWork };
  return { undone: (await nodes.release(node, claim, signal)).kind === 'ok' ? claim : undefined };
}

/** Names the work of one attempt on a host for ever. */
export function hostWorkId({ run, work, attempt }: Pick<ClaimTask, 'run' | 'work' | 'attempt'>): string {
  return [run, work, attempt].join('-');
}

/**
 * Only one run holds the cluster's lease, and its works follow one another on a node: whoever else's claim is met by
 * the holder was left behind, and what it did to the node is undone first. Returns the node as it then stands.
 */
async function freeLeftover(
  { run, work, node }: ClaimTask,
  by: NodeClaim,
  nodes: NodeControl,
  signal: AbortSignal,
): Promise<NodeView> {
  if (by.run === run && by.work === work) refuse(node, by);
  await nodes.release(node, by, signal);
  const freed = await nodes.get(node, signal);
  if (!freed) throw deleted(node);
  return freed;
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

function notReady({ name, ready }: NodeView): StepFailed {
  const how = ready === 'Unknown' ? 'stopped answering' : 'is not Ready';
  return new StepFailed(
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
