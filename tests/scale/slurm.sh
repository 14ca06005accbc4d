#!/usr/bin/env bash
# slurm.sh BUILD_DIR: extracts under Slurm (munged, slurmctld and slurmd of Debian's slurm-wlm, on loopback, in a scratch
# folder) and compares the bytes with those of a direct run: a small set by --launcher "srun .." and by an array of parts, and
# OpenSSH when the corpus has it. Exit 77: SKIPPED, with the reason. Nothing of the system's own Slurm is touched.
set -uo pipefail
build=$(cd "$1" && pwd)
. "$(dirname "$0")/common.sh"

[ "$(id -u)" = 0 ] || skip "slurmd needs root"
need slurm-wlm munge
scratch=$(mktemp -d /tmp/bulkhead-slurm.XXXXXX)
chmod 755 "$scratch"
daemons=()
stop() {
  for process in "${daemons[@]}"; do kill "$process" 2>/dev/null; done
  for process in "${daemons[@]}"; do wait "$process" 2>/dev/null; done
  rm -rf "$scratch"
}
trap stop EXIT

# ---- the cluster: this machine -----------------------------------------------------------------
free_port() {
  local port
  for port in $(shuf -i 20000-60000 -n 50); do
    (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null || { echo "$port"; return; }
  done
}
daemon() {  # NAME COMMAND...
  local name=$1
  shift
  "$@" >"$scratch/$name.out" 2>&1 &
  daemons+=($!)
}
no_cluster() {
  tail -n 5 "$scratch"/*.out "$scratch"/*.log >&2 2>/dev/null
  skip "$1"
}

mkdir -m 700 "$scratch/munge" "$scratch/state" "$scratch/spool"
chmod 711 "$scratch/munge"
head -c 1024 /dev/urandom >"$scratch/munge/key" && chmod 400 "$scratch/munge/key"
daemon munged munged --foreground --force --key-file="$scratch/munge/key" --socket="$scratch/munge/socket" \
  --pid-file="$scratch/munge/pid" --log-file="$scratch/munge/log" --seed-file="$scratch/munge/seed"
for _ in $(seq 50); do [ -S "$scratch/munge/socket" ] && break; sleep 0.1; done
munge -n -S "$scratch/munge/socket" >/dev/null 2>&1 || no_cluster "munged does not run here"

node=bulkhead
export SLURM_CONF=$scratch/slurm.conf
cat >"$SLURM_CONF" <<CONF
ClusterName=bulkhead
SlurmctldHost=$(hostname -s)(127.0.0.1)
SlurmctldPort=$(free_port)
SlurmdPort=$(free_port)
AuthType=auth/munge
AuthInfo=socket=$scratch/munge/socket
CredType=cred/munge
SlurmUser=root
SlurmdUser=root
StateSaveLocation=$scratch/state
SlurmdSpoolDir=$scratch/spool
SlurmctldPidFile=$scratch/slurmctld.pid
SlurmdPidFile=$scratch/slurmd.pid
SlurmctldLogFile=$scratch/slurmctld.log
SlurmdLogFile=$scratch/slurmd.log
ProctrackType=proctrack/pgid
TaskPlugin=task/none
JobAcctGatherType=jobacct_gather/none
AccountingStorageType=accounting_storage/none
MpiDefault=none
SwitchType=switch/none
SchedulerType=sched/builtin
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU
ReturnToService=2
NodeName=$node NodeHostname=$(hostname -s) NodeAddr=127.0.0.1 CPUs=2 State=UNKNOWN
PartitionName=main Nodes=$node Default=YES MaxTime=INFINITE State=UP
CONF
daemon slurmctld slurmctld -D -c
daemon slurmd slurmd -D -N $node
for _ in $(seq 100); do
  sinfo -h -o %T 2>/dev/null | grep -q idle && break
  sleep 0.2
done
sinfo -h -o %T 2>/dev/null | grep -q idle || no_cluster "slurmctld and slurmd do not come up here"
[ "$(timeout 60 srun -n1 -Q echo runs 2>"$scratch/srun.out")" = runs ] || no_cluster "srun starts nothing here"
say "slurm $(sinfo --version | cut -d' ' -f2) runs"

# ---- the same bytes -----------------------------------------------------------------------------
by_launcher() {  # DATABASE WHAT COMMAND...
  local database=$1 what=$2
  shift 2
  direct "$database" "$scratch/direct"
  rm -rf "$scratch/facts"
  "$@" "$build/bulkhead-extract" -p "$database" -o "$scratch/facts" || broken "$what failed"
  same "$scratch/direct" "$scratch/facts" "$what"
}
with_launcher() {  # LAUNCHER PROGRAM OPTION...
  local launcher=$1
  shift
  "$@" --jobs 2 --launcher "$launcher"
}
in_allocation() { salloc -n2 -Q "$@" --jobs 2 --launcher "srun --exact -n1 -Q"; }

small_set "$scratch/small"
by_launcher "$scratch/small" "a small set, one srun a unit" with_launcher "srun -n1 -Q"

rm -rf "$scratch/facts"
sbatch -Q --wait --array=1-3 -o /dev/null --wrap \
  "$build/bulkhead-extract -p $scratch/small -o $scratch/facts --shard \$SLURM_ARRAY_TASK_ID/3" ||
  broken "the array of parts failed"
"$build/bulkhead-extract" -p "$scratch/small" -o "$scratch/facts" --index-only || broken "the index failed"
same "$scratch/direct" "$scratch/facts" "a small set, an array of parts"

if tree=$(openssh); then
  by_launcher "$tree" "OpenSSH, one step of an allocation a unit" in_allocation
else
  say "SKIPPED OpenSSH: it is not in the corpus cache"
fi
