#!/usr/bin/env bash
# Everything that must hold before a change is taken: set-up, build and all tests, without MPI and with it.
#   jobs/test.sh [--matrix] [arguments of ctest...]
# --matrix: gcc and clang, optimised and with the address and undefined-behaviour sanitizers, with MPI and without; what this
# machine lacks is left out, with the reason.
set -euo pipefail
top=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
cd "$top"

presets=(serial release)
if [ "${1:-}" = --matrix ]; then
  shift
  presets=(serial asan release)
  if command -v clang >/dev/null; then
    presets=(clang clang-asan "${presets[@]}")
  else
    echo "no clang: the presets clang and clang-asan are left out of the matrix"
  fi
fi

jobs/setup.sh --tests
if ! command -v mpicc >/dev/null; then
  echo "no mpicc: the presets with MPI (release, asan, clang) are left out"
  read -ra presets <<<"$(printf '%s\n' "${presets[@]}" | grep -vxE 'release|asan|clang' | xargs)"
fi
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
