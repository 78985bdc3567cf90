/**
 * How a host gets a package; `dnf` stands for yum too. `none`: its system is replaced as a whole, or is nothing that
 * Kubernetes publishes packages for.
 */
export type PackageManager = 'apt' | 'dnf' | 'tdnf' | 'zypper' | 'none';

interface Family {
  readonly packages: PackageManager;
  readonly osImage: RegExp;
}

/**
 * By `nodeInfo.osImage`, which is PRETTY_NAME of the host's os-release (kubernetes.io: NodeSystemInfo; freedesktop.org:
 * os-release). Each begins as the distribution's own file does; the first that matches counts, since a system that is
 * replaced as a whole often bears the name of one that has packages.
 */
const FAMILIES: readonly Family[] = [
  { packages: 'none', osImage: /^(Red Hat Enterprise Linux|Fedora( Linux)?|CentOS Stream) CoreOS/ },
  { packages: 'none', osImage: /^(Ubuntu Core|SLE Micro|SUSE Linux( Enterprise)? Micro|openSUSE (Leap )?Micro)/ },
  {
    packages: 'none',
    osImage: /^(Talos|Bottlerocket|Flatcar|Container-Optimized OS|Garden Linux|Alpine|NixOS|Arch)\b/,
  },
  { packages: 'apt', osImage: /^(Debian|Raspbian) GNU\/Linux|^Ubuntu / },
  { packages: 'tdnf', osImage: /^(CBL-Mariner|Microsoft Azure Linux|VMware Photon OS)/ },
  {
    packages: 'dnf',
    osImage: /^(Red Hat Enterprise Linux|CentOS|Rocky Linux|AlmaLinux|Oracle Linux|Fedora|Amazon Linux)/,
  },
  { packages: 'dnf', osImage: /^(openEuler|EulerOS|Huawei Cloud EulerOS|Alibaba Cloud Linux|Anolis OS|TencentOS)/ },
  { packages: 'zypper', osImage: /^(SUSE Linux Enterprise Server|SLES|openSUSE (Leap|Tumbleweed))/ },
];

/** undefined for a name that is not known here. */
export function packageManagerOf(osImage: string): PackageManager | undefined {
  return FAMILIES.find(family => family.osImage.test(osImage))?.packages;
}
