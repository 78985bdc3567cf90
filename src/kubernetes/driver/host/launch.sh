# What the Job's container runs, with the text of upgrade.sh as $1: everything happens in the host's namespaces, and the
# verdict becomes the termination message. The container's image needs nothing but sh and nsenter.
on_host() { nsenter -t 1 -m -u -i -n -p -- "$@"; }
rc=0
on_host /bin/sh -c "$1" upgrade.sh attach "$1" || rc=$?
verdict=$(on_host /bin/cat "/var/lib/capstan/work/$CAPSTAN_WORK_KEY/verdict" 2>/dev/null) || verdict=
# 75: the unit was interrupted. Above 128: this pod was. In both cases nothing is known, and no message says so.
if [ -z "$verdict" ] && [ "$rc" -gt 0 ] && [ "$rc" -ne 75 ] && [ "$rc" -le 128 ]; then
  verdict="{\"work\":\"$CAPSTAN_WORK_ID\",\"phase\":\"$CAPSTAN_PHASE\",\"to\":\"$CAPSTAN_TO\",\"step\":\"start\",\"rc\":$rc,\"reason\":\"The work could not be started on the host: see the log.\"}"
fi
printf '%s' "$verdict" >/dev/termination-log
exit "$rc"
