import type { PodView } from '../../cluster/snapshot.ts';
import type { PodControl } from '../ports.ts';
import type { AttachmentView, VolumeControl } from '../workload-ports.ts';
import { some } from './daemon-pods.ts';
import type { Gate, Verdict } from './gate.ts';

/**
 * How long they are waited for. Whoever detaches them may itself be among the pods that found no other place: then nothing
 * would, until the node takes pods again. The cluster's own controller gives up on an unmount after this time, too
 * (kube-controller-manager: maxWaitForUnmountDuration).
 */
const LONGEST_MS = 6 * 60_000;

/**
 * The volumes of the pods that have left are detached: until then no other node can attach most of them, and a host that
 * goes down meanwhile keeps them for minutes. Volumes of pods that stay on the node stay with them, and one that no claim is
 * bound to is nobody's to wait for. Rests on the cluster as it is, not on which pods were evicted. Opens by itself after
 * LONGEST_MS.
 */
export function volumesGate(
  node: string,
  { pods, volumes }: { readonly pods: PodControl; readonly volumes: VolumeControl },
): Gate {
  /** `namespace/name` of the claim of each volume, by its name. */
  const claims = new Map<string, string | undefined>();
  let attached: readonly AttachmentView[] | undefined;
  let onNode: readonly PodView[] | undefined;
  let closedSince: number | undefined;

  async function followVolumes(changed: () => void, signal: AbortSignal): Promise<void> {
    for await (const each of volumes.watchAttachments(node, signal)) {
      for (const { volume } of each) {
        if (!claims.has(volume)) claims.set(volume, await volumes.claimOf(volume, signal));
      }
      attached = each;
      changed();
    }
  }
  async function followPods(changed: () => void, signal: AbortSignal): Promise<void> {
    for await (const each of pods.watchOn(node, signal)) {
      onNode = each;
      changed();
    }
  }

  return {
    name: 'volumes',
    remedy: 'Look at their driver (kubectl describe volumeattachment), then retry.',
    watch: (changed, signal) => Promise.all([followVolumes(changed, signal), followPods(changed, signal)]),
    verdict(now) {
      if (!attached || !onNode) return { kind: 'closed', why: 'what is attached to it could not be seen' };
      const verdict = volumesVerdict(attached, onNode, claims);
      closedSince = verdict.kind === 'open' ? undefined : (closedSince ?? now);
      if (verdict.kind === 'open' || closedSince === undefined) return verdict;
      const ms = closedSince + LONGEST_MS - now;
      return ms > 0 ? { ...verdict, ms } : { kind: 'open' };
    },
  };
}

function volumesVerdict(
  attached: readonly AttachmentView[],
  pods: readonly PodView[],
  claims: ReadonlyMap<string, string | undefined>,
): Verdict {
  const used = new Set(pods.flatMap(({ namespace, claims: names }) => names.map(name => `${namespace}/${name}`)));
  const left = attached.flatMap(({ volume, driver }) => {
    const claim = claims.get(volume);
    return claim === undefined || used.has(claim) ? [] : [`${volume} (claim ${claim}, driver ${driver})`];
  });
  if (left.length === 0) return { kind: 'open' };
  return { kind: 'closed', why: `volumes of the pods that left are still attached: ${some(left)}` };
}
