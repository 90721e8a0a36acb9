#!/usr/bin/env bash
# Thousands of random OpenQASM programs against the dense reference, at 1, 2 and 4 ranks; prints the seeds that fail.
#   soak.sh [BUILD_DIRECTORY [FIRST_SEED [COUNT]]]      default: build/release 1 2000
set -uo pipefail
top=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
build=${1:-$top/build/release}
first=${2:-1}
count=${3:-2000}
export OMP_NUM_THREADS=${OMP_NUM_THREADS:-1}
# shellcheck source=jobs/env/local.sh
source "$top/jobs/env/local.sh"

program=$build/tests/soak_qelib1
[ -x "$program" ] || {
  echo "no $program: build the tests first" >&2
  exit 64
}
ranks=(1 2 4)
grep -q '^KETWALL_MPI:BOOL=ON' "$build/CMakeCache.txt" || ranks=(1)

failed=0
for r in "${ranks[@]}"; do
  start=()
  [ "$r" -gt 1 ] && start=("${MPIEXEC:-mpirun}" -n "$r")
  output=$("${start[@]}" "$program" "$first" "$count" 2>&1 </dev/null)
  status=$?
  lines=$(grep -E '^(seed |[0-9]+ programs)' <<<"$output")
  if [ "$status" -ne 0 ]; then
    failed=1
    [ -n "$lines" ] || lines=$output
  fi
  while read -r line; do echo "$r ranks: $line"; done <<<"$lines"
done
exit "$failed"
