import type { NodeClaim, NodeView } from '../cluster/snapshot.ts';
import type { Phase } from '../plan/plan.ts';
import { kubeadmCommand, raisesNewest, type Turn, whyNotItsTurn } from '../plan/turn.ts';
import { formatVersion, type KubernetesVersion } from '../version/kubernetes-version.ts';
import type { RunningComponent } from '../version/skew.ts';
import type { Deadline } from './deadline.ts';
import { awaitLeftHosts, type LeftHostPorts } from './left-hosts.ts';
import type { NodeControl, Surroundings } from './ports.ts';
import { StepFailed } from './step-failed.ts';
import type { Reached } from './step-limits.ts';

export interface TurnTask {
  readonly run: string;
  readonly node: string;
  readonly phase: Phase;
  readonly to: KubernetesVersion;
  /** Every node that was approved for this pass. */
  readonly pass: readonly string[];
  readonly reached: Reached;
}

/**
 * Throws StepFailed where the cluster, as it stands, is not where the plan would have this work begin. The order of works
 * comes out of Redis; this does not. Every node is read only before the first control plane of a hop.
 */
export async function assertTurn(
  { node: name, phase, to }: TurnTask,
  { kubelet }: NodeView,
  surroundings: Surroundings,
  signal: AbortSignal,
): Promise<void> {
  const controlPlane = await surroundings.controlPlane(signal);
  const seen = { node: name, phase, to, kubelet, controlPlane };
  const kubelets = raisesNewest(seen) ? (await surroundings.nodes(signal)).flatMap(kubeletOf) : [];
  const turn: Turn = { ...seen, kubelets };
  const why = whyNotItsTurn(turn);
  if (why === undefined) return;
  throw new StepFailed(
    `It is not the turn of node ${name} to go to ${formatVersion(to)}, so nothing was touched. ${why} Mend that, then retry.`,
  );
}

/**
 * Control planes are upgraded one at a time, for the sake of etcd's quorum. Called with the claim in hand: of two works that
 * begin at once, at least one sees the other. Gives the claim back and throws StepFailed where another node is at work; where
 * one still is for a run that has left it, that is waited for.
 */
export async function assertAlone(
  task: TurnTask,
  claim: NodeClaim,
  ports: LeftHostPorts & { readonly nodes: NodeControl; readonly surroundings: Surroundings },
  deadline: Deadline,
): Promise<void> {
  const { run, node: name } = task;
  const all = await ports.surroundings.controlPlaneNodes(deadline.either);
  const others = all.filter(each => each.name !== name);
  const other = others.find(each => each.claim?.run === run);
  if (!other) {
    await awaitLeftHosts(others, task, ports, deadline);
    return;
  }
  await ports.nodes.release(name, claim, deadline.either);
  throw new StepFailed(
    `Control planes are upgraded one at a time, and this run is at work on ${other.name}. Wait until that is through, then retry.`,
  );
}

/** What kubeadm is to do on a control plane, as the cluster and the approved plan have it; undefined in other phases. */
export async function commandFor(
  task: TurnTask,
  surroundings: Surroundings,
  signal: AbortSignal,
): Promise<'apply' | 'node' | undefined> {
  if (task.phase !== 'control-plane') return undefined;
  // While the only control plane is upgraded, nobody answers.
  if (task.pass.every(name => name === task.node)) return 'apply';
  return kubeadmCommand({ ...task, controlPlane: await surroundings.controlPlane(signal) }, task.pass);
}

function kubeletOf({ name, kubelet }: NodeView): RunningComponent[] {
  return kubelet ? [{ kind: 'kubelet', node: name, version: kubelet }] : [];
}
