# shellcheck shell=bash
# Sourced by the .sbatch files, inside a job: place, site, run directory, start, and what follows from the exit code.
# Variables: KETWALL_HOME, KETWALL_PROGRAM, KETWALL_SITE, KETWALL_RUNS, KETWALL_THREADS, KETWALL_SRUN_FLAGS,
# KETWALL_MAX_RESTARTS.

kw_say() { echo "slurm: $*"; }
kw_die() {
  echo "slurm: $*" >&2
  exit 64
}

# ---- place and site ----
KETWALL_HOME=$(cd "${KETWALL_HOME:-${SLURM_SUBMIT_DIR:-.}}" && pwd)
kw_site=$KETWALL_HOME/jobs/env/${KETWALL_SITE:-generic}.sh
[ -n "${SLURM_JOB_ID:-}" ] || kw_die "not inside a job: submit with sbatch"
[ -r "$kw_site" ] || kw_die "KETWALL_SITE=$KETWALL_SITE: there is no $kw_site; copy jobs/env/template.sh"
# shellcheck source=jobs/env/generic.sh
source "$kw_site"

# A build, an installed prefix (jobs are in PREFIX/share/ketwall/jobs), else what is on PATH.
if [ -z "${KETWALL_PROGRAM:-}" ]; then
  for KETWALL_PROGRAM in "$KETWALL_HOME/build/release/ketwall" "$KETWALL_HOME/../../bin/ketwall" \
    "$(command -v ketwall || true)"; do
    [ ! -x "$KETWALL_PROGRAM" ] || break
  done
fi
[ -x "$KETWALL_PROGRAM" ] || kw_die "no program: build it, or set KETWALL_PROGRAM${KETWALL_PROGRAM:+ (now $KETWALL_PROGRAM)}"

# srun does not take --cpus-per-task from sbatch; without it a rank gets its part of what its node gives to the job.
kw_ranks_per_node=$(((SLURM_NTASKS + SLURM_JOB_NUM_NODES - 1) / SLURM_JOB_NUM_NODES))
kw_cpus=${SLURM_CPUS_PER_TASK:-$((SLURM_CPUS_ON_NODE / kw_ranks_per_node))}
[ "$kw_cpus" -ge 1 ] || kw_cpus=1
export SRUN_CPUS_PER_TASK=$kw_cpus
export OMP_NUM_THREADS=${KETWALL_THREADS:-$kw_cpus} # what a login shell sets is not meant for the job

# MPI_Init ends with a barrier, so that no rank is spoken to before it listens; Open MPI 4.1 crashes there.  On fewer nodes
# than TreeWidth Slurm's tree of fences does not connect them (reverse_tree_info in 22.05: each is a root); its ring does.
export SLURM_PMIX_FENCE=${SLURM_PMIX_FENCE:-ring}

# The same after every requeue, another one for every task of an array.
kw_task=${SLURM_ARRAY_TASK_ID:+-$SLURM_ARRAY_TASK_ID}
kw_dir=${KETWALL_RUNS:-checkpoints}/$SLURM_JOB_NAME-${SLURM_ARRAY_JOB_ID:-$SLURM_JOB_ID}$kw_task

# kw_take_resume ARGUMENT...: sets kw_arguments to those without --resume, and kw_resume to what it is in this start: a file that
# was given counts until the run directory has checkpoints of its own.
kw_take_resume() {
  kw_resume=auto kw_arguments=()
  while [ $# -gt 0 ]; do
    case "$1" in
      --resume) kw_resume=${2:-} && shift ;;
      --resume=*) kw_resume=${1#--resume=} ;;
      *) kw_arguments+=("$1") ;;
    esac
    [ $# -eq 0 ] || shift
  done
}
kw_has_checkpoints() { compgen -G "$kw_dir/checkpoint-*.h5" >/dev/null; }

# ---- start ----
# kw_srun [FLAG OF SRUN]... VERB [ARGUMENT]...: the program on the ranks of the job.  The step dies as a whole, 15 s after
# its first rank.  --kill-on-bad-exit does not wait: the first rank that ends with 75 would have the others killed, and srun
# would report that instead.
kw_srun() {
  local flags=()
  while [[ "${1:-}" == -* ]]; do flags+=("$1") && shift; done
  local site_flags
  read -ra site_flags <<<"$KETWALL_SRUN_FLAGS"
  kw_say "job $SLURM_JOB_ID${SLURM_ARRAY_TASK_ID:+ (task $SLURM_ARRAY_TASK_ID)}, start $((${SLURM_RESTART_COUNT:-0} + 1))," \
    "${kw_step_ranks:-$SLURM_NTASKS} ranks of $OMP_NUM_THREADS threads on $SLURM_JOB_NODELIST: ketwall $*"
  srun --wait=15 "${site_flags[@]}" "${flags[@]}" "$KETWALL_PROGRAM" "$@"
}

# kw_learn VERB CONFIG [ARGUMENT]...: qae, vqe or train in the job's run directory, unless the arguments name another one.
kw_learn() {
  local verb=$1 config=${2:-} override status=0
  [[ -n "$config" && "$config" != -* ]] || kw_die "usage: sbatch jobs/$verb.sbatch CONFIG.ini [-p section.key=value]..."
  shift 2
  kw_take_resume "$@"
  set -- "${kw_arguments[@]}"
  local arguments=("$@") given=no
  for override in "$@"; do
    if [[ "$override" =~ ^run\.dir[[:space:]]*=[[:space:]]*(.*)$ ]]; then kw_dir=${BASH_REMATCH[1]} given=yes; fi
  done
  [ "$given" = yes ] || arguments+=(-p "run.dir=$kw_dir")
  ! kw_has_checkpoints || kw_resume=auto
  kw_srun "$verb" "$config" "${arguments[@]}" --resume "$kw_resume" || status=$?
  kw_finish "$status" "$config" "${arguments[@]}"
}

# kw_circuit CIRCUIT [ARGUMENT]...: one circuit, with checkpoints on the way.
kw_circuit() {
  local circuit=${1:-} status=0 i
  [[ -n "$circuit" && "$circuit" != -* ]] || kw_die "usage: sbatch jobs/run.sbatch CIRCUIT.qasm [options of ketwall run]"
  shift
  kw_take_resume "$@"
  set -- "${kw_arguments[@]}"
  local arguments=("$@") given=no
  for ((i = 0; i < $#; ++i)); do
    case "${arguments[i]}" in
      --dir) kw_dir=${arguments[i + 1]:-} given=yes ;;
      --dir=*) kw_dir=${arguments[i]#--dir=} given=yes ;;
    esac
  done
  [ "$given" = yes ] || arguments+=(--dir "$kw_dir")
  ! kw_has_checkpoints || kw_resume=auto
  kw_srun run "$circuit" "${arguments[@]}" --resume "$kw_resume" || status=$?
  kw_finish "$status" "$circuit" "$@"
}

# ---- what follows from the exit code ----
# kw_finish STATUS [FILE ARGUMENT...]: says it, requeues the job if it is to go on, and exits with the same code.
kw_finish() {
  local status=$1 restarts=${SLURM_RESTART_COUNT:-0} most=${KETWALL_MAX_RESTARTS:-20}
  shift
  case "$status" in
    0) kw_say "done" ;;
    64) kw_say "exit 64: the command line, or a number of ranks that is not supported: see above" ;;
    65) kw_say "exit 65: bad input: circuit, configuration or data file: see above" ;;
    70) kw_say "exit 70: an internal check failed: do not trust this run" ;;
    74) kw_say "exit 74: input or output failed, or a checkpoint does not verify" ;;
    75)
      if [ -e "$kw_dir/stop" ]; then
        kw_say "exit 75: stopped by the file $kw_dir/stop, not requeued"
        kw_say "to go on: rm $(printf %q "$kw_dir/stop") && scontrol requeue $SLURM_JOB_ID"
      elif [ "$restarts" -ge "$most" ]; then
        kw_say "exit 75: stopped early with a good checkpoint in $kw_dir;" \
          "not requeued after $restarts restarts (KETWALL_MAX_RESTARTS=$most)"
      else
        # said before: requeueing ends this script, too
        kw_say "exit 75: stopped early with a good checkpoint in $kw_dir;" \
          "requeued (restart $((restarts + 1)) of at most $most)"
        scontrol requeue "$SLURM_JOB_ID" || kw_say "requeueing failed: submit again with the same run directory"
      fi
      ;;
    78) kw_fit "$@" ;;
    *) kw_say "exit $status: killed or crashed (out of memory, a lost node, a signal): sacct -j $SLURM_JOB_ID" ;;
  esac
  exit "$status"
}

# kw_fit FILE [ARGUMENT]...: the plan on as few nodes as it fits on.
kw_fit() {
  kw_say "exit 78: does not fit on $SLURM_NTASKS ranks"
  [ $# -gt 0 ] || return 0
  local file=$1 ranks=1 here=1 plan='' memory='' nodes keep=()
  shift
  # plan knows the overrides and those options of run that cost memory
  while [ $# -gt 0 ]; do
    case "$1" in
      --memory-per-rank) memory=${2:-} ;;
      --memory-per-rank=*) memory=${1#*=} ;;
      -p | --precision | --shots | --observable | --amplitudes) keep+=("$1" "${2:-}") ;;
      --precision=* | --shots=* | --observable=* | --amplitudes=*) keep+=("$1") ;;
    esac
    shift
  done
  # What a rank has is what the ranks of this node share, unless the configuration says it.
  while [ "$here" -lt "$kw_ranks_per_node" ]; do here=$((here * 2)); done
  [ -n "$memory" ] || memory=$(kw_plan "$here" --json - | sed -n 's/^ *"memory_per_rank": *\([0-9.e+]*\),*$/\1/p') \
    || { kw_say "it cannot be planned: see above" && return 0; }
  while [ "$ranks" -le "$SLURM_NTASKS" ]; do ranks=$((ranks * 2)); done
  for (( ; ranks <= 65536; ranks *= 2)); do
    plan=$(kw_plan "$ranks" --memory-per-rank "${memory:-auto}") || return 0
    if grep -q '^fits: true' <<<"$plan"; then
      nodes=$(((ranks + kw_ranks_per_node - 1) / kw_ranks_per_node))
      printf '%s\n' "$plan"
      kw_say "it fits on $ranks ranks: sbatch --nodes=$nodes --ntasks-per-node=$kw_ranks_per_node ..."
      return 0
    fi
  done
  printf '%s\n' "$plan"
  kw_say "it fits on no number of ranks that was tried, up to 65536: the last plan is above"
}
# kw_plan RANKS [OPTION]...: of kw_fit's file and options.
kw_plan() { "$KETWALL_PROGRAM" plan "$file" "${keep[@]}" --ranks "$@"; }
