#!/bin/sh
# What a host within systemd-nspawn lacks before a kubelet can run on it: control groups (version 1) that can be written,
# /dev/kmsg, mounts that reach the pods, and kernel settings that read as the kubelet wants them. It must find them so,
# because these belong to the whole machine and a host may not write them.
for controller in cpu cpuacct cpuset memory pids blkio devices freezer; do
  [ ! -d /sys/fs/cgroup/$controller ] || mount -o remount,rw,bind /sys/fs/cgroup/$controller
done
[ -e /dev/kmsg ] || ln -s /dev/null /dev/kmsg
mount --make-rshared /
mkdir -p /run/lab-sysctl
while read -r setting value; do
  ! mountpoint -q "/proc/sys/$setting" || continue
  file=/run/lab-sysctl/$(echo "$setting" | tr / .)
  echo "$value" >"$file"
  mount --bind "$file" "/proc/sys/$setting"
done <<SETTINGS
vm/overcommit_memory 1
kernel/panic 10
kernel/panic_on_oops 1
kernel/keys/root_maxkeys 1000000
kernel/keys/root_maxbytes 25000000
SETTINGS
