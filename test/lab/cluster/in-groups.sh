#!/bin/bash
# in-groups.sh NAME COMMAND...: runs the command in control groups (version 1) of that name, below those of this process.
set -euo pipefail
name=$1
shift
for controller in cpu cpuacct cpuset memory pids blkio devices freezer systemd; do
  [ -d "/sys/fs/cgroup/$controller" ] || continue
  own=$(awk -F: -v c="$controller" '{ n = split($2, a, ","); for (i = 1; i <= n; i++) if (a[i] == c || a[i] == "name=" c) print $3 }' /proc/self/cgroup)
  parent=/sys/fs/cgroup/$controller${own%/}
  group=$parent/$name
  mkdir -p "$group"
  if [ "$controller" = cpuset ]; then
    cat "$parent/cpuset.cpus" >"$group/cpuset.cpus"
    cat "$parent/cpuset.mems" >"$group/cpuset.mems"
    echo 1 >"$group/cgroup.clone_children"
  fi
  # A host stands for a machine; by default all that runs on it would weigh no more than one process beside it.
  [ "$controller" != cpu ] || echo 262144 >"$group/cpu.shares"
  echo $$ >"$group/cgroup.procs"
done
if [ -d /sys/fs/cgroup/unified ]; then
  mkdir -p "/sys/fs/cgroup/unified/$name"
  echo $$ >"/sys/fs/cgroup/unified/$name/cgroup.procs"
fi
exec "$@"
