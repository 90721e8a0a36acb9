#!/usr/bin/env bash
# Runs a command on a private Slurm of two nodes, n0 and n1 (4 CPUs each, by name): munged, slurmctld, two slurmd.
#   tests/slurm/cluster.sh COMMAND [ARGUMENT]...          for example: tests/slurm/cluster.sh bash
# Everything lives in namespaces: processes, network, host names, /run, and on the nodes /tmp and /dev/shm too.  So several
# clusters stand side by side, and nothing is left when the command ends or is killed: no process, no file, no port.
# For the command: SLURM_CONF; KW_CLUSTER, a folder that all nodes see and that vanishes too; `kill -KILL
# $(<$KW_CLUSTER/n1.pid)` is the death of a node, `cluster.sh --start-node 1` brings it back.
# Exit code: the command's; 77 where such a cluster cannot be (the reason is printed).
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
top=$(cd "$here/../.." && pwd)
PATH=$PATH:/usr/sbin:/sbin

skip() {
  echo "skipped: $*" >&2
  exit 77
}

# ---- outside ----
if [[ "${1:-}" != --inside && "${1:-}" != --start-node ]]; then
  [ $# -gt 0 ] || { sed -n '2,8s/^# *//p' "$0" >&2 && exit 64; }
  for tool in slurmctld slurmd sbatch srun munged unshare setpriv ip pgrep; do
    command -v "$tool" >/dev/null || skip "no $tool (Debian: slurmctld slurmd slurm-client munge iproute2 procps)"
  done
  [ "$(id -u)" -eq 0 ] || skip "a private Slurm needs root"
  spaces=(unshare --fork --pid --kill-child --mount-proc --mount --uts --net)
  "${spaces[@]}" -- true 2>/dev/null || skip "unshare is not permitted here"
  # Whatever ends this script ends the namespaces: their first process is killed, and the kernel kills the rest.
  setpriv --pdeathsig KILL "${spaces[@]}" -- bash "$here/cluster.sh" --inside "$@" <&0 &
  child=$!
  trap 'kill -KILL $child 2>/dev/null || true' EXIT
  trap 'exit 130' INT
  trap 'exit 143' TERM HUP
  status=0
  wait "$child" || status=$?
  exit "$status"
fi

# ---- starting a node, by hand too: --start-node I ----
start_node() {
  local i=$1 inner='' k
  unshare --fork --pid --kill-child --mount-proc --mount --uts --net -- bash "$here/cluster.sh" --inside --node "$i" &
  echo $! >"$KW_CLUSTER/n$i.pid"
  disown # its death is not this script's business
  for ((k = 0; k < 100; ++k)); do
    inner=$(pgrep -P "$!" || true)
    [ -z "$inner" ] || break
    sleep 0.05
  done
  ip link add "port$i" type veth peer name "node$i" netns "$inner" || failed "no link to n$i"
  ip link set "port$i" master ketwall up
}

# failed WHAT: what the daemons said.
failed() {
  echo "cluster: $*" >&2
  tail -n 20 "$KW_CLUSTER"/*.log >&2 || true
  exit 1
}

if [ "${1:-}" = --start-node ]; then
  start_node "$2"
  exit
fi

# ---- a node, in namespaces of its own: node I ----
if [ "${2:-}" = --node ]; then
  i=$3
  hostname "n$i"
  ip link set lo up
  until ip link set "node$i" name eth0 2>/dev/null; do sleep 0.05; done # the cluster gives it
  ip address add "10.77.0.1$i/24" dev eth0
  ip link set eth0 up
  mount -t tmpfs tmpfs /dev/shm
  # A temporary folder of its own, in which the source and the build stay where they were.
  kept=()
  for folder in "$top" "$KW_PROGRAM_DIR"; do
    case "$folder" in
      /tmp/*)
        mkdir -p "$KW_CLUSTER/keep-$i-${#kept[@]}"
        mount --rbind "$folder" "$KW_CLUSTER/keep-$i-${#kept[@]}"
        kept+=("$folder")
        ;;
    esac
  done
  mount -t tmpfs tmpfs /tmp
  chmod 1777 /tmp
  for k in "${!kept[@]}"; do
    mkdir -p "${kept[k]}"
    mount --rbind "$KW_CLUSTER/keep-$i-$k" "${kept[k]}"
  done
  rm -rf "$KW_CLUSTER/spool-n$i" # sockets of steps that died with the node would be in the way
  exec slurmd -D -N "n$i" >/dev/null 2>&1
fi

# ---- inside ----
shift
hostname control
mount -t tmpfs tmpfs /run
export KW_CLUSTER=/run/ketwall SLURM_CONF=/run/ketwall/slurm.conf
export KW_PROGRAM_DIR="${KW_PROGRAM_DIR:-$top}"
mkdir -p "$KW_CLUSTER/state" /run/munge
printf '127.0.0.1 localhost\n10.77.0.1 control\n10.77.0.10 n0\n10.77.0.11 n1\n' >"$KW_CLUSTER/hosts"
mount --bind "$KW_CLUSTER/hosts" /etc/hosts

ip link set lo up
ip link add ketwall type bridge 2>/dev/null || skip "no network bridges here"
ip address add 10.77.0.1/24 dev ketwall
ip link set ketwall up

# Requeued jobs wait until their old credential ends, 120 s by default; a lost node is noticed after SlurmdTimeout.
cat >"$SLURM_CONF" <<CONF
ClusterName=ketwall
SlurmctldHost=control(10.77.0.1)
SlurmUser=root
AuthType=auth/munge
AuthInfo=cred_expire=5
MpiDefault=pmix
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
StateSaveLocation=$KW_CLUSTER/state
SlurmdSpoolDir=$KW_CLUSTER/spool-%n
SlurmctldPidFile=$KW_CLUSTER/slurmctld.pid
SlurmdPidFile=$KW_CLUSTER/slurmd-%n.pid
SlurmctldLogFile=$KW_CLUSTER/slurmctld.log
SlurmdLogFile=$KW_CLUSTER/slurmd-%n.log
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU
SlurmdParameters=config_overrides
ReturnToService=2
SlurmdTimeout=10
KillWait=10
JobRequeue=1
SchedulerParameters=batch_sched_delay=0,sched_interval=2,sched_min_interval=0
NodeName=n0 NodeAddr=10.77.0.10 CPUs=4 RealMemory=512
NodeName=n1 NodeAddr=10.77.0.11 CPUs=4 RealMemory=512
PartitionName=main Nodes=ALL Default=YES MaxTime=INFINITE State=UP
CONF

head -c 128 /dev/urandom >"$KW_CLUSTER/munge.key"
chmod 400 "$KW_CLUSTER/munge.key"
munged --force --key-file="$KW_CLUSTER/munge.key" --log-file="$KW_CLUSTER/munged.log" --seed-file="$KW_CLUSTER/munged.seed" \
  >/dev/null || failed "munged does not start"
slurmctld -D >/dev/null 2>&1 &
for i in 0 1; do start_node "$i"; done

for ((k = 0; k < 150; ++k)); do
  up=$(sinfo --noheader --Node --states=idle --format=%N 2>/dev/null | wc -l)
  [ "$up" -lt 2 ] || break
  sleep 0.1
done
[ "$up" -eq 2 ] || failed "the nodes do not come up: $(sinfo 2>&1)"

status=0
"$@" || status=$?
exit "$status"
