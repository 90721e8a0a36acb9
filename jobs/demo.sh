#!/usr/bin/env bash
# The quantum autoencoder on two ranks: set-up, build, two runs, their checkpoints verified, one report.
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
# shellcheck source=jobs/env.sh
source jobs/env.sh
cmake --preset release >/dev/null
cmake --build --preset release --target ketwall_program
ketwall=$top/build/release/ketwall
mkdir -p "$out"

# run NAME [-p key=value]...: one training run in its own folder, resumed where an earlier one stopped.
run() {
  local name=$1 status=0
  shift
  echo "== $name"
  mpirun -n "$KETWALL_RANKS" "$ketwall" qae jobs/configs/qae.ini -p "run.dir=$out/$name" "$@" --resume auto || status=$?
  if [ "$status" -eq 75 ]; then
    echo "demo: $name stopped early with a good checkpoint; run jobs/demo.sh again to go on" >&2
  fi
  return "$status"
}
# One state over all ranks, so that qubits are exchanged; the second run spreads its states over replicas instead.
run cerezo -p "run.ranks_per_state=$KETWALL_RANKS"
run tfim -p data.family=tfim -p data.members=8 -p data.test_members=2 -p data.coupling_min=1 -p data.coupling_max=2 \
  -p qae.latent=2 -p ansatz.start=small -p train.steps=80

echo "== checkpoints"
find "$out" -name '*.h5' -print0 | sort -z | xargs -0 -r -n 1 "$ketwall" checkpoint verify

echo "== report"
"$ketwall" report "$out/cerezo" "$out/tfim" -o "$out/report.html"
echo "runs:   $top/$out/cerezo"
echo "        $top/$out/tfim"
echo "report: $top/$out/report.html"
