#!/usr/bin/env bash
# The installed module files, by the module systems that are here: what is loaded finds the program, wherever the tree was moved.
#   modules.sh PREFIX
# Environment: LMOD_CMD, MODULES_CMD, as the module systems themselves set them.
set -euo pipefail
prefix=$(cd "$1" && pwd)
modules=$prefix/share/ketwall/modulefiles

# check NAME COMMAND...: the command prints shell code that loads ketwall
check() {
  local name=$1 code
  shift
  code=$(MODULEPATH=$modules "$@" 2>/dev/null) || code=
  if ! (
    eval "$code" >/dev/null
    [ "$(command -v ketwall)" -ef "$prefix/bin/ketwall" ] && [ "${KETWALL_PROGRAM:-}" -ef "$prefix/bin/ketwall" ] \
      && [ -d "${KETWALL_HOME:-/nonexistent}/jobs" ]
  ); then
    echo "module files: $name does not find the program after loading ketwall" >&2
    exit 1
  fi
  echo "module files: $name loads ketwall"
}

found=0
for lmod in "${LMOD_CMD:-}" /usr/share/lmod/lmod/libexec/lmod; do
  if [ -x "$lmod" ]; then
    check Lmod "$lmod" bash load ketwall
    found=1
    break
  fi
done
for tcl in "${MODULES_CMD:-}" /usr/lib/*/modulecmd.tcl /usr/share/Modules/libexec/modulecmd.tcl; do
  if [ -x "$tcl" ]; then
    check "Environment Modules" "$tcl" bash load ketwall
    found=1
    break
  fi
done
[ "$found" = 1 ] || echo "module files: not loaded, neither Lmod nor Environment Modules is here"
