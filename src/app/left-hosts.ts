import type { NodeView } from '../cluster/snapshot.ts';
import type { KubernetesVersion } from '../version/kubernetes-version.ts';
import type { Deadline } from './deadline.ts';
import type { Driver } from './driver-ports.ts';
import { awaitIdle, type WaitPorts } from './gate-steps.ts';
import { hostWorkId } from './host-work-id.ts';
import type { Reached } from './step-limits.ts';

export interface LeftHostPorts extends WaitPorts {
  readonly driver: Pick<Driver, 'atWork' | 'watchAtWork'>;
}

/**
 * Waits until nothing goes on any more on the hosts of these nodes, which other works have left claimed; whatever is claimed
 * stays as it is meanwhile. Answers whether there was anything to wait for. Throws StepFailed with what there still is when
 * the time is over.
 */
export async function awaitLeftHosts(
  left: readonly Pick<NodeView, 'name' | 'claim'>[],
  { to, reached }: { readonly to: KubernetesVersion; readonly reached: Reached },
  ports: LeftHostPorts,
  deadline: Deadline,
): Promise<boolean> {
  let waited = false;
  for (const { name: node, claim } of left) {
    if (!claim) continue;
    const of = { id: hostWorkId(claim), run: claim.run, node, to };
    const atWork = await ports.driver.atWork(of, deadline.either);
    if (atWork === undefined) continue;
    await awaitIdle({ of, atWork, reached }, ports, deadline);
    waited = true;
  }
  return waited;
}
