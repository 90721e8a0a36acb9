#!/usr/bin/env bash
# A first test of a build or an installed tree, in a few seconds: right after the installation, on a login or a compute node.
#   smoke.sh [PREFIX|PROGRAM] [PART...]     parts: start bell resume ranks (all)
# PREFIX: where Ketwall is installed; without it that of an installed smoke.sh itself.
# Environment: MPIEXEC starts two ranks, "mpirun -n 2" by default; on a cluster for example MPIEXEC="srun --mpi=pmix -n 2".
# Exit code: 0 all right, 1 not, 77 nothing could be tested (ranks alone, in a build without MPI).
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
program=${1:-$here/../..}
shift || true
[ ! -d "$program" ] || program=$program/bin/ketwall
[ -x "$program" ] || {
  echo "smoke: no program $program: give the prefix of an installation, or the program" >&2
  exit 1
}
program=$(cd "$(dirname "$program")" && pwd)/$(basename "$program")
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
cd "$scratch"

# Two ranks on a machine of any size, for root too, unless it was said otherwise.
if [ "$(id -u)" -eq 0 ]; then
  export OMPI_ALLOW_RUN_AS_ROOT="${OMPI_ALLOW_RUN_AS_ROOT:-1}" OMPI_ALLOW_RUN_AS_ROOT_CONFIRM="${OMPI_ALLOW_RUN_AS_ROOT_CONFIRM:-1}"
fi
export OMPI_MCA_rmaps_base_oversubscribe="${OMPI_MCA_rmaps_base_oversubscribe:-1}"
export OMP_NUM_THREADS="${OMP_NUM_THREADS:-1}"
read -ra two_ranks <<<"${MPIEXEC:-mpirun -n 2}"

wrong() {
  echo "smoke: $*" >&2
  [ ! -s log ] || sed 's/^/  | /' log >&2
  exit 1
}

# expect EXIT_CODE COMMAND...: output in `log`
expect() {
  local wanted=$1 code=0
  shift
  "$@" >log 2>&1 </dev/null || code=$?
  [ "$code" -eq "$wanted" ] || wrong "exit code $code, expected $wanted: $*"
}

# The counts in bell.json are about half and half.
check_counts() {
  local zeros ones
  zeros=$(sed -n 's/.*"00": *\([0-9]*\).*/\1/p' bell.json)
  ones=$(sed -n 's/.*"11": *\([0-9]*\).*/\1/p' bell.json)
  ((${zeros:-0} > 400 && ${ones:-0} > 400 && zeros + ones == 1000)) \
    || wrong "counts of a Bell pair: ${zeros:-none} of 00, ${ones:-none} of 11, expected about 500 each"
  echo "  counts 00: $zeros, 11: $ones"
}

write_bell() {
  printf 'OPENQASM 2.0;\ninclude "qelib1.inc";\nqreg q[2];\ncreg c[2];\nh q[0];\ncx q[0], q[1];\nmeasure q -> c;\n' >bell.qasm
}

write_config() {
  printf '[run]\ndir = run\n[data]\nfamily = w-phase\nqubits = 4\nmembers = 3\n[train]\nsteps = 4\n' >qae.ini
}

smoke_start() {
  expect 0 "$program" --version
  cat log
  expect 0 "$program" info
  expect 64 "$program" nonsense
}

smoke_bell() {
  write_bell
  expect 0 "$program" run bell.qasm --shots 1000 --seed 1 --json bell.json
  check_counts
  expect 65 "$program" run missing.qasm
}

# Stopped at once, resumed, verified; a damaged checkpoint is refused.
smoke_resume() {
  write_config
  expect 75 "$program" qae qae.ini -p run.max_wall_s=1e-9
  expect 0 "$program" qae qae.ini --resume auto
  grep -q "going on after step" log || wrong "the run was not resumed"
  expect 0 "$program" checkpoint verify run/*.h5
  expect 0 "$program" report run -o report.html
  head -c 3000 run/checkpoint-0000000004.h5 >damaged.h5
  expect 74 "$program" checkpoint verify damaged.h5
}

smoke_ranks() {
  expect 0 "$program" info
  if grep -q "^ *mpi .*serial build" log; then
    echo "  skipped: a build without MPI"
    return 77
  fi
  if ! command -v "${two_ranks[0]}" >/dev/null; then
    echo "  skipped: no ${two_ranks[0]}; set MPIEXEC"
    return 77
  fi
  write_bell
  write_config
  expect 0 "${two_ranks[@]}" "$program" run bell.qasm --shots 1000 --seed 1 --json bell.json
  check_counts
  expect 0 "${two_ranks[@]}" "$program" qae qae.ini -p run.ranks_per_state=2 -p run.dir=ranks
  expect 0 "$program" checkpoint verify ranks/*.h5
}

parts=("$@")
[ "${#parts[@]}" -gt 0 ] || parts=(start bell resume ranks)
skipped=0
for part in "${parts[@]}"; do
  declare -F "smoke_$part" >/dev/null || wrong "no such part: $part"
  echo "== $part"
  code=0
  "smoke_$part" || code=$?
  [ "$code" -eq 0 ] || [ "$code" -eq 77 ] || exit "$code"
  [ "$code" -eq 0 ] || skipped=$((skipped + 1))
done
if [ "$skipped" -eq "${#parts[@]}" ]; then exit 77; fi
echo "smoke: all right"
