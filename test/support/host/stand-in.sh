#!/bin/sh
# Plays one command of a Debian host, by the name it is called by. Its world is the folder above: what is installed and
# held, which units live; every call is written down. A file `hooks/<command>` is run first and may act or exit by itself.
name=${0##*/}
world=${0%/*}/..
root=$world/root
printf '%s %s\n' "$name" "$*" >>"$world/calls"
[ ! -e "$world/hooks/$name" ] || . "$world/hooks/$name"

version_of() { sed 's/^[a-z-]* //; s/-1\.1$//' "$world/packages/$1"; }

apt_get() {
  command=
  simulate=
  for argument; do
    case $argument in
      -s) simulate=yes ;;
      install | update) command=$argument ;;
      *=[0-9]*-1.1)
        package=${argument%%=*}
        if [ "$simulate" ]; then
          echo "Inst $package [$(version_of "$package")-1.1] (${argument#*=} stable [amd64])"
        elif grep -qx "$package" "$world/held"; then
          echo 'E: Held packages were changed and -y was used without --allow-change-held-packages.' >&2
          exit 100
        else
          echo "installed ${argument#*=}" >"$world/packages/$package"
          echo "Setting up $package (${argument#*=}) ..."
        fi
        ;;
    esac
  done
  [ "$command" ] || exit 100
}

apt_mark() {
  command=$1
  shift
  for package; do
    sed -i "/^$package\$/d" "$world/held"
    [ "$command" = unhold ] || echo "$package" >>"$world/held"
  done
}

dpkg_() {
  case $1 in
    --compare-versions) [ "$2" != "$4" ] && [ "$(printf '%s\n' "$2" "$4" | sort -V | tail -n 1)" = "$2" ] ;;
    --configure) rm -f "$root"/var/lib/dpkg/updates/* ;;
  esac
}

# A process that nobody has waited for yet is over all the same.
is_live() { grep -q '^State:.[^Z]' "/proc/$(cat "$world/units/$1")/status"; }

systemctl_() {
  case $1 in
    show) for unit; do :; done; if is_live "$unit" 2>/dev/null; then echo active; else echo inactive; fi ;;
    is-active) echo active ;;
    is-system-running) echo running ;;
  esac
}

# A unit has an environment of its own, and outlives whoever started it.
systemd_run() {
  environment="PATH=${0%/*}:/usr/bin:/bin"
  while :; do
    case $1 in
      --unit=*) unit=${1#--unit=} ;;
      --setenv=*) environment="$environment ${1#--setenv=}" ;;
      --*) ;;
      *) break ;;
    esac
    shift
  done
  if is_live "$unit" 2>/dev/null; then
    echo "Failed to start transient service unit: Unit $unit was already loaded." >&2
    exit 1
  fi
  env -i $environment setsid "$@" </dev/null >/dev/null 2>&1 &
  echo $! >"$world/units/$unit"
}

kubeadm_() {
  case $1 in
    version) echo "v$(version_of kubeadm)" ;;
    upgrade)
      [ "$2" != plan ] && [ "$2" != diff ] || return 0
      for manifest in "$root"/etc/kubernetes/manifests/kube-*.yaml; do
        [ ! -e "$manifest" ] || sed -i "s/:v1\\..*\$/:v$(version_of kubeadm)/" "$manifest"
      done
      ;;
  esac
}

kubectl_() {
  for snapshot; do :; done
  [ "$snapshot" != --cluster ] || { echo "https://10.0.0.10:2379 is healthy: successfully committed proposal"; return 0; }
  echo 'all of etcd' >"$root$snapshot"
}

case $name in
  apt-get) apt_get "$@" ;;
  apt-mark) apt_mark "$@" ;;
  apt-cache) sed -n "s/^$2 \\(.*\\)/ $2 | \\1 | https:\\/\\/packages.example.com Packages/p" "$world/offers" ;;
  dpkg-query) for package; do :; done; cat "$world/packages/$package" ;;
  dpkg) dpkg_ "$@" ;;
  systemctl) systemctl_ "$@" ;;
  systemd-run) systemd_run "$@" ;;
  kubeadm) kubeadm_ "$@" ;;
  kubelet) echo "Kubernetes v$(version_of kubelet)" ;;
  kubectl) kubectl_ "$@" ;;
  df) printf 'Filesystem 1024-blocks Used Available Capacity Mounted on\n/dev/sda 99999999 9 %s 1%% /\n' 88888888 ;;
  nsenter) while [ "$1" != -- ]; do shift; done; shift; exec "$@" ;;
  sleep) exec /bin/sleep 0.02 ;;
esac
