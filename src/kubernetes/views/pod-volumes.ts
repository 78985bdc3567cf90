import type { WireContainer, WirePodSpec, WirePodVolume } from './wire.ts';

/** Types of hostPath that hold no data (kubernetes.io: volumes, hostPath). */
const NO_DATA: ReadonlySet<string> = new Set(['Socket', 'CharDevice', 'BlockDevice']);

/** Whether a directory of its node is mounted to be written to: what is only read was not put there by the pod. */
export function writesToItsNode({ volumes, containers = [], initContainers = [] }: WirePodSpec): boolean {
  const names = new Set(volumes?.filter(holdsData).map(({ name }) => name));
  if (names.size === 0) return false;
  const mounts = ({ volumeMounts }: WireContainer) => volumeMounts ?? [];
  return [...containers, ...initContainers].flatMap(mounts).some(({ name, readOnly }) => !readOnly && names.has(name));
}

function holdsData({ hostPath }: WirePodVolume): boolean {
  return hostPath !== undefined && hostPath !== null && !NO_DATA.has(hostPath.type ?? '');
}

/** Names of the claims that a pod of this name uses. Most pods use none and share one empty list. */
export function claimsOf({ volumes }: WirePodSpec, pod: string): readonly string[] {
  const claims = volumes?.flatMap(volume => claimOf(volume, pod) ?? []) ?? NO_CLAIMS;
  return claims.length > 0 ? claims : NO_CLAIMS;
}

/** That of a generic ephemeral volume is named `<pod>-<volume>` (kubernetes.io: ephemeral-volumes). */
function claimOf({ name, persistentVolumeClaim, ephemeral }: WirePodVolume, pod: string): string | undefined {
  return ephemeral === undefined || ephemeral === null ? persistentVolumeClaim?.claimName : `${pod}-${name}`;
}

const NO_CLAIMS: readonly string[] = [];
