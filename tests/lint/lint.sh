#!/usr/bin/env bash
# The rules of the house that a compiler does not check.  Prints every violation; fails if there is one.
#   lint.sh [TREE] [CHECK...]      checks: floors mpi headers sizes comments format shell
set -uo pipefail
tree=${1:-$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)}
shift || true
cd "$tree" || exit 2
checks=("$@")
[ "${#checks[@]}" -gt 0 ] || checks=(floors mpi headers sizes comments format shell)
violations=0

violation() {
  echo "lint: $*"
  violations=$((violations + 1))
}

# C and C++ files of the given folders, one per line.
c_files() { find "$@" -type f \( -name '*.c' -o -name '*.h' -o -name '*.cpp' \) 2>/dev/null | sort; }

# A file includes only its own floor or lower ones.
declare -A floor=([base]=0 [circuit]=1 [engine]=2 [nn]=2 [data]=2 [io]=3 [models]=4 [baselines]=4 [studies]=5 [report]=5 [cli]=6)
declare -A public_floor=([status]=0 [version]=0 [memory]=0 [comm]=0 [gate]=1 [circuit]=1 [qasm]=1 [noise]=1 [precision]=2 [state]=2 [plan]=2
  [observable]=2 [optimiser]=2 [ground]=2 [run]=4 [forecast]=4)

check_floors() {
  local folder file line included own above
  for folder in src/*/; do
    folder=${folder#src/} folder=${folder%/}
    own=${floor[$folder]:-}
    if [ -z "$own" ]; then
      violation "src/$folder has no floor: give it one in tests/lint/lint.sh"
      continue
    fi
    while IFS=: read -r file line included; do
      included=${included#*[\"<]}
      above=
      case "$included" in
        ketwall/*) included=${included#ketwall/} above=${public_floor[${included%%.h*}]:-0} ;;
        */*) above=${floor[${included%%/*}]:-0} ;;
      esac
      [ -n "$above" ] && [ "$above" -gt "$own" ] && violation "$file:$line: floor $own includes ${included%%[\">]*} of floor $above"
    done < <(c_files "src/$folder" | xargs -r -d '\n' grep -nHE '^[[:space:]]*#[[:space:]]*include')
  done
  for file in include/ketwall/*.h; do
    included=${file##*/}
    [ -n "${public_floor[${included%.h}]:-}" ] || violation "$file has no floor: give it one in tests/lint/lint.sh"
  done
  # mpi/ stands on the lowest floor; only the launcher knows the program
  while IFS=: read -r file line included; do
    violation "$file:$line: mpi/ includes ${included#*[\"<]}"
  done < <(c_files mpi | grep -v '/launch' | xargs -r -d '\n' grep -nHE '#[[:space:]]*include[[:space:]]*"(engine|nn|data|io|models|baselines|studies|report|cli)/')
}

# Nothing outside mpi/ knows MPI; public headers know no library.
check_mpi() {
  local file line rest
  while IFS=: read -r file line rest; do
    case "$file" in
      tests/support/world_mpi.c) ;;
      tests/install/consumer/halves.c | tests/install/consumer/vqe.c) ;; # play other projects
      *) violation "$file:$line: <mpi.h> outside mpi/" ;;
    esac
  done < <(c_files src include tests | xargs -r -d '\n' grep -nHE '#[[:space:]]*include[[:space:]]*[<"]mpi\.h')
  while IFS=: read -r file line rest; do
    violation "$file:$line: conditional on MPI outside mpi/ and CMake: $rest"
  done < <(c_files src include | xargs -r -d '\n' grep -nHE '^[[:space:]]*#[[:space:]]*(if|ifdef|ifndef|elif)\b.*MPI')
  while IFS=: read -r file line rest; do
    violation "$file:$line: a public header includes a library: $rest"
  done < <(c_files include | xargs -r -d '\n' grep -nHE '#[[:space:]]*include[[:space:]]*[<"](mpi|hdf5|dnnl|fftw3|nlopt|jansson)')
}

# Every public header compiles alone, as C17 and as C++17.
check_headers() {
  local header
  for header in include/ketwall/*.h; do
    [ -e "$header" ] || continue
    ${CC:-cc} -std=c17 -pedantic -Wall -Wextra -Werror -Iinclude -fsyntax-only -x c "$header" \
      || violation "$header does not compile alone as C17"
    if command -v "${CXX:-c++}" >/dev/null; then
      ${CXX:-c++} -std=c++17 -pedantic -Wall -Wextra -Werror -Iinclude -fsyntax-only -x c++ "$header" \
        || violation "$header does not compile alone as C++17"
    else
      echo "lint: $header not checked as C++: no C++ compiler"
    fi
  done
}

check_sizes() {
  local file lines
  while read -r file; do
    lines=$(wc -l <"$file")
    [ "$lines" -le 600 ] || violation "$file has $lines lines: above 600, cut it in two"
  done < <(c_files src mpi include tests)
}

# Files say what they are; nothing is left open.
check_comments() {
  local file line rest
  while read -r file; do
    [ "$(head -c 2 "$file")" = "/*" ] || violation "$file does not begin with a comment that says what it is"
  done < <(c_files src mpi include tests)
  while IFS=: read -r file line rest; do
    violation "$file:$line: left open:$rest"
  done < <(c_files src mpi include tests | xargs -r -d '\n' grep -nHE '\b(TODO|FIXME|XXX)\b|^[[:space:]]*#[[:space:]]*if 0\b')
}

check_format() {
  local file
  if ! command -v clang-format >/dev/null; then
    echo "lint: format not checked: no clang-format"
    return
  fi
  while read -r file; do
    clang-format --dry-run -Werror "$file" 2>/dev/null || violation "$file is not formatted: clang-format -i $file"
  done < <(c_files src mpi include tests)
}

check_shell() {
  local script
  if ! command -v shellcheck >/dev/null; then
    echo "lint: scripts not checked: no shellcheck"
    return
  fi
  while read -r script; do
    shellcheck -x "$script" || violation "$script does not pass shellcheck"
  done < <({ find jobs tests -name '*.sh' -o -name '*.sbatch'; find .ci -name run; } 2>/dev/null | sort)
}

for check in "${checks[@]}"; do
  if ! declare -F "check_$check" >/dev/null; then
    echo "lint: no such check: $check" >&2
    exit 2
  fi
  "check_$check"
done
[ "$violations" -eq 0 ] || echo "lint: $violations violations"
[ "$violations" -eq 0 ]
