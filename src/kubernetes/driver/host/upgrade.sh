#!/bin/sh
# Upgrades this host's Kubernetes packages and control plane by one phase (Debian and Ubuntu, kubeadm).
#
#   upgrade.sh attach TEXT   from the Job's pod, inside the host's namespaces: starts the work as a transient systemd
#                            unit, or finds it started or finished, and follows its log to the verdict
#   upgrade.sh run DIR       the unit: every step of the phase, each journalled before and after
#   upgrade.sh step NAME     one step; may be repeated at any time
#
# The work must outlive its pod: the kubelet, the container runtime and the API server are all restarted under it.
# Everything about one piece of work lies in /var/lib/capstan/work/<key>:
#   settings  upgrade.sh  log  journal (`<epoch> start|begin|end|over ...`)  backup/  verdict (written last, one JSON object)
set -eu
LC_ALL=C DEBIAN_FRONTEND=noninteractive NEEDRESTART_MODE=l
export LC_ALL DEBIAN_FRONTEND NEEDRESTART_MODE
PATH=${PATH:-}:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
export PATH

ROOT=${CAPSTAN_ROOT:-} # another root than / is for tests
BASE=$ROOT/var/lib/capstan
KUBERNETES=$ROOT/etc/kubernetes
STARTS_ALLOWED=3       # a host that stops again and again under the same work needs a person
NO_VERDICT=75          # EX_TEMPFAIL: whoever asks again finds the work, or begins it again
STEP_SECONDS=2700      # kubeadm allows each static pod five minutes; a mirror may be slow

say() { printf '%s\n' "$*"; }
warn() { printf 'warning: %s\n' "$*"; }
die() { printf 'error: %s\n' "$*"; exit 1; }
now() { date +%s; }

# ---- settings ------------------------------------------------------------------------------------------------------

# Only what is checked here ever stands in a command.
check() {
  [ "$(printf '%s\n' "$2" | grep -Ecx "$3")" = 1 ] && [ "$(printf '%s\n' "$2" | wc -l)" -eq 1 ] ||
    die "$1 is \"$2\"; it must match $3."
}

check_settings() {
  check CAPSTAN_WORK_ID "${CAPSTAN_WORK_ID:-}" '[A-Za-z0-9][A-Za-z0-9._/-]{0,400}'
  check CAPSTAN_WORK_KEY "${CAPSTAN_WORK_KEY:-}" '[a-z0-9][a-z0-9-]{0,62}'
  check CAPSTAN_NODE "${CAPSTAN_NODE:-}" '[a-z0-9][a-z0-9.-]{0,252}'
  check CAPSTAN_PHASE "${CAPSTAN_PHASE:-}" 'control-plane|config|kubelet'
  check CAPSTAN_KUBEADM "${CAPSTAN_KUBEADM:-none}" 'apply|node|none'
  check CAPSTAN_FROM "${CAPSTAN_FROM:-}" 'v1\.[0-9]{1,4}\.[0-9]{1,4}(-(alpha|beta|rc)\.[0-9]{1,4})?'
  check CAPSTAN_TO "${CAPSTAN_TO:-}" 'v1\.[0-9]{1,4}\.[0-9]{1,4}(-(alpha|beta|rc)\.[0-9]{1,4})?'
  check CAPSTAN_IGNORE_PREFLIGHT "${CAPSTAN_IGNORE_PREFLIGHT:-none}" '[A-Za-z0-9][A-Za-z0-9,_.-]{0,500}'
  check CAPSTAN_ONLY "${CAPSTAN_ONLY:-none}" 'preflight|none'
  check CAPSTAN_CGROUP "${CAPSTAN_CGROUP:-none}" '[12]|none'
  [ "$CAPSTAN_PHASE" != control-plane ] || check CAPSTAN_KUBEADM "${CAPSTAN_KUBEADM:-}" 'apply|node'
}

write_settings() {
  for name in WORK_ID WORK_KEY NODE PHASE ONLY KUBEADM FROM TO CGROUP IGNORE_PREFLIGHT; do
    eval "value=\${CAPSTAN_$name:-}"
    printf "CAPSTAN_%s='%s'\n" "$name" "$value"
  done
}

is_control_plane() { [ -e "$KUBERNETES/manifests/kube-apiserver.yaml" ]; }

# Every phase begins by looking whether it may begin. Where a drain comes before, that alone is a work of its own.
steps() {
  if [ "$CAPSTAN_ONLY" = preflight ]; then
    echo "preflight"
  elif [ "$CAPSTAN_PHASE" = control-plane ]; then
    echo "preflight repository kubeadm prefetch backup plan $CAPSTAN_KUBEADM verify"
  elif [ "$CAPSTAN_PHASE" = config ]; then
    echo "preflight worker repository kubeadm node verify"
  elif is_control_plane; then
    echo "preflight repository kubelet restart verify"
  else
    echo "preflight repository kubeadm node kubelet restart verify"
  fi
}

# ---- attach: what the pod does -------------------------------------------------------------------------------------

unit_name() { echo "capstan-$CAPSTAN_WORK_KEY.service"; }

# A unit that is being started or stopped is live as well: it may hold the host.
unit_state() {
  state=$(systemctl show --property=ActiveState --value "$(unit_name)" 2>/dev/null) || state=unknown
  case $state in
    active | activating | deactivating | reloading | refreshing | maintenance) echo live ;;
    unknown) echo unknown ;;
    *) echo stopped ;;
  esac
}

install_work() {
  : >>"$DIR/log"
  : >>"$DIR/journal"
  [ -s "$DIR/settings" ] || { write_settings >"$DIR/settings.new" && mv "$DIR/settings.new" "$DIR/settings"; }
  [ -s "$DIR/upgrade.sh" ] || { printf '%s\n' "$1" >"$DIR/upgrade.sh.new" && mv "$DIR/upgrade.sh.new" "$DIR/upgrade.sh"; }
  known=$(. "$DIR/settings" && echo "$CAPSTAN_WORK_ID")
  [ "$known" = "$CAPSTAN_WORK_ID" ] || die "$DIR belongs to the work $known, not to $CAPSTAN_WORK_ID."
}

# Type=exec waits until the unit runs, so that whoever looks next finds it live.
start_unit() {
  if systemd-run --quiet --collect --unit="$(unit_name)" --description="capstan: $CAPSTAN_WORK_ID" \
    --property=Type=exec --property=KillMode=control-group ${ROOT:+"--setenv=CAPSTAN_ROOT=$ROOT"} \
    /bin/sh "$DIR/upgrade.sh" run "$DIR" 8>&-; then return 0; fi
  [ "$(unit_state)" != live ] || return 0
  if [ "$(systemctl is-system-running 2>/dev/null || true)" = stopping ]; then
    say "the host is shutting down"
    exit "$NO_VERDICT"
  fi
  die "systemd-run could not start $(unit_name)."
}

# systemd does not answer for a moment while it is upgraded itself; that says nothing about the unit.
unit_may_run() {
  case $(unit_state) in
    live) return 0 ;;
    unknown) [ ! -s "$DIR/verdict" ] ;;
    *) return 1 ;;
  esac
}

# Follows the log until the unit is gone, whatever ended it. By its length, not by inotify: a host may have none to give.
follow() {
  shown=0
  show_new
  while unit_may_run; do
    sleep 1
    show_new
  done
  show_new
}

show_new() {
  [ -f "$DIR/log" ] || return 0
  length=$(wc -c <"$DIR/log")
  [ "$length" -gt "$shown" ] || return 0
  tail -c "+$((shown + 1))" "$DIR/log" | head -c "$((length - shown))"
  shown=$length
}

attach() {
  check_settings
  DIR=$BASE/work/$CAPSTAN_WORK_KEY
  umask 077
  mkdir -p "$DIR"
  # Two pods of the same work must neither write its files together nor both find "no unit" and start one each.
  exec 8>"$DIR/start.lock"
  flock 8
  install_work "$1"
  [ -s "$DIR/verdict" ] || [ "$(unit_state)" = live ] || start_unit
  exec 8>&-
  follow
  if [ ! -s "$DIR/verdict" ]; then
    say "$(unit_name) ended without a verdict, at: $(tail -n 1 "$DIR/journal")"
    exit "$NO_VERDICT"
  fi
  grep -q '"rc":0,' "$DIR/verdict"
}

# ---- run: what the unit does ---------------------------------------------------------------------------------------

journal() { printf '%s %s\n' "$(now)" "$*" >>"$DIR/journal"; }

# One JSON object; a reason keeps no character that would need escaping.
write_verdict() {
  reason=$(printf '%s' "$3" | tr '"\\\n\t' "''  " | tr -cd '\040-\176' | cut -c1-600)
  printf '{"work":"%s","phase":"%s","to":"%s","step":"%s","rc":%s,"reason":"%s"}\n' \
    "$CAPSTAN_WORK_ID" "$CAPSTAN_PHASE" "$CAPSTAN_TO" "$1" "$2" "$reason" >"$DIR/verdict.new"
  sync "$DIR/verdict.new" 2>/dev/null || sync
  mv "$DIR/verdict.new" "$DIR/verdict"
  journal "over $1 $2"
}

run() {
  DIR=$1
  export CAPSTAN_DIR="$DIR"
  . "$DIR/settings"
  export CAPSTAN_WORK_ID CAPSTAN_WORK_KEY CAPSTAN_NODE CAPSTAN_PHASE CAPSTAN_ONLY CAPSTAN_KUBEADM CAPSTAN_FROM \
    CAPSTAN_TO CAPSTAN_CGROUP CAPSTAN_IGNORE_PREFLIGHT
  exec >>"$DIR/log" 2>&1 </dev/null
  check_settings
  # One unit at work on a host at any time. Every child inherits the lock, so that it falls only when the last process
  # of the unit is gone, however the unit ended.
  exec 9>"$BASE/lock"
  flock -n 9 || { say "waiting for $(cat "$BASE/owner" 2>/dev/null || echo 'other work') to stop on this host"; flock 9; }
  [ ! -s "$DIR/verdict" ] || exit 0
  echo "$CAPSTAN_WORK_ID" >"$BASE/owner"

  starts=$(awk '$2 == "start"' "$DIR/journal" | wc -l)
  if [ "$starts" -gt 0 ]; then
    last=$(awk '$2 == "begin" { step = $3 } END { print step }' "$DIR/journal")
    say "the work was interrupted in step ${last:-start}, and begins there again"
    if [ "$starts" -ge "$STARTS_ALLOWED" ]; then
      write_verdict "${last:-start}" 1 "The work was interrupted $starts times, the last time in step ${last:-start}."
      exit 1
    fi
  fi
  journal "start $(cat /proc/sys/kernel/random/boot_id 2>/dev/null || echo unknown) $CAPSTAN_WORK_ID"

  for step in $(steps); do run_step "$step"; done
  write_verdict "$step" 0 ''
}

run_step() {
  if [ "$1" != verify ] && grep -q " end $1 0\$" "$DIR/journal"; then return 0; fi
  journal "begin $1"
  say "[$1] begins"
  from=$(wc -c <"$DIR/log")
  rc=0
  timeout -k 60 "$STEP_SECONDS" /bin/sh "$DIR/upgrade.sh" step "$1" || rc=$?
  journal "end $1 $rc"
  if [ "$rc" != 0 ]; then
    reason=$(reason_of "$rc" "$from")
    say "[$1] failed with exit code $rc"
    write_verdict "$1" "$rc" "$reason"
    exit "$rc"
  fi
  say "[$1] done"
}

# The line that a person would look for first, in what the step has added to the log.
reason_of() {
  [ "$1" != 124 ] || { echo "The step took longer than $STEP_SECONDS seconds."; return; }
  output=$(tail -c "+$(($2 + 1))" "$DIR/log" | grep -v '^[[:space:]]*$' || true)
  line=$(say "$output" | grep -E '^(E: |dpkg: error|error|[[:space:]]*\[ERROR )' |
    grep -vE '^E: (Some index files|Unable to fetch some|Sub-process|Executing dpkg)' | tail -n 1 || true)
  [ -n "$line" ] || line=$(say "$output" | tail -n 1)
  say "${line#error: }"
}

# ---- preflight -----------------------------------------------------------------------------------------------------

# What only this host can tell, asked before anything is changed. It reads only. Each question has a name, by which it
# can be ignored as kubeadm's own can; every bad answer is told at once.
step_preflight() {
  faults=
  ask_packages
  ask_disk
  ask_cgroup
  if [ "$CAPSTAN_PHASE" = control-plane ]; then
    ask_certificates
    ask_etcd
    ask_manifests
  fi
  [ -z "$faults" ] || die "$faults"
}

fault() {
  case ",$CAPSTAN_IGNORE_PREFLIGHT," in
    *",$1,"* | *,all,*) warn "$1 is ignored: $2" ;;
    *) faults="${faults:+$faults }$1: $2" ;;
  esac
}

has_own_etcd() { [ -e "$KUBERNETES/manifests/etcd.yaml" ]; }

# A kubelet that came otherwise (kubespray, kind) would stay beside the one that apt installs. Nor is there one without apt.
ask_packages() {
  here=$(package_state kubelet)
  if [ -n "$here" ]; then say "kubelet ${here#* } is a package of this host"; return 0; fi
  fault Packages "apt has not installed the kubelet of this host, and cannot upgrade it."
}

# Packages and images of one version take less than half of it. etcd's data is copied twice: by us and by kubeadm.
ask_disk() {
  etcd=0
  if [ "$CAPSTAN_PHASE" = control-plane ] && has_own_etcd; then
    etcd=$(du -sk "$ROOT$(etcd_flag data-dir)" | awk '{ print int($1 / 1024) + 1 }')
  fi
  ask_room /usr 512
  ask_room /var/lib $((1024 + etcd))
  ask_room /etc/kubernetes $((16 + etcd))
}

# $1: a folder; $2: MiB that its file system must have left
ask_room() {
  [ -d "$ROOT$1" ] || return 0
  left=$(df -Pk "$ROOT$1" | awk 'NR == 2 { print int($4 / 1024) }')
  if [ "$left" -ge "$2" ]; then say "$1 has $left MiB left"; return 0; fi
  fault DiskSpace "$1 has $left MiB left, and $2 MiB are needed."
}

# With v2 alone the controllers are named at the top. A kubelet that is told so starts with v1 all the same.
ask_cgroup() {
  [ "${CAPSTAN_CGROUP:-}" = 2 ] && [ ! -e "$ROOT/sys/fs/cgroup/cgroup.controllers" ] || return 0
  if grep -Eqs '^failCgroupV1:[[:space:]]*false' "$ROOT/var/lib/kubelet/config.yaml" ||
    grep -Eqs -e '--fail-cgroupv1=false' "$ROOT/var/lib/kubelet/kubeadm-flags.env"; then
    say "this host has cgroup v1, which its kubelet is told to accept"
    return 0
  fi
  fault CgroupVersion "this host has cgroup v1, and a kubelet of $CAPSTAN_TO does not start with it."
}

# kubeadm renews its certificates with the upgrade, but not their authorities.
ask_certificates() {
  said=$CAPSTAN_DIR/certificates
  if ! timeout 180 kubeadm certs check-expiration >"$said" 2>&1; then
    warn "kubeadm could not tell when certificates end: $(tail -n 1 "$said")"
    return 0
  fi
  soon=$(awk 'NF == 8 && $7 ~ /^[0-9]+d$/ && $7 + 0 < 30 { print $1 }' "$said")
  [ -z "$soon" ] || warn "certificate authorities end within a month: $(echo $soon)"
  expired=$(awk '/<invalid>/ { print $1 }' "$said")
  if [ -z "$expired" ]; then say "no certificate has expired"; return 0; fi
  fault Certificates "these certificates have expired: $(echo $expired). kubeadm certs renew NAME makes new ones."
}

# A member that has just come back from its own upgrade is given a while.
ask_etcd() {
  if ! has_own_etcd; then say "etcd does not run as a static pod of this host: not asked from here"; return 0; fi
  if ! command -v etcdctl >/dev/null && ! can_enter_etcd; then
    warn "neither etcdctl nor kubectl is on this host: etcd's members were not asked"
    return 0
  fi
  said=$CAPSTAN_DIR/etcd-health
  tries=8
  until etcd_is_healthy >"$said" 2>&1; do
    tries=$((tries - 1))
    [ "$tries" -gt 0 ] || break
    sleep 10
  done
  if [ "$tries" -gt 0 ]; then say "every etcd member is healthy"; return 0; fi
  sick=$(awk '/ is unhealthy/ { print $1 }' "$said" | sort -u)
  if [ -n "$sick" ]; then
    fault EtcdMembers "these etcd members are not healthy: $(echo $sick)."
  else
    fault EtcdMembers "etcd could not be asked: $(tail -n 1 "$said")"
  fi
}

etcd_is_healthy() {
  if command -v etcdctl >/dev/null; then
    etcdctl_here 30 endpoint health --cluster
  else
    etcdctl_in_pod 30 endpoint health --cluster
  fi
}

minor_of() { echo "$1" | cut -d. -f1,2; }

# For the version that the manifests have, the kubeadm that wrote them shows nothing but what people changed since.
ask_manifests() {
  written=$(sed -n 's#^ *image: .*/kube-apiserver:\(v1\.[0-9.]*[-.a-z0-9]*\).*#\1#p' "$KUBERNETES/manifests/kube-apiserver.yaml" | head -n 1)
  writer=$(kubeadm version -o short 2>/dev/null) || writer=none
  if [ "$(minor_of "$written")" != "$(minor_of "$writer")" ]; then
    warn "kubeadm $writer did not write the manifests of ${written:-an unknown version}: edits in them could not be told"
    return 0
  fi
  said=$CAPSTAN_DIR/manifests.diff
  if ! timeout 180 kubeadm upgrade diff "$written" >"$said" 2>&1; then
    warn "kubeadm could not compare the manifests: $(tail -n 1 "$said")"
    return 0
  fi
  edits=$(awk '/^--- / { file = $2; sub(/.*\//, "", file); next } /^\+\+\+ / { next }
    /^[-+]/ { print file " (" substr($0, 1, 1) " " substr($0, 2) ")" }' "$said" | tr -s ' ')
  if [ -z "$edits" ]; then say "the manifests are as kubeadm wrote them"; return 0; fi
  fault EditedManifests "somebody edited what kubeadm writes, and the upgrade would undo it: $(echo "$edits" | head -n 5 |
    paste -sd ';'). Put it into the ClusterConfiguration of kubeadm-config first."
}

# ---- the steps -----------------------------------------------------------------------------------------------------

package_version() { # Debian writes a pre-release with a tilde, which sorts before the release
  echo "${CAPSTAN_TO#v}" | sed 's/-/~/'
}

# The host's lists that name a repository of the minor $1 (an expression) in a line that is not a comment.
lists_of() {
  grep -lE "^[^#]*/$1/deb/?([[:space:]]|\$)" "$ROOT"/etc/apt/sources.list "$ROOT"/etc/apt/sources.list.d/*.list \
    "$ROOT"/etc/apt/sources.list.d/*.sources 2>/dev/null || true
}

# kubernetes.io, "Changing the Kubernetes package repository": one repository a minor. The host's own base URL stays.
# A host that has the target's repository already keeps its lists as they are.
step_repository() {
  minor=$(echo "$CAPSTAN_TO" | cut -d. -f1,2)
  if [ -z "$(lists_of "$minor")" ]; then
    for list in $(lists_of 'v1\.[0-9]+'); do rewrite_list "$list"; done
  fi
  lists=$(lists_of "$minor")
  if [ -z "$lists" ]; then
    warn "no repository of a single minor in /etc/apt/sources.list.d; taking what apt offers"
    patiently apt-get update -o Acquire::Retries=3
  fi
  # Other repositories of the host are none of our business, and may be out of reach.
  for list in $lists; do
    grep -E "^[^#]*/$minor/deb" "$list"
    patiently apt-get update -o Dir::Etc::sourcelist="$list" -o Dir::Etc::sourceparts=- -o APT::Get::List-Cleanup=0 \
      -o APT::Update::Error-Mode=any -o Acquire::Retries=3
  done
}

rewrite_list() {
  cp -p "$1" "$CAPSTAN_DIR/$(basename "$1").before"
  sed -E "/^[[:space:]]*#/!s#/v1\\.[0-9]+/deb(/?([[:space:]]|\$))#/$minor/deb\\1#g" "$1" >"$1.capstan-new"
  cat "$1.capstan-new" >"$1" # keeps owner, mode and a symbolic link
  rm "$1.capstan-new"
}

# The host's own timers hold apt's locks for minutes, and most of apt's commands fail at once then.
patiently() {
  left=60
  while :; do
    rc=0
    "$@" 2>"$CAPSTAN_DIR/errors" || rc=$?
    cat "$CAPSTAN_DIR/errors"
    if [ "$rc" = 0 ] || [ "$left" = 0 ]; then return "$rc"; fi
    grep -Eq 'Could not get lock|locked by another process' "$CAPSTAN_DIR/errors" || return "$rc"
    left=$((left - 1))
    say "waiting for the host's own package management"
    sleep 10
  done
}

# `installed 1.36.3-1.1`, or how far dpkg came with it; empty where the package is not on the host.
package_state() {
  dpkg-query --show --showformat='${db:Status-Status} ${Version}\n' "$1" 2>/dev/null |
    grep -vE '^(not-installed|config-files) ' || true
}

# The packages at exactly the target's version, held again whatever happens; nothing else is upgraded or removed.
install_packages() {
  packages=$*
  wanted=
  for name in $packages; do
    exact=$(apt-cache madison "$name" | awk -v want="$(package_version)-" 'index($3, want) == 1 { print $3; exit }')
    [ -n "$exact" ] || die "apt offers no $name $(package_version); it offers: $(apt-cache madison "$name" | awk '{ print $3 }' | head -n 3 | tr '\n' ' ')"
    here=$(package_state "$name")
    if [ "$here" = "installed $exact" ]; then
      say "$name $exact is installed already"
    elif [ -n "$here" ] && dpkg --compare-versions "${here#* }" gt "$exact"; then
      die "$name ${here#* } is newer than $exact; capstan never downgrades."
    else
      wanted="$wanted $name=$exact"
    fi
  done
  if [ -n "$wanted" ]; then upgrade_packages; fi
  patiently apt-mark hold $packages
}

upgrade_packages() {
  trap 'patiently apt-mark hold $packages || true' EXIT
  trap 'exit 143' TERM
  # A dpkg that was killed leaves its journal behind, and apt does nothing until that is read back.
  if [ -n "$(ls -A "$ROOT/var/lib/dpkg/updates" 2>/dev/null)" ]; then patiently dpkg --configure -a; fi
  patiently apt-mark unhold $packages
  more=$(apt-get install -s --no-remove $wanted | awk '$1 == "Inst" && $3 ~ /^\[/ { print $2 }' |
    grep -vxE "cri-tools|kubernetes-cni|$(echo "$packages" | tr ' ' '|')" || true)
  [ -z "$more" ] || die "installing$wanted would also upgrade: $(echo $more). Upgrade those first, or hold them."
  patiently apt-get install -y --no-remove --no-install-recommends -o DPkg::Lock::Timeout=600 \
    -o Dpkg::Options::=--force-confdef -o Dpkg::Options::=--force-confold $wanted
  trap - EXIT TERM
}

# kubeadm would upgrade a control plane here, which this phase is not for.
step_worker() {
  ! is_control_plane || die "this host carries a control plane: only workers may have their kubelet skip a version."
}

# kubeadm migrates a host only from the minor before (kubernetes#135807). Where a kubelet skipped versions, the kubeadm of
# each of them has been here already, and journals say so; then a kubelet may still be brought to one of them.
is_prepared() {
  here=$(package_state kubeadm)
  [ -n "$here" ] && dpkg --compare-versions "${here#* }" gt "$(package_version)-99" || return 1
  minor=$(echo "$CAPSTAN_TO" | cut -d. -f1,2)
  for settings in $(grep -l "^CAPSTAN_TO='$minor\." "$BASE"/work/*/settings); do
    if grep -q ' end node 0$' "$(dirname "$settings")/journal"; then return 0; fi
  done
  return 1
}

step_kubeadm() {
  if ! is_control_plane && is_prepared; then
    say "kubeadm ${here#* } stays: $CAPSTAN_TO has prepared this host before"
  else
    install_packages kubeadm
  fi
}

# Images pulled now need not be pulled while the control plane is away. A mirror by other names makes this a warning.
step_prefetch() {
  images=$(sed -n 's#^ *image: *"\{0,1\}\(.*\)/kube-apiserver[:@].*#\1#p' "$KUBERNETES/manifests/kube-apiserver.yaml")
  timeout 900 kubeadm config images pull --kubernetes-version "$CAPSTAN_TO" ${images:+"--image-repository=$images"} ||
    warn "the images could not be pulled ahead"
}

step_backup() {
  umask 077
  mkdir -p "$CAPSTAN_DIR/backup/kubernetes"
  # Without kubeadm's own copies of etcd's data, which may be large.
  tar -C "$KUBERNETES" --exclude=./tmp -cf - . | tar -C "$CAPSTAN_DIR/backup/kubernetes" -xpf -
  if ! has_own_etcd; then
    say "etcd does not run as a static pod of this host: no snapshot from here"
  elif [ ! -s "$CAPSTAN_DIR/backup/etcd.db" ]; then
    snapshot_etcd
  fi
  # The newest three stay.
  ls -1dt "$BASE"/work/*/backup | tail -n +4 | while read -r old; do rm -rf "$old"; done
}

# The first value of a flag in etcd's manifest. What it names is found under the same path in the pod and on the host.
etcd_flag() { sed -n "s/^ *- \"\\{0,1\\}--$1=\\([^,\"]*\\).*/\\1/p" "$KUBERNETES/manifests/etcd.yaml" | head -n 1; }

# $1: before the paths of etcd's certificates; then what etcdctl is to do
etcdctl_line() {
  pki=$1$(dirname "$(etcd_flag trusted-ca-file)")
  shift
  echo "etcdctl --endpoints=$(etcd_flag listen-client-urls) --cacert=$pki/ca.crt --cert=$pki/healthcheck-client.crt" \
    "--key=$pki/healthcheck-client.key $*"
}

# $1: seconds; then what etcdctl is to do
etcdctl_here() {
  seconds=$1
  shift
  ETCDCTL_API=3 timeout "$seconds" $(etcdctl_line "$ROOT" "$@")
}

can_enter_etcd() { command -v kubectl >/dev/null && [ -e "$KUBERNETES/admin.conf" ]; }

# etcd's own image carries etcdctl. Elsewhere than in somebody's home kubectl finds no preferences and leaves no cache.
etcdctl_in_pod() {
  seconds=$1
  shift
  HOME=$CAPSTAN_DIR timeout "$seconds" kubectl --kubeconfig="$KUBERNETES/admin.conf" --namespace=kube-system \
    exec "etcd-$CAPSTAN_NODE" -- $(etcdctl_line '' "$@")
}

snapshot_etcd() {
  part=$CAPSTAN_DIR/backup/etcd.db.part
  if command -v etcdctl >/dev/null; then
    etcdctl_here 900 snapshot save "$part"
  elif can_enter_etcd; then
    # Its data directory is the one place that host and pod both can see.
    shared=$(etcd_flag data-dir)/capstan-snapshot.db
    rm -f "$ROOT$shared"
    etcdctl_in_pod 900 snapshot save "$shared"
    mv "$ROOT$shared" "$part"
  else
    warn "neither etcdctl nor kubectl is on this host: kubeadm's own copy of etcd's data is the only backup"
    return 0
  fi
  mv "$part" "$CAPSTAN_DIR/backup/etcd.db"
  say "etcd snapshot saved: $CAPSTAN_DIR/backup/etcd.db, $(wc -c <"$CAPSTAN_DIR/backup/etcd.db") bytes"
}

ignored() { [ -z "$CAPSTAN_IGNORE_PREFLIGHT" ] || echo "--ignore-preflight-errors=$CAPSTAN_IGNORE_PREFLIGHT"; }

step_plan() {
  [ "$CAPSTAN_KUBEADM" = apply ] || { say "planned by kubeadm upgrade apply on the first control-plane node"; return 0; }
  kubeadm upgrade plan "$CAPSTAN_TO" $(ignored)
}
step_apply() { kubeadm upgrade apply --yes "$CAPSTAN_TO" $(ignored); }
step_node() {
  if ! is_control_plane && is_prepared; then say "prepared already"; else kubeadm upgrade node $(ignored); fi
}
# kubectl follows where it is there; a host without it stays without.
step_kubelet() {
  if [ -n "$(package_state kubectl)" ]; then install_packages kubelet kubectl; else install_packages kubelet; fi
}

step_restart() {
  systemctl daemon-reload
  systemctl restart kubelet
  systemctl is-active kubelet
}

step_verify() {
  if [ "$CAPSTAN_PHASE" = control-plane ]; then
    found=$(kubeadm version -o short)
    [ "$found" = "$CAPSTAN_TO" ] || die "kubeadm is $found, not $CAPSTAN_TO."
    for component in kube-apiserver kube-controller-manager kube-scheduler; do
      grep -Eq "image: .*:$CAPSTAN_TO(@|[[:space:]]|\"|\$)" "$KUBERNETES/manifests/$component.yaml" ||
        die "the static pod manifest of $component does not name $CAPSTAN_TO: $(grep image: "$KUBERNETES/manifests/$component.yaml" | tr -d '\n')"
    done
  elif [ "$CAPSTAN_PHASE" = config ]; then
    found=$(kubeadm version -o short)
    [ "$found" = "$CAPSTAN_TO" ] || is_prepared || die "kubeadm is $found, not $CAPSTAN_TO."
  else
    found=$(kubelet --version)
    [ "$found" = "Kubernetes $CAPSTAN_TO" ] || die "kubelet --version says $found, not Kubernetes $CAPSTAN_TO."
    systemctl is-active kubelet || die "the kubelet does not run: see journalctl -u kubelet."
  fi
  say "$found"
}

case ${1:-} in
  attach) attach "${2:?the text of this script}" ;;
  run) run "${2:?the directory of the work}" ;;
  step) "step_$2" ;;
  *) die "upgrade.sh attach TEXT | run DIR | step NAME" ;;
esac
