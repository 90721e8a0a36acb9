#!/usr/bin/env bash
# A checkpoint of a statevector in mid-circuit, written and verified, beside dd with fsync of as many bytes on the same disk, in
# turn; and what it takes to go on from it.
#   tests/bench/checkpoint.sh [QUBITS [RANKS [PAIRS [DIRECTORY]]]]      default: 28 2 3, and the present directory
# The program is KETWALL_PROGRAM, else build/release/ketwall.
set -euo pipefail
top=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
qubits=${1:-28} ranks=${2:-2} pairs=${3:-3}
program=$(realpath "${KETWALL_PROGRAM:-$top/build/release/ketwall}")
KETWALL_RANKS=$ranks
# shellcheck source=jobs/env/local.sh
source "$top/jobs/env/local.sh"

scratch=$(mktemp -d "${4:-.}/checkpoint-bench-XXXXXX")
trap 'rm -rf "$scratch"' EXIT
cd "$scratch"

# Rotations of all qubits, twice with an entangling layer between: more than one pass, so that there is a place to stop.
{
  printf 'OPENQASM 2.0;\ninclude "qelib1.inc";\nqreg q[%d];\n' "$qubits"
  for layer in 1 2 3; do
    for ((q = 0; q < qubits; ++q)); do printf 'ry(%d.%d) q[%d];\n' "$layer" "$q" "$q"; done
    for ((q = 0; q < qubits; ++q)); do printf 'cx q[%d],q[%d];\n' "$q" "$(((q + qubits / 2) % qubits))"; done
  done
} >circuit.qasm
bytes=$(((1 << qubits) * 16))

ketwall() { mpirun -n "$ranks" "$program" run circuit.qasm --dir run --resume auto --observable Z0 "$@"; }
seconds() { awk -v a="$1" -v b="$2" 'BEGIN { printf "%.2f", b - a }'; }
rate() { awk -v bytes="$bytes" -v s="$1" 'BEGIN { printf "%.2f", bytes / s / 1e9 }'; }

# Disks of virtual machines are slow where nothing was ever written: both find their blocks used.
for file in one other; do dd if=/dev/zero of="$file" bs=4M count=$((bytes >> 22)) conv=fsync 2>/dev/null; done
rm one other

for ((pair = 1; pair <= pairs; ++pair)); do
  rm -rf run
  status=0
  ketwall --max-wall 1e-9 >log 2>&1 || status=$?
  [ "$status" -eq 75 ] || { cat log && exit 1; }
  ours=$(sed -n 's/.* GB written and verified in \([0-9.]*\) s.*/\1/p' log)
  begin=$(date +%s.%N)
  dd if=/dev/zero of=plain bs=4M count=$((bytes >> 22)) conv=fsync 2>/dev/null
  plain=$(seconds "$begin" "$(date +%s.%N)")
  rm plain
  begin=$(date +%s.%N)
  ketwall --checkpoint-every 0 --json result.json >/dev/null 2>&1
  on=$(seconds "$begin" "$(date +%s.%N)")
  echo "pair $pair: checkpoint $ours s, $(rate "$ours") GB/s; dd $plain s, $(rate "$plain") GB/s;" \
    "ratio $(awk -v a="$plain" -v b="$ours" 'BEGIN { printf "%.2f", a / b }'); going on to the end $on s"
done
