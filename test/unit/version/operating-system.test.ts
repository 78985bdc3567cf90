import { type PackageManager, packageManagerOf } from '../../../src/version/operating-system.ts';

describe('how a host gets its packages', () => {
  it.each<[string, PackageManager | undefined]>([
    ['Debian GNU/Linux 13 (trixie)', 'apt'],
    ['Raspbian GNU/Linux 11 (bullseye)', 'apt'],
    ['Ubuntu 24.04.3 LTS', 'apt'],
    ['Ubuntu Core 24', 'none'],
    ['Red Hat Enterprise Linux 9.6 (Plow)', 'dnf'],
    ['Red Hat Enterprise Linux Server 7.9 (Maipo)', 'dnf'],
    ['Red Hat Enterprise Linux CoreOS 9.6.20250826-1', 'none'],
    ['CentOS Linux 7 (Core)', 'dnf'],
    ['CentOS Stream 9', 'dnf'],
    ['Rocky Linux 9.6 (Blue Onyx)', 'dnf'],
    ['AlmaLinux 9.6 (Sage Margay)', 'dnf'],
    ['Oracle Linux Server 9.6', 'dnf'],
    ['Fedora Linux 42 (Server Edition)', 'dnf'],
    ['Fedora CoreOS 42.20250803.3.0', 'none'],
    ['Amazon Linux 2', 'dnf'],
    ['Amazon Linux 2023.9.20251020', 'dnf'],
    ['openEuler 24.03 (LTS)', 'dnf'],
    ['CBL-Mariner/Linux', 'tdnf'],
    ['Microsoft Azure Linux 3.0', 'tdnf'],
    ['VMware Photon OS/Linux', 'tdnf'],
    ['SUSE Linux Enterprise Server 15 SP6', 'zypper'],
    ['openSUSE Leap 15.6', 'zypper'],
    ['openSUSE Leap Micro 6.1', 'none'],
    ['SUSE Linux Micro 6.1', 'none'],
    ['SUSE Linux Enterprise Micro 5.5', 'none'],
    ['Talos (v1.12.1)', 'none'],
    ['Bottlerocket OS 1.50.0 (aws-k8s-1.34)', 'none'],
    ['Flatcar Container Linux by Kinvolk 4230.2.2 (Oklo)', 'none'],
    ['Container-Optimized OS from Google', 'none'],
    ['Garden Linux 1592.6', 'none'],
    ['Alpine Linux v3.22', 'none'],
    ['Windows Server 2022 Datacenter', undefined],
    ['Linux', undefined],
    ['', undefined],
  ])('%j: %s', (osImage, packages) => {
    expect(packageManagerOf(osImage)).toBe(packages);
  });
});
