#!/usr/bin/env bash
# Training steps of Quantum-Train beside tuned PyTorch, in turn, on the same images; prints both times and their ratio.
#   tests/bench/quantum_train.sh [KETWALL] [PAIRS] [THREADS]      KETWALL_DATA_DIR holds mnist/; python3-torch, python3-numpy
set -euo pipefail
top=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
ketwall=${1:-$top/build/release/ketwall}
pairs=${2:-5}
threads=${3:-2}
python=${PYTHON:-/usr/bin/python3}
steps=1500

if [ -z "${KETWALL_DATA_DIR:-}" ]; then
  echo "skipped: KETWALL_DATA_DIR is not set" >&2
  exit 77
fi
if ! "$python" -c 'import numpy, torch' 2>/dev/null; then
  echo "skipped: no python3-torch and python3-numpy" >&2
  exit 77
fi
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
export OMP_NUM_THREADS=$threads

# milliseconds CASE: of one step, by each of the two
pytorch() {
  "$python" "$top/tests/bench/quantum_train.py" "$1" --threads "$threads" --steps 200 | "$python" -c \
    'import json, sys; print(json.loads(sys.stdin.readline())["median_ms"])'
}
ours() {
  rm -rf "$folder/run"
  "$ketwall" train "$top/jobs/configs/quantum-train-$1.ini" -p "run.dir=$folder/run" -p train.steps=$steps \
    --json "$folder/result.json" >/dev/null 2>&1
  "$python" -c "import json; t = json.load(open('$folder/result.json'))['time']; print(1e3 * t['all'] / t['steps'])"
}

for name in seed paper; do
  for ((i = 0; i < pairs; ++i)); do
    echo "$(pytorch "$name") $(ours "$name")"
  done | "$python" -c "
import statistics as s, sys
rows = [tuple(map(float, line.split())) for line in sys.stdin]
print('%-5s  PyTorch %.2f ms  Ketwall %.3f ms  ratio %.1f (%.1f to %.1f)' % ('$name', s.median(a for a, b in rows),
      s.median(b for a, b in rows), s.median(a / b for a, b in rows), min(a / b for a, b in rows), max(a / b for a, b in rows)))"
done
