#!/usr/bin/env bash
# Installs what Ketwall needs on Debian 12 (or a relative of it): only what is missing, so that it may run any number of times.
# Without root it lists what is missing and fails.  KETWALL_SKIP_SETUP=1: the site provides everything (modules, Spack).
#   jobs/setup.sh [--tests]        --tests: also the Slurm that the tests of the job scripts start; where it cannot be
#                                  installed, those tests are skipped
set -euo pipefail

packages=(
  build-essential cmake ninja-build pkg-config git
  libopenmpi-dev openmpi-bin libhdf5-dev libhdf5-openmpi-dev
  libopenblas-serial-dev liblapacke-dev libarpack2-dev libparpack2-dev libnlopt-dev
  libjansson-dev libinih-dev librandom123-dev libxxhash-dev zlib1g-dev
  libcmocka-dev libfftw3-dev libfftw3-mpi-dev gnuplot-nox clang-format shellcheck
)
slurm=(slurmctld slurmd slurm-client munge iproute2 procps)

if [ "${KETWALL_SKIP_SETUP:-0}" = 1 ]; then
  echo "setup: skipped (KETWALL_SKIP_SETUP=1)"
  exit 0
fi
if ! command -v dpkg-query >/dev/null; then
  echo "setup: this is not a Debian system, and only those are set up by this script." >&2
  echo "setup: see the section \"On a cluster: modules, Spack\" of README.md, then set KETWALL_SKIP_SETUP=1." >&2
  exit 1
fi

# Those of the arguments that are not installed.
missing_of() {
  local package state
  for package in "$@"; do
    state=$(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null || true)
    [ "$state" = installed ] || echo "$package"
  done
}
mapfile -t missing < <(missing_of "${packages[@]}")
optional=()
[ "${1:-}" != --tests ] || mapfile -t optional < <(missing_of "${slurm[@]}")
if [ "${#missing[@]}" -eq 0 ] && [ "${#optional[@]}" -eq 0 ]; then
  echo "setup: everything is installed"
  exit 0
fi

if [ "$(id -u)" -ne 0 ]; then
  [ "${#missing[@]}" -gt 0 ] || {
    echo "setup: no root to install ${optional[*]}: the tests of the job scripts are skipped"
    exit 0
  }
  {
    echo "setup: ${#missing[@]} packages are missing, and installing them needs root:"
    printf '  %s\n' "${missing[@]}"
    echo "setup: install them (apt-get install ${missing[*]}),"
    echo "setup: or see the section \"On a cluster: modules, Spack\" of README.md, then set KETWALL_SKIP_SETUP=1."
  } >&2
  exit 1
fi

echo "setup: installing $((${#missing[@]} + ${#optional[@]})) packages: ${missing[*]} ${optional[*]}"
export DEBIAN_FRONTEND=noninteractive
# Nothing that comes with a daemon starts it now (munge, Slurm).
policy=/usr/sbin/policy-rc.d
if [ ! -e "$policy" ]; then
  trap 'rm -f "$policy"' EXIT
  printf '#!/bin/sh\nexit 101\n' >"$policy"
  chmod +x "$policy"
fi
apt-get update -qq
if [ "${#missing[@]}" -gt 0 ]; then apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null; fi
if [ "${#optional[@]}" -gt 0 ]; then
  apt-get install -y -qq --no-install-recommends "${optional[@]}" >/dev/null \
    || echo "setup: no Slurm (${optional[*]}): the tests of the job scripts are skipped"
fi
echo "setup: done"
