import type { Minor } from './kubernetes-version.ts';

/** What the host of a kubelet must offer from some minor on. Looked up, never guessed: each row names its source. */
export interface HostRequirement {
  readonly since: Minor;
  readonly what: 'containerd' | 'kernel' | 'cgroup';
  /** The oldest that will do: major and minor, or the version of cgroup alone. */
  readonly atLeast: readonly [major: number, minor: number];
  /** Without it the kubelet does not start, or nobody has tried it and nobody will mend it. */
  readonly without: 'fails' | 'unsupported';
  readonly source: string;
}

export const HOST_REQUIREMENTS: readonly HostRequirement[] = [
  {
    // CRI v1 alone is spoken; containerd has it since 1.6.
    since: { major: 1, minor: 26 },
    what: 'containerd',
    atLeast: [1, 6],
    without: 'fails',
    source: 'https://kubernetes.io/docs/concepts/architecture/cri/',
  },
  {
    // failCgroupV1 is true unless the kubelet's configuration says otherwise.
    since: { major: 1, minor: 35 },
    what: 'cgroup',
    atLeast: [2, 0],
    without: 'fails',
    source: 'https://github.com/kubernetes/kubernetes/pull/134298',
  },
  {
    // Distributions bring cgroup v2 to older kernels too, so that this is no more than a hint.
    since: { major: 1, minor: 35 },
    what: 'kernel',
    atLeast: [5, 8],
    without: 'unsupported',
    source: 'https://kubernetes.io/docs/concepts/architecture/cgroups/',
  },
  {
    // 1.35 was announced as the last to support containerd 1.x; the kubelet goes on with it, see the next row.
    since: { major: 1, minor: 36 },
    what: 'containerd',
    atLeast: [2, 0],
    without: 'unsupported',
    source: 'https://kubernetes.io/blog/2025/12/17/kubernetes-v1-35-release/',
  },
  {
    // The fallback for runtimes without RuntimeConfig goes; it was put off from 1.36 and from 1.37.
    since: { major: 1, minor: 38 },
    what: 'containerd',
    atLeast: [2, 0],
    without: 'fails',
    source: 'https://github.com/kubernetes/kubernetes/pull/139121',
  },
];

/** `1.7.24-eks`, `5.14.0-427.el9.x86_64`: the first two numbers; undefined where there are none. */
export function majorAndMinor(text: string): readonly [number, number] | undefined {
  const match = /^v?(\d{1,6})\.(\d{1,6})/.exec(text);
  return match ? [Number(match[1]), Number(match[2])] : undefined;
}

export function isAtLeast(
  [major, minor]: readonly [number, number],
  [wantedMajor, wantedMinor]: readonly [number, number],
): boolean {
  return major > wantedMajor || (major === wantedMajor && minor >= wantedMinor);
}
