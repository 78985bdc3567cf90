import type { NodeView } from '../cluster/snapshot.ts';
import { compareVersions, type KubernetesVersion } from '../version/kubernetes-version.ts';
import { hostWorkId } from './host-work-id.ts';
import { leftoverRun } from './remembered.ts';
import type { WorkerPorts } from './worker-ports.ts';

type LeftoverPorts = Pick<WorkerPorts, 'store' | 'clock' | 'quick' | 'report'>;

/**
 * Gives back nodes that a run left claimed, and perhaps cordoned, where nobody will ever go on with it: a run that is
 * over, or that went with an emptied Redis. Only those that are Ready and have reached `version`; on any other something
 * is still to be done, and the next run takes it over. One whose host is at work still waits for the next question.
 * Returns their names.
 */
export async function giveBackLeftovers(
  nodes: readonly NodeView[],
  version: KubernetesVersion,
  ports: LeftoverPorts,
  signal: AbortSignal,
): Promise<string[]> {
  const { quick, report } = ports;
  const given: string[] = [];
  for (const { name, claim, kubelet, ready } of nodes) {
    if (!claim || !kubelet || compareVersions(kubelet, version) < 0 || ready !== 'True') continue;
    if ((await leftoverRun(claim.run, ports)) === undefined) continue;
    const atWork = await quick.driver.atWork(
      { id: hostWorkId(claim), run: claim.run, node: name, to: version },
      signal,
    );
    if (atWork !== undefined) {
      report(`node ${name}, which run ${claim.run} left claimed, is not given back yet: ${atWork}`);
      continue;
    }
    // Guarded by the claim: where somebody else has taken the node meanwhile, nothing is changed.
    const { kind } = await quick.nodes.release(name, claim, signal);
    if (kind !== 'ok') continue;
    report(`node ${name}, which run ${claim.run} left claimed, is given back`);
    given.push(name);
  }
  return given;
}

/** Frees the lease of a run that nobody goes on with, and never will. Returns that run. */
export async function freeLeftoverLease(
  held: string | undefined,
  ports: LeftoverPorts,
  signal: AbortSignal,
): Promise<string | undefined> {
  const leftover = await leftoverRun(held, ports);
  if (leftover === undefined) return undefined;
  const { quick, report } = ports;
  report(`the lease of run ${leftover}, which nobody goes on with, is given back`);
  await quick.lease.end(leftover, signal);
  return leftover;
}
