#!/usr/bin/env bash
# The lint can fail: each rule is broken once in a small tree, and lint.sh must name the file.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
tree="$(mktemp -d)/a tree"
trap 'rm -rf "${tree%/*}"' EXIT
failed=0

# A tree that keeps all rules.
good_tree() {
  rm -rf "$tree"
  mkdir -p "$tree"/{src/base,src/engine,src/io,mpi,include/ketwall,jobs,tests/support,.ci}
  cp "$here/../../.clang-format" "$tree"
  printf '/* F0  Status. */\n#include <stdio.h>\n' >"$tree/src/base/status.c"
  printf '/* F2  State. */\n#include "base/error.h"\n#include "ketwall/plan.h"\n' >"$tree/src/engine/state.c"
  printf '/* F3  Files. */\n#include "engine/state.h"\n' >"$tree/src/io/file.c"
  printf '/* Ranks. */\n#include <mpi.h>\n' >"$tree/mpi/comm.c"
  printf '/* World. */\n#include <mpi.h>\n' >"$tree/tests/support/world_mpi.c"
  printf '/* Status. */\n#ifndef KW_S\n#define KW_S\ntypedef enum { KW_OK } kw_status;\n#endif\n' >"$tree/include/ketwall/status.h"
  printf '#!/usr/bin/env bash\necho fine\n' >"$tree/jobs/test.sh"
  printf '#!/usr/bin/env bash\necho fine\n' >"$tree/.ci/run"
}

# breaks CHECK FILE TEXT: with TEXT as its contents, FILE must be named by CHECK.
breaks() {
  good_tree
  mkdir -p "$(dirname "$tree/$2")"
  printf '%b' "$3" >"$tree/$2"
  if output=$("$here/lint.sh" "$tree" "$1" 2>&1); then
    echo "not found by $1: $2: $3"
    failed=1
  elif ! grep -q "lint: .*${2%/*}" <<<"$output"; then
    echo "$1 fails without naming $2: $output"
    failed=1
  fi
}

good_tree
"$here/lint.sh" "$tree" || { echo "the good tree does not pass"; failed=1; }

breaks floors src/engine/bad.c '/* x */\n#include "io/sealed.h"\n'
breaks floors src/base/bad.h '/* x */\n#include "circuit/gate.h"\n'
breaks floors src/base/bad.c '/* x */\n#include "ketwall/state.h"\n'
breaks floors src/io/bad.c '/* x */\n  #  include "cli/cli.h"\n'
breaks floors src/unknown/bad.c '/* x */\n'
breaks floors mpi/bad.c '/* x */\n#include "io/sealed.h"\n'
breaks floors include/ketwall/bad.h '/* x */\n'
breaks mpi src/engine/bad.c '/* x */\n#include <mpi.h>\n'
breaks mpi tests/support/bad.c '/* x */\n#include "mpi.h"\n'
breaks mpi src/engine/bad.c '/* x */\n#ifdef KETWALL_MPI\n#endif\n'
breaks mpi src/base/bad.h '/* x */\n#if defined(OMPI_MAJOR_VERSION)\n#endif\n'
breaks mpi include/ketwall/bad.h '/* x */\n#include <hdf5.h>\n'
breaks headers include/ketwall/bad.h '/* x */\nsize_t kw_bad(void);\n'
breaks headers include/ketwall/bad.h '/* x */\nint kw_bad(int new, int class);\n'
breaks sizes src/base/bad.c "/* x */\n$(printf '\\n%.0s' {1..601})"
breaks comments src/base/bad.c 'int x;\n'
breaks comments src/base/bad.c '/* x */\n/* TODO: more */\n'
breaks comments src/base/bad.c '/* x */\n#if 0\n#endif\n'
if command -v clang-format >/dev/null; then breaks format src/base/bad.c '/* x */\nint   x ;\n'; fi
if command -v shellcheck >/dev/null; then
  # shellcheck disable=SC2016 # the text of a bad script
  breaks shell jobs/bad.sh '#!/bin/bash\nrm $1/*\n'
  # shellcheck disable=SC2016
  breaks shell jobs/bad.sbatch '#!/bin/bash\nrm $1/*\n'
  # shellcheck disable=SC2016
  breaks shell .ci/run '#!/bin/bash\ncd $1\n'
fi
exit "$failed"
