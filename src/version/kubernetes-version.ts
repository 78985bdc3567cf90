/**
 * A Kubernetes version as a value. Parsed once at the edge; compared as numbers, never as text.
 * `vendor` is everything behind `+` or a vendor's `-eks-…`/`-gke.…` suffix and never takes part in ordering.
 */
export interface KubernetesVersion {
  readonly major: number;
  readonly minor: number;
  readonly patch: number;
  /** `alpha.2`, `beta.0`, `rc.1` */
  readonly prerelease?: string;
  readonly vendor?: string;
}

/** A minor release line, such as 1.37. */
export interface Minor {
  readonly major: number;
  readonly minor: number;
}

/** What a version may look like, to end a sentence with. */
export const VERSION_FORMS =
  'v1.36.2 or 1.36.2, v1.37.0-rc.1 (alpha, beta or rc), and behind either a vendor’s own part such as +k3s1, +rke2r1, -eks-1234567 or -gke.100';

const NUMBER = '(0|[1-9]\\d{0,3})';
/** k3s and RKE2 write `-rc1`; `git describe` writes `-alpha.2.345+0123abc` for builds between tags. */
const PRERELEASE = '(?:-(alpha|beta|rc)\\.?(\\d{1,9}))?';
const VENDOR = '((?:[.-][0-9A-Za-z][0-9A-Za-z.-]*)?(?:\\+[0-9A-Za-z.+-]+)?)';
const FORM = new RegExp(`^v?${NUMBER}\\.${NUMBER}\\.${NUMBER}${PRERELEASE}${VENDOR}$`);
const MINOR_FORM = new RegExp(`^v?${NUMBER}\\.${NUMBER}\\+?$`);

/** The beginning of a pre-release that has no number: to take it for a vendor's build would make it newer than the release. */
const UNNUMBERED = /^-(?:alpha|beta|rc)(?![a-z])/i;

/** As in the store's schema: longer ones were made up. */
const LONGEST_VENDOR = 255;

/** Any of `VERSION_FORMS`; undefined for anything else. A vendor's fourth number (`1.36.2.1`) is no version. */
export function parseVersion(text: string): KubernetesVersion | undefined {
  const match = FORM.exec(text.trim());
  if (!match) return undefined;
  const [, major, minor, patch, stage, number, vendor = ''] = match;
  if (stage === undefined && (vendor.startsWith('.') || UNNUMBERED.test(vendor))) return undefined;
  if (vendor.length > LONGEST_VENDOR) return undefined;
  return {
    major: Number(major),
    minor: Number(minor),
    patch: Number(patch),
    ...(stage ? { prerelease: `${stage}.${Number(number)}` } : {}),
    ...(vendor ? { vendor: vendor.slice(1) } : {}),
  };
}

/** `1.37`, `v1.37`, or `1.37+` as the `/version` of patched API servers says it; undefined for anything else. */
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
  return (a.major - b.major) * 10_000 + (a.minor - b.minor);
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
