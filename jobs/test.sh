#!/usr/bin/env bash
# Everything that must hold before a change is taken: set-up, build and all tests, without MPI and with it.
#   jobs/test.sh [--matrix] [arguments of ctest...]      --matrix: also clang, and the sanitizers
set -euo pipefail
top=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
cd "$top"

presets=(serial release)
if [ "${1:-}" = --matrix ]; then
  shift
  presets=(serial asan release)
  if command -v clang >/dev/null; then presets=(clang "${presets[@]}"); else echo "no clang: not in the matrix"; fi
fi

jobs/setup.sh
# shellcheck source=jobs/env/local.sh
source jobs/env/local.sh

failed=()
for preset in "${presets[@]}"; do
  echo "== preset $preset: build"
  cmake --preset "$preset" >/dev/null
  cmake --build --preset "$preset"
done
for preset in "${presets[@]}"; do
  echo "== preset $preset: test"
  ctest --preset "$preset" --parallel "$(nproc)" "$@" || failed+=("$preset")
done
if [ "${#failed[@]}" -gt 0 ]; then
  echo "tests failed with the presets: ${failed[*]}" >&2
  exit 1
fi
