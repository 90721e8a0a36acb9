#!/usr/bin/env bash
# An installed Ketwall serves other projects: installs a build into a fresh prefix whose path holds a space, moves it, then builds and
# runs small programs against it, in C and C++, by find_package and by pkg-config, the README's example too.
#   check.sh BUILD_DIRECTORY [C compiler flags of the build, for sanitizers]
# Environment: CC; CXX (without a C++ compiler that part is left out); MPICC and MPIEXEC in a build with MPI.
set -euo pipefail
build=$1
flags=${2:-}
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

# Runs a command; shows what it said only if it fails.
quietly() {
  "$@" >"$scratch/log" 2>&1 || {
    cat "$scratch/log"
    exit 1
  }
}

# Prints the fenced block of the README whose first line names this file.
from_readme() {
  awk -v name="$1" '/^```/ { inside = !inside; first = inside; wanted = 0; next }
    first { wanted = index($0, " " name) > 0; first = 0 }
    inside && wanted' "$here/../../README.md" >"$2/$1"
  [ -s "$2/$1" ] || {
    echo "the README has no $1"
    exit 1
  }
}

cmake --install "$build" --prefix "$scratch/first" >/dev/null
prefix="$scratch/a moved prefix"
mv "$scratch/first" "$prefix"

echo "== program"
"$prefix/bin/ketwall" --help >/dev/null
ASAN_OPTIONS=detect_leaks=0 quietly "$prefix/share/ketwall/smoke.sh"

echo "== what jobs need"
for file in jobs/configs/qae.ini jobs/configs/h2.pauli; do
  [ -s "$prefix/share/ketwall/$file" ] || {
    echo "the installed tree has no share/ketwall/$file"
    exit 1
  }
done
"$here/modules.sh" "$prefix"

echo "== find_package"
quietly cmake -S "$here/consumer" -B "$scratch/consumer" -DCMAKE_PREFIX_PATH="$prefix" -DCMAKE_C_FLAGS="$flags"
quietly cmake --build "$scratch/consumer"
"$scratch/consumer/consumer"
"$scratch/consumer/train"
"$scratch/consumer/vqe"
"$scratch/consumer/run"

echo "== find_package, the README's project"
mkdir "$scratch/bell"
from_readme bell.c "$scratch/bell"
from_readme CMakeLists.txt "$scratch/bell"
quietly cmake -S "$scratch/bell" -B "$scratch/bell/build" -DCMAKE_PREFIX_PATH="$prefix" -DCMAKE_C_FLAGS="$flags"
quietly cmake --build "$scratch/bell/build"
ASAN_OPTIONS=detect_leaks=0 "$scratch/bell/build/bell" | grep -x "<Z0 Z1> = 1"

cxx=${CXX:-c++}
[[ -z "${CXX:-}" && "${CC:-}" == *clang* ]] && cxx=${CC/clang/clang++}
if command -v "$cxx" >/dev/null; then
  echo "== find_package, from C++"
  (cd "$prefix/include" && printf '#include <%s>\n' ketwall/*.h) >"$scratch/every_header.h"
  quietly cmake -S "$here/consumer_cpp" -B "$scratch/consumer_cpp" -DCMAKE_PREFIX_PATH="$prefix" -DCMAKE_CXX_COMPILER="$cxx" \
    -DCMAKE_C_COMPILER="${CC:-cc}" -DCMAKE_CXX_FLAGS="$flags" -DEVERY_HEADER="$scratch"
  quietly cmake --build "$scratch/consumer_cpp"
  "$scratch/consumer_cpp/consumer"
else
  echo "== no C++ compiler: not used from C++"
fi

echo "== pkg-config"
# pkg-config cannot express spaces in a path portably.
mv "$prefix" "$scratch/plain"
library=$(find "$scratch/plain" -name 'libketwall.*' | head -n 1)
export PKG_CONFIG_PATH="${library%/*}/pkgconfig${PKG_CONFIG_PATH:+:$PKG_CONFIG_PATH}"
kind=()
[[ "$library" == *.a ]] && kind=(--static)

# Compiles one file the way a Makefile would: COMPILER SOURCE PROGRAM [FLAG]
by_pkg_config() {
  # shellcheck disable=SC2046,SC2086 # lists of flags
  quietly "$1" -std=c17 -Wall -Wextra -Wpedantic -Werror $flags ${4:-} "$2" -o "$3" $(pkg-config --cflags ketwall) $(pkg-config --libs "${kind[@]}" ketwall) -lm \
    "-Wl,-rpath,${library%/*}"
}
by_pkg_config "${CC:-cc}" "$here/consumer/consumer.c" "$scratch/consumer_pc"
"$scratch/consumer_pc"
by_pkg_config "${CC:-cc}" "$scratch/bell/bell.c" "$scratch/bell_pc"
ASAN_OPTIONS=detect_leaks=0 "$scratch/bell_pc" | grep -x "<Z0 Z1> = 1"

if [ -n "${MPICC:-}" ]; then
  echo "== pkg-config, a program with its own communicators"
  by_pkg_config "$MPICC" "$here/consumer/halves.c" "$scratch/halves"
  for ranks in 2 4; do
    "${MPIEXEC:-mpirun}" -n "$ranks" "$scratch/halves" </dev/null
  done
  echo "== pkg-config, a program that is built with MPI"
  by_pkg_config "$MPICC" "$here/consumer/vqe.c" "$scratch/vqe" -DWITH_MPI
  for ranks in 1 2; do
    "${MPIEXEC:-mpirun}" -n "$ranks" "$scratch/vqe" </dev/null
  done
fi
echo "installation: all right"
