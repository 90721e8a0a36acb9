#!/usr/bin/env bash
# Two quantum autoencoders, an eigensolver and a network whose weights a circuit generates, on two ranks: set-up, build, runs,
# their checkpoints verified, one report.
#   jobs/demo.sh [--fresh]        --fresh: forget earlier demo runs; otherwise they are resumed
set -euo pipefail
top=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
cd "$top"

out=checkpoints/demo
case "${1:-}" in
  "") ;;
  --fresh) rm -rf "$out" ;;
  *)
    echo "usage: jobs/demo.sh [--fresh]" >&2
    exit 64
    ;;
esac

jobs/setup.sh

export KETWALL_RANKS="${KETWALL_RANKS:-2}"
# shellcheck source=jobs/env/local.sh
source jobs/env/local.sh
cmake --preset release >/dev/null
cmake --build --preset release --target ketwall_program
ketwall=$top/build/release/ketwall
mkdir -p "$out"

# run NAME VERB CONFIG [-p key=value]...: one training run in its own folder, resumed where an earlier one stopped.
run() {
  local name=$1 verb=$2 config=$3 status=0
  shift 3
  echo "== $name"
  mpirun -n "$KETWALL_RANKS" "$ketwall" "$verb" "jobs/configs/$config.ini" -p "run.dir=$out/$name" "$@" --resume auto || status=$?
  if [ "$status" -eq 75 ]; then
    echo "demo: $name stopped early with a good checkpoint; run jobs/demo.sh again to go on" >&2
  fi
  return "$status"
}
# One state over all ranks, so that qubits are exchanged; the second run spreads its states over replicas instead.
run cerezo qae qae -p "run.ranks_per_state=$KETWALL_RANKS"
run tfim qae qae -p data.family=tfim -p data.members=8 -p data.test_members=2 -p data.coupling_min=1 -p data.coupling_max=2 \
  -p qae.latent=2 -p ansatz.start=small -p train.steps=80
run ground-state vqe vqe
run digits train quantum-train-tuned -p data.set=digits -p data.validation=2000 -p train.epochs=8

echo "== checkpoints"
find "$out" -name '*.h5' -print0 | sort -z | xargs -0 -r -n 1 "$ketwall" checkpoint verify

echo "== report"
"$ketwall" report "$out/cerezo" "$out/tfim" "$out/ground-state" "$out/digits" -o "$out/report.html"
echo "runs:   $top/$out/cerezo"
echo "        $top/$out/tfim"
echo "        $top/$out/ground-state"
echo "        $top/$out/digits"
echo "report: $top/$out/report.html"
