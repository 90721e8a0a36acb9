#!/usr/bin/env bash
# An installed Ketwall serves other projects: installs a build into a fresh prefix whose path holds a space, moves it, then builds and
# runs a small program against it by find_package and by pkg-config, and the README's example too.
#   check.sh BUILD_DIRECTORY [C compiler flags of the build, for sanitizers]
set -euo pipefail
build=$1
flags=${2:-}
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

cmake --install "$build" --prefix "$scratch/first" >/dev/null
prefix="$scratch/a moved prefix"
mv "$scratch/first" "$prefix"

echo "== program"
"$prefix/bin/ketwall" --help >/dev/null

echo "== find_package"
{
  cmake -S "$here/consumer" -B "$scratch/consumer" -DCMAKE_PREFIX_PATH="$prefix" -DCMAKE_C_FLAGS="$flags"
  cmake --build "$scratch/consumer"
} >"$scratch/log" 2>&1 || {
  cat "$scratch/log"
  exit 1
}
"$scratch/consumer/consumer"

echo "== pkg-config"
# pkg-config cannot express spaces in a path portably.
mv "$prefix" "$scratch/plain"
library=$(find "$scratch/plain" -name 'libketwall.*' | head -n 1)
export PKG_CONFIG_PATH="${library%/*}/pkgconfig${PKG_CONFIG_PATH:+:$PKG_CONFIG_PATH}"
kind=()
[[ "$library" == *.a ]] && kind=(--static)
# shellcheck disable=SC2046,SC2086 # lists of flags
${CC:-cc} $flags "$here/consumer/consumer.c" -o "$scratch/consumer_pc" $(pkg-config --cflags ketwall) \
  $(pkg-config --libs "${kind[@]}" ketwall) "-Wl,-rpath,${library%/*}"
"$scratch/consumer_pc"

echo "== the README's example"
awk '/^```c$/ { inside = 1; next } /^```$/ { inside = 0 } inside' "$here/../../README.md" >"$scratch/readme.c"
# shellcheck disable=SC2046,SC2086
${CC:-cc} $flags "$scratch/readme.c" -o "$scratch/readme" $(pkg-config --cflags ketwall) \
  $(pkg-config --libs "${kind[@]}" ketwall) "-Wl,-rpath,${library%/*}"
ASAN_OPTIONS=detect_leaks=0 "$scratch/readme" | grep -qx "<Z0 Z1> = 1"
echo "installation: all right"
