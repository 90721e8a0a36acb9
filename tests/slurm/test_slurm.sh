#!/usr/bin/env bash
# The job scripts on a real Slurm, two nodes on this machine (cluster.sh).
#   KETWALL_PROGRAM=build/release/ketwall tests/slurm/test_slurm.sh all|SCENARIO...
# Scenarios: finish fence array ranks refusals installed fit never stop cap crash cancel circuit scaling limit node
# shellcheck disable=SC2317 # scenarios are called by their names
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
top=$(cd "$here/../.." && pwd)
KETWALL_PROGRAM=$(realpath "${KETWALL_PROGRAM:-$top/build/release/ketwall}")
export KETWALL_PROGRAM
export KW_PROGRAM_DIR=${KETWALL_PROGRAM%/*}
if "$KETWALL_PROGRAM" info | grep -q '^ *mpi  *none'; then
  echo "skipped: a build without MPI" >&2
  exit 77
fi
if [ -z "${KW_CLUSTER:-}" ]; then exec "$here/cluster.sh" "$0" "$@"; fi

# A folder to submit from, as a user has it: scripts and configurations in jobs/, runs in checkpoints/.
home=$KW_CLUSTER/home
mkdir -p "$home"
ln -sfn "$top/jobs" "$home/jobs"
cd "$home"
export OMPI_MCA_mpi_yield_when_idle=1
export OMPI_MCA_pml=ob1 OMPI_MCA_btl=self,tcp # what the bridge can carry: nothing else is to be searched for in a namespace

# A small autoencoder whose state is shared by two ranks, and that learns slowly.
small=(jobs/configs/qae.ini -p data.qubits=10 -p run.ranks_per_state=2 -p train.optimiser=adam -p train.learning_rate=1e-4)
forever=(-p train.steps=1000000 -p run.checkpoint_every_s=0)

ulimit -c unlimited 2>/dev/null || true # Slurm hands the limit on to the ranks

# ---- tools ----
fail() {
  echo "FAILED: $*" >&2
  exit 1
}
# submit [OPTION OF sbatch]... SCRIPT [ARGUMENT]...: prints the job's number.
submit() { sbatch --parsable "$@"; }
# field JOB NAME: what Slurm says about a job.
field() { scontrol --oneliner show job "$1" | grep -o "\b$2=[^ ]*" | head -n 1 | cut -d = -f 2; }
# until_true SECONDS WHAT COMMAND...: waits for it.
until_true() {
  local end=$((SECONDS + $1)) what=$2
  shift 2
  until "$@" >/dev/null 2>&1; do
    [ "$SECONDS" -lt "$end" ] || fail "waited in vain for: $what ($(squeue --noheader --format='%i %j %T %r' | tr '\n' ';'))"
    sleep 0.2
  done
}
is_state() { [[ "$(field "$1" JobState)" =~ ^($2)$ ]]; }
# Where the threads of crashed ranks were: cores are left where the job was submitted from.
backtraces() {
  command -v gdb >/dev/null || return 0
  find . -name 'core*' -type f -exec gdb -batch -ex 'thread apply all backtrace 16' "$KETWALL_PROGRAM" {} \; 2>/dev/null || true
}
# ended JOB STATE CODE [SECONDS]: the job ends in that state with that exit code.
ended() {
  until_true "${4:-120}" "the end of job $1" is_state "$1" 'COMPLETED|FAILED|CANCELLED|TIMEOUT|NODE_FAIL'
  [ "$(field "$1" JobState) $(field "$1" ExitCode)" = "$2 $3" ] \
    || { cat ./*"-$1".log ./*/*"-$1".log 2>/dev/null || true
      backtraces
      fail "job $1: $(field "$1" JobState) $(field "$1" ExitCode), expected $2 $3"
    }
}
# says FILE PATTERN...: the file holds a line for each extended regular expression.
says() {
  local file=$1 pattern
  shift
  for pattern in "$@"; do
    grep -Eq -- "$pattern" "$file" || { cat "$file" && fail "$file does not say: $pattern"; }
  done
}
not_says() { ! grep -Eq -- "$2" "$1" || { cat "$1" && fail "$1 says: $2"; }; }
# has_steps DIRECTORY NUMBER: so many rows of metrics.
has_steps() { [ "$(wc -l <"$1/metrics.jsonl")" -ge "$2" ]; }
# newest DIRECTORY: its last checkpoint, which must be good.
newest() {
  local file
  file=$(find "$1" -name 'checkpoint-*.h5' | sort | tail -n 1)
  "$KETWALL_PROGRAM" checkpoint verify "$file" >/dev/null || fail "$file does not verify"
  echo "$file"
}
# numbers DIRECTORY: what a run computed: all but times, places and the counts of its last start.
numbers() {
  if [ -e "$1/metrics.jsonl" ]; then sed -E 's/"seconds":[^,}]*,?//' "$1/metrics.jsonl"; fi
  sed -E -e '/^ *"provenance": \{/,/^ *\}/d' \
    -e '/"(seconds|resident_bytes|exchanges|bytes_exchanged|written|bytes)":/d' "$1/result.json"
}
# step_of FILE: the step of a checkpoint.
step_of() {
  local name=${1##*/checkpoint-}
  echo "$((10#${name%.h5}))"
}
# like_whole DIRECTORY STEPS: the run has the numbers of one that was never interrupted.
like_whole() {
  SLURM_PMIX_FENCE=ring OMP_NUM_THREADS=1 srun --quiet -N 2 -n 2 --mpi=pmix "$KETWALL_PROGRAM" qae "${small[@]}" -p "train.steps=$2" \
    -p "run.dir=$1-whole" >"$1-whole.log" 2>&1 || fail "$(cat "$1-whole.log")"
  has_steps "$1" "$2" || fail "$1 has fewer than $2 steps"
  diff <(numbers "$1-whole") <(numbers "$1") || fail "$1: other numbers than those of an uninterrupted run"
}
is_gone() { [ -z "$(squeue --noheader --jobs="$1" 2>/dev/null)" ]; }
nodes_idle() { [ "$(sinfo --noheader --Node --states=idle --format=%N | wc -l)" -eq "$1" ]; }

# ---- scenarios ----
# A job runs over both nodes to its end.
scenario_finish() {
  local job
  job=$(submit jobs/qae.sbatch "${small[@]}" -p train.steps=20)
  ended "$job" COMPLETED 0:0
  local dir=checkpoints/qae-$job node
  says "qae-$job.log" '2 ranks of 1 threads on n\[0-1\]' 'slurm: done' '1 replica of 2 ranks'
  says "$dir/result.json" '"finished": true' '"ranks": 2,' '"host": "n0"' "\"slurm_job_id\": \"$job\""
  for node in n0 n1; do says "$KW_CLUSTER/slurmd-$node.log" "launch task StepId=$job\.0 "; done
  newest "$dir" >/dev/null
}

# MPI_Init waits for the ranks of other nodes: by a ring, as the tree does not on few nodes.
scenario_fence() {
  local job
  job=$(KETWALL_SRUN_FLAGS='--mpi=pmix --slurmd-debug=debug' submit jobs/qae.sbatch "${small[@]}" -p train.steps=1)
  ended "$job" COMPLETED 0:0
  says "qae-$job.log" 'COLL_FENCE_RING seq=1 is DONE'
  not_says "qae-$job.log" COLL_FENCE_TREE
}

# An array: every task has a seed and a directory of its own.
scenario_array() {
  local job seed
  job=$(submit --array=1-2%1 jobs/sweep.sbatch qae "${small[@]}" -p train.steps=20)
  for seed in 1 2; do
    ended "${job}_$seed" COMPLETED 0:0
    says "checkpoints/sweep-$job-$seed/result.json" '"finished": true'
    says "checkpoints/sweep-$job-$seed/config.ini" "^seed = $seed\$"
  done
  ! cmp -s checkpoints/sweep-"$job"-[12]/metrics.jsonl || fail "both seeds are the same run"
  # a task goes back into the queue by itself
  job=$(KETWALL_MAX_RESTARTS=1 KETWALL_SWEEP_KEY=run.max_wall_s submit --array=1 jobs/sweep.sbatch qae \
    "${small[@]}" "${forever[@]}")
  ended "${job}_1" FAILED 75:0
  says "sweep-${job}_1.log" 'requeued \(restart 1 of at most 1\)' '\(task 1\), start 2, 2 ranks' \
    'not requeued after 1 restarts'
}

# Three ranks are refused with the numbers that are supported; tasks that are alone, with the reason.
scenario_ranks() {
  local job
  job=$(submit --ntasks=3 --ntasks-per-node=2 jobs/qae.sbatch "${small[@]}")
  ended "$job" FAILED 64:0
  says "qae-$job.log" '\b2\b.*\b4\b' 'slurm: exit 64'
  job=$(KETWALL_SRUN_FLAGS=--mpi=none submit jobs/qae.sbatch "${small[@]}")
  ended "$job" FAILED 64:0
  says "qae-$job.log" 'this step has 2 tasks, but each found itself alone: start it with srun --mpi=pmix' 'slurm: exit 64'
  [ ! -e "checkpoints/qae-$job/result.json" ] || fail "the lonely tasks ran"
}

# Every script is one that Slurm takes; what is missing is said.
scenario_refusals() {
  local job script
  for script in jobs/*.sbatch; do
    sbatch --test-only "$script" x 2>test-only.log || fail "$script: $(cat test-only.log)"
  done
  mkdir -p elsewhere
  job=$(submit --chdir=elsewhere --output=elsewhere.log jobs/qae.sbatch x.ini)
  ended "$job" FAILED 65:0 # --chdir is not the folder that it was submitted from
  job=$(cd elsewhere && submit ../jobs/qae.sbatch x.ini)
  ended "$job" FAILED 64:0
  says "elsewhere/qae-$job.log" "submit from Ketwall's folder or set KETWALL_HOME"
  job=$(KETWALL_SITE=nowhere submit jobs/train.sbatch x.ini)
  ended "$job" FAILED 64:0
  says "train-$job.log" 'KETWALL_SITE=nowhere: there is no .*/jobs/env/nowhere.sh'
  job=$(KETWALL_SITE=template submit jobs/sweep.sbatch bench x.ini)
  ended "${job}_1" FAILED 64:0
  says "sweep-${job}_1.log" 'usage: sbatch --array'
  job=$(KETWALL_PROGRAM=/no/ketwall submit jobs/vqe.sbatch x.ini)
  ended "$job" FAILED 64:0
  says "vqe-$job.log" 'no program: build it, or set KETWALL_PROGRAM'
}

# An installed Ketwall is its own home.
scenario_installed() {
  local job prefix=$KW_CLUSTER/prefix
  cmake --install "$KW_PROGRAM_DIR" --prefix "$prefix" >/dev/null
  mkdir -p project
  job=$(cd project && unset KETWALL_PROGRAM && export KETWALL_HOME=$prefix/share/ketwall \
    && submit "$KETWALL_HOME/jobs/vqe.sbatch" "$KETWALL_HOME/jobs/configs/vqe.ini" -p train.steps=5)
  ended "$job" COMPLETED 0:0
  says "project/checkpoints/vqe-$job/result.json" '"finished": true'
}

# What does not fit ends at once; the log has the plan that does.
scenario_fit() {
  local job
  job=$(submit jobs/qae.sbatch jobs/configs/qae.ini -p run.memory_per_rank=1MiB)
  ended "$job" FAILED 78:0
  says "qae-$job.log" 'exit 78: does not fit on 2 ranks' '^fits: true' '64 ranks: sbatch --nodes=64 --ntasks-per-node=1'
}

# What fits nowhere is not searched for ever; without run.memory_per_rank the node's memory counts.
scenario_never() {
  local job
  job=$(submit jobs/qae.sbatch jobs/configs/qae.ini -p data.qubits=40)
  ended "$job" FAILED 78:0
  says "qae-$job.log" '^fits: true' 'it fits on [0-9]{3,5} ranks: sbatch --nodes=[0-9]{3,5} --ntasks-per-node=1'
  job=$(submit jobs/qae.sbatch jobs/configs/qae.ini -p data.qubits=40 -p run.memory_per_rank=1MiB)
  ended "$job" FAILED 78:0
  says "qae-$job.log" 'fits on no number of ranks' '^fits: false'
}

# The file `stop` ends the run with a checkpoint, and the job stays out of the queue.
scenario_stop() {
  local job dir
  job=$(submit jobs/qae.sbatch "${small[@]}" "${forever[@]}")
  dir=checkpoints/qae-$job
  until_true 30 "20 steps" has_steps "$dir" 20
  touch "$dir/stop"
  ended "$job" FAILED 75:0
  says "qae-$job.log" "stopped by the file $dir/stop, not requeued"
  newest "$dir" >/dev/null
  # and goes on when its user says so
  rm "$dir/stop"
  scontrol requeue "$job"
  until_true 30 "another start of job $job" grep -q 'start 2, 2 ranks' "qae-$job.log"
  scancel "$job"
}

# A job that stops early every time is given up after KETWALL_MAX_RESTARTS.
scenario_cap() {
  local job dir
  job=$(KETWALL_MAX_RESTARTS=1 submit jobs/qae.sbatch "${small[@]}" "${forever[@]}" -p run.max_wall_s=1)
  ended "$job" FAILED 75:0
  says "qae-$job.log" 'requeued \(restart 1 of at most 1\)' 'start 2, 2 ranks' 'not requeued after 1 restarts'
}

# A rank that is killed takes the others with it.
scenario_crash() {
  local job
  job=$(submit jobs/qae.sbatch "${small[@]}" "${forever[@]}")
  until_true 30 "20 steps" has_steps "checkpoints/qae-$job" 20
  kill -KILL "$(pgrep --newest --full "$KETWALL_PROGRAM qae .*checkpoints/qae-$job ")"
  until_true 60 "the end of job $job" is_state "$job" FAILED
  says "qae-$job.log" 'slurm: exit 1(37|43): killed or crashed'
  newest "checkpoints/qae-$job" >/dev/null
}

# scancel leaves a good checkpoint, from which another job goes on.
scenario_cancel() {
  local job dir steps
  job=$(submit jobs/qae.sbatch "${small[@]}" "${forever[@]}")
  dir=checkpoints/qae-$job
  until_true 30 "20 steps" has_steps "$dir" 20
  scancel "$job"
  until_true 30 "the end of job $job" is_state "$job" CANCELLED
  until_true 30 "the end of its ranks" is_gone "$job"
  not_says "qae-$job.log" requeued
  steps=$(($(step_of "$(newest "$dir")") + 50))
  job=$(submit jobs/qae.sbatch "${small[@]}" -p "train.steps=$steps" -p "run.dir=$dir")
  ended "$job" COMPLETED 0:0
  like_whole "$dir" "$steps"
}

# The time limit comes: a signal, a checkpoint, the queue, and on to the numbers of an uninterrupted run.
# Slurm looks at the limits every 30 s and signals when the time before the limit is less than 50 s + 30 s: at its next look.
scenario_limit() {
  local job dir config=limit.ini steps
  sed 's/^steps = .*/steps = 1000000/' jobs/configs/qae.ini >"$config"
  job=$(submit --time=1 --signal=USR1@50 jobs/qae.sbatch "$config" "${small[@]:1}" -p run.checkpoint_every_s=0)
  dir=checkpoints/qae-$job
  until_true 100 "the requeueing of job $job" grep -q 'slurm: exit' "qae-$job.log"
  says "qae-$job.log" 'exit 75: stopped early with a good checkpoint in .*; requeued \(restart 1 of at most 20\)'
  steps=$(($(step_of "$(newest "$dir")") + 50))
  sed -i "s/^steps = .*/steps = $steps/" "$config"
  ended "$job" COMPLETED 0:0
  says "qae-$job.log" 'start 2, 2 ranks'
  says "$dir/result.json" '"slurm_restart_count": "1"'
  like_whole "$dir" "$steps"
}

# A node dies with its tasks: the job ends within a bound, or goes back into the queue, and goes on when the node is back.
scenario_node() {
  local job dir config=node.ini steps
  sed 's/^steps = .*/steps = 1000000/' jobs/configs/qae.ini >"$config"
  job=$(submit jobs/qae.sbatch "$config" "${small[@]:1}" -p run.checkpoint_every_s=0)
  dir=checkpoints/qae-$job
  until_true 30 "20 steps" has_steps "$dir" 20
  kill -KILL "$(<"$KW_CLUSTER/n1.pid")"
  SECONDS=0
  until_true 60 "the end of job $job's first start" is_state "$job" 'PENDING|FAILED|NODE_FAIL'
  echo "node: job $job is $(field "$job" JobState) $SECONDS s after the death of its node"
  until_true 30 "an idle n0" nodes_idle 1
  steps=$(($(step_of "$(newest "$dir")") + 50))
  sed -i "s/^steps = .*/steps = $steps/" "$config"
  "$here/cluster.sh" --start-node 1
  if is_state "$job" 'FAILED|NODE_FAIL'; then
    job=$(submit jobs/qae.sbatch "$config" "${small[@]:1}" -p run.dir="$dir")
  fi
  ended "$job" COMPLETED 0:0
  like_whole "$dir" "$steps"
}

# A circuit stops on its way, goes back into the queue, and ends with the result of an uninterrupted run.
scenario_circuit() {
  local job whole
  awk 'BEGIN {
    srand(1); print "OPENQASM 2.0;\ninclude \"qelib1.inc\";\nqreg q[18];"
    for (i = 0; i < 40000; ++i) {
      a = int(18 * rand()); b = (a + 1 + int(17 * rand())) % 18
      if (i % 3) printf "u3(%f,%f,%f) q[%d];\n", 3 * rand(), 3 * rand(), 3 * rand(), a; else printf "cx q[%d],q[%d];\n", a, b
    } }' >long.qasm
  local options=(long.qasm --shots 50 --amplitudes '0,1,77777' --observable 'Z0 Z17')
  job=$(submit jobs/run.sbatch "${options[@]}" --checkpoint-every 0.2)
  until_true 60 "a checkpoint" compgen -G "checkpoints/run-$job/*.h5"
  scancel --signal=USR1 "$job"
  ended "$job" COMPLETED 0:0
  says "run-$job.log" 'exit 75: .* checkpoints/run-.*;' 'requeued \(restart 1 of' 'start 2, 2 ranks' 'slurm: done'
  whole=$(submit jobs/run.sbatch "${options[@]}")
  ended "$whole" COMPLETED 0:0
  not_says "run-$whole.log" 'exit 75'
  diff <(numbers "checkpoints/run-$whole") <(numbers "checkpoints/run-$job") || fail "not the result of an uninterrupted run"
  # what does not fit is planned like a configuration
  job=$(submit jobs/run.sbatch "${options[@]}" --memory-per-rank=200KiB)
  ended "$job" FAILED 78:0
  says "run-$job.log" '^fits: true' 'ranks: sbatch --nodes='
}

# Benchmarks on one node and on two.
scenario_scaling() {
  local job task
  job=$(submit jobs/scaling.sbatch qft --qubits 10 --repeats 1)
  for task in 0 1; do
    ended "${job}_$task" COMPLETED 0:0
    says "checkpoints/scaling-$job/bench-$((1 << task)).json" "\"ranks\": $((1 << task))"
  done
}

# ---- all that was asked for ----
every=(finish fence array ranks refusals installed fit never stop cap crash cancel circuit scaling limit node)
[ "${1:-}" != all ] || set -- "${every[@]}"
[ $# -gt 0 ] || fail "no scenario: all, or some of ${every[*]}"
run_one() {
  local start=$SECONDS status=0
  declare -F "scenario_$1" >/dev/null || fail "no scenario $1"
  # in the background, so that set -e holds in it
  "scenario_$1" &
  wait $! || status=$?
  [ "$status" -eq 0 ] || echo "FAILED: scenario $1" >&2
  echo "$1: $((SECONDS - start)) s"
  return "$status"
}
failed=0 beside=
for scenario in "$@"; do
  # the one that waits for Slurm's clock runs beside the others
  if [ "$scenario" = limit ]; then
    run_one limit &
    beside=$!
  fi
done
for scenario in "$@"; do
  case "$scenario" in
    limit) ;;
    node)
      # other jobs would die with the node
      if [ -n "$beside" ]; then wait "$beside" || failed=1; fi
      beside=
      run_one node || failed=1
      ;;
    *) run_one "$scenario" || failed=1 ;;
  esac
done
if [ -n "$beside" ]; then wait "$beside" || failed=1; fi
exit "$failed"
