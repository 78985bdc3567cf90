/**
 * A Kubernetes version as a value. Parsed once at the edge; compared as numbers, never as text.
 * `vendor` is everything behind `+` or a vendor's `-eks-…`/`-gke.…` suffix and never takes part in ordering.
 */
export interface KubernetesVersion {
  readonly major: number;
  readonly minor: number;
  readonly patch: number;
  readonly prerelease?: string;
  readonly vendor?: string;
}

/** A minor release line, such as 1.37. */
export interface Minor {
  readonly major: number;
  readonly minor: number;
}

const FORM =
  /^v?(\d{1,3})\.(\d{1,4})\.(\d{1,4})(?:-((?:alpha|beta|rc)\.\d+))?((?:-[0-9A-Za-z][0-9A-Za-z.-]*)?(?:\+[0-9A-Za-z.+-]+)?)$/;
const MINOR_FORM = /^v?(\d{1,3})\.(\d{1,4})$/;

/** `v1.36.2`, `1.35.4+k3s1`, `v1.36.0-rc.1`, `v1.34.7-eks-1234567`, `v1.37.1-gke.100`; undefined for anything else. */
export function parseVersion(text: string): KubernetesVersion | undefined {
  const match = FORM.exec(text.trim());
  if (!match) return undefined;
  const [, major, minor, patch, prerelease, vendor] = match;
  return {
    major: Number(major),
    minor: Number(minor),
    patch: Number(patch),
    ...(prerelease ? { prerelease } : {}),
    ...(vendor ? { vendor: vendor.slice(1) } : {}),
  };
}

/** `1.37` or `v1.37`; undefined for anything else. */
export function parseMinor(text: string): Minor | undefined {
  const match = MINOR_FORM.exec(text.trim());
  return match ? { major: Number(match[1]), minor: Number(match[2]) } : undefined;
}

/** Negative when `a` is older, positive when newer, 0 when equal. A pre-release is older than its release. */
export function compareVersions(a: KubernetesVersion, b: KubernetesVersion): number {
  return a.major - b.major || a.minor - b.minor || a.patch - b.patch || comparePrerelease(a.prerelease, b.prerelease);
}

/** Minors between two versions: positive when `a` is newer. Different majors count as very far apart. */
export function minorsBetween(a: Minor, b: Minor): number {
  return (a.major - b.major) * 1000 + (a.minor - b.minor);
}

/** As packages and tags write it, without a vendor's suffix: `v1.36.2`, `v1.36.0-rc.1`. */
export function formatVersion(version: KubernetesVersion): string {
  const pre = version.prerelease ? `-${version.prerelease}` : '';
  return `v${version.major}.${version.minor}.${version.patch}${pre}`;
}

export function formatMinor({ major, minor }: Minor): string {
  return `${major}.${minor}`;
}

function comparePrerelease(a: string | undefined, b: string | undefined): number {
  if (a === b) return 0;
  if (a === undefined) return 1;
  if (b === undefined) return -1;
  const [stageA = '', numberA = '0'] = a.split('.');
  const [stageB = '', numberB = '0'] = b.split('.');
  // alpha, beta, rc stand in alphabetical order
  return stageA === stageB ? Number(numberA) - Number(numberB) : stageA < stageB ? -1 : 1;
}
