import type { VolumeView } from '../../cluster/snapshot.ts';
import { termsView } from './selectors.ts';
import type { WireVolume } from './wire.ts';

/** undefined for volumes that nobody claims and for those that every node can mount alike. */
export function volumeView({ metadata = {}, spec = {} }: WireVolume): VolumeView | undefined {
  const { claimRef, hostPath, nodeAffinity } = spec;
  const terms = nodeAffinity?.required?.nodeSelectorTerms ?? [];
  if (!claimRef || (!hostPath && terms.length === 0)) return undefined;
  return {
    name: metadata.name ?? '',
    claim: `${claimRef.namespace ?? ''}/${claimRef.name ?? ''}`,
    hostPath: hostPath !== undefined && hostPath !== null,
    nodeAffinity: termsView(terms),
  };
}
