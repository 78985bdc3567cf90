import type { PodView } from '../../cluster/snapshot.ts';
import type { PodControl } from '../ports.ts';
import type { AttachmentView, VolumeControl } from '../workload-ports.ts';
import { some } from './daemon-pods.ts';
import type { Gate, Verdict } from './gate.ts';

/**
 * The volumes of the pods that have left are detached: until then no other node can attach most of them, and a host that
 * goes down meanwhile keeps them for minutes. Volumes of pods that stay on the node stay with them, and one that no claim is
 * bound to is nobody's to wait for. Rests on the cluster as it is, not on which pods were evicted.
 */
export function volumesGate(
  node: string,
  { pods, volumes }: { readonly pods: PodControl; readonly volumes: VolumeControl },
): Gate {
  /** `namespace/name` of the claim of each volume, by its name. */
  const claims = new Map<string, string | undefined>();
  let attached: readonly AttachmentView[] | undefined;
  let onNode: readonly PodView[] | undefined;

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
    verdict: () =>
      attached && onNode
        ? volumesVerdict(attached, onNode, claims)
        : { kind: 'closed', why: 'what is attached to it could not be seen' },
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
