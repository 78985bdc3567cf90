#!/bin/bash
# host.sh NAME ROOT SHARED: a host with systemd as process 1, in the network namespace capstan-NAME, until it is powered
# off. To be called in control groups of its own. A host that reboots comes back.
set -euo pipefail
name=$1 root=$2 shared=$3
export SYSTEMD_NSPAWN_USE_CGNS=1 SYSTEMD_NSPAWN_API_VFS_WRITABLE=network SYSTEMD_SECCOMP=0
REBOOT=133 # what systemd-nspawn ends with when the host asks for it

# Namespace and control groups outlive their host: what a kernel that starts anew would not know is removed. A kubelet
# that finds control groups of pods waits for containers that nobody has.
forget() {
  find /sys/fs/cgroup -depth -type d -path "*/capstan-$name/*" -exec rmdir {} +
  ip netns exec "capstan-$name" chroot "$root" nft flush ruleset
  ! ip -n "capstan-$name" link show dev cni0 >/dev/null 2>&1 || ip -n "capstan-$name" link delete cni0
}

rc=$REBOOT
while [ "$rc" = "$REBOOT" ]; do
  forget
  rc=0
  systemd-nspawn --quiet --register=no --keep-unit --directory="$root" --machine="$name" --hostname="$name" \
    --network-namespace-path="/run/netns/capstan-$name" --bind="$shared:/srv/lab-shared" --resolv-conf=off \
    --timezone=off --capability=all --private-users=no --boot || rc=$?
done
exit "$rc"
