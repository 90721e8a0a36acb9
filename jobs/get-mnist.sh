#!/usr/bin/env bash
# Fetches MNIST and Fashion-MNIST (42 MB together), and CIFAR-10 (170 MB) if asked to, and verifies them.  What is there and
# good stays; a download that does not verify is not kept.
#   jobs/get-mnist.sh [--cifar] [DIR]      DIR: KETWALL_DATA_DIR, else data
# KETWALL_DATA_URL=URL: a mirror that holds mnist/*.gz, fashion-mnist/*.gz and cifar-10/cifar-10-binary.tar.gz.
set -euo pipefail

usage() {
  echo "usage: jobs/get-mnist.sh [--cifar] [DIR]" >&2
  exit 64
}

cifar=no dir=
for argument in "$@"; do
  case "$argument" in
    --cifar) cifar=yes ;;
    -* | "") usage ;;
    *)
      [ -z "$dir" ] || usage
      dir=$argument
      ;;
  esac
done
dir=${dir:-${KETWALL_DATA_DIR:-data}}

mirror=${KETWALL_DATA_URL:-}
mirror=${mirror%/}
mnist_url=${mirror:+$mirror/mnist}
fashion_url=${mirror:+$mirror/fashion-mnist}
cifar_url=${mirror:+$mirror/cifar-10}
mnist_url=${mnist_url:-https://ossci-datasets.s3.amazonaws.com/mnist}
fashion_url=${fashion_url:-http://fashion-mnist.s3-website.eu-central-1.amazonaws.com}
cifar_url=${cifar_url:-https://www.cs.toronto.edu/~kriz}

for tool in md5sum mktemp; do
  if ! command -v "$tool" >/dev/null; then
    echo "get-mnist: $tool is needed" >&2
    exit 1
  fi
done
if command -v curl >/dev/null; then
  progress=(--silent --show-error)
  [ ! -t 2 ] || progress=(--progress-bar)
  download() { curl --fail "${progress[@]}" --location --retry 3 --output "$2" "$1"; }
elif command -v wget >/dev/null; then
  download() { wget --quiet --tries=3 --output-document="$2" "$1"; }
else
  echo "get-mnist: curl or wget is needed" >&2
  exit 1
fi

mkdir -p "$dir"
incoming=$(mktemp -d "$dir/.incoming-XXXXXX")
trap 'rm -rf "$incoming"' EXIT

# The functions below are called where bash does not stop at a failed command: they return it themselves.
sum_of() { md5sum <"$1" | cut -d ' ' -f 1; }

# fetch URL FILE SUM: FILE is there and good, or this fails and says why.
fetch() {
  local url=$1 file=$2 sum=$3 found
  if [ -e "$file" ]; then
    found=$(sum_of "$file") || return 1
    if [ "$found" = "$sum" ]; then
      echo "get-mnist: $file is there"
      return 0
    fi
    echo "get-mnist: $file has MD5 $found, expected $sum: to be replaced"
  fi
  echo "get-mnist: $url"
  if ! download "$url" "$incoming/file"; then
    echo "get-mnist: $url could not be fetched; a mirror is named by KETWALL_DATA_URL" >&2
    return 1
  fi
  found=$(sum_of "$incoming/file") || return 1
  if [ "$found" != "$sum" ]; then
    echo "get-mnist: $url has MD5 $found, expected $sum: not kept" >&2
    return 1
  fi
  mkdir -p "$(dirname "$file")" && mv -f "$incoming/file" "$file"
}

# idx SET URL: four files; their sums are read from standard input.
idx() {
  local set=$1 url=$2 sum name
  while read -r sum name; do
    fetch "$url/$name" "$dir/$set/$name" "$sum" || return 1
  done
}

# The archive is not kept: what came out of it gets a list of sums, by which it is known again.
cifar10() {
  local folder=cifar-10-batches-bin
  if (cd "$dir/cifar-10/$folder" && md5sum --quiet --check MD5SUMS) >/dev/null 2>&1; then
    echo "get-mnist: $dir/cifar-10/$folder is there"
    return 0
  fi
  fetch "$cifar_url/cifar-10-binary.tar.gz" "$incoming/cifar-10-binary.tar.gz" c32a1d4ab5d03f1284b67883e8d87530 || return 1
  tar -xzf "$incoming/cifar-10-binary.tar.gz" -C "$incoming" \
    && (cd "$incoming/$folder" && md5sum -- *.bin >MD5SUMS) \
    && mkdir -p "$dir/cifar-10" \
    && rm -rf "${dir:?}/cifar-10/$folder" \
    && mv "$incoming/$folder" "$dir/cifar-10/$folder"
}

failed=no
idx mnist "$mnist_url" <<'SUMS' || failed=yes
f68b3c2dcbeaaa9fbdd348bbdeb94873 train-images-idx3-ubyte.gz
d53e105ee54ea40749a09fcbcd1e9432 train-labels-idx1-ubyte.gz
9fb629c4189551a2d022fa330f9573f3 t10k-images-idx3-ubyte.gz
ec29112dd5afa0611ce80d1b7f02629c t10k-labels-idx1-ubyte.gz
SUMS
idx fashion-mnist "$fashion_url" <<'SUMS' || failed=yes
8d4fb7e6c68d591d4c3dfef9ec88bf0d train-images-idx3-ubyte.gz
25c81989df183df01b3e8a0aad5dffbe train-labels-idx1-ubyte.gz
bef4ecab320f06d8554ea6380940ec79 t10k-images-idx3-ubyte.gz
bb300cfdad3c16e7a12a480ee83cd310 t10k-labels-idx1-ubyte.gz
SUMS
if [ "$cifar" = yes ]; then cifar10 || failed=yes; fi

if [ "$failed" = yes ]; then
  echo "get-mnist: not everything is there: run it again" >&2
  exit 1
fi
echo "get-mnist: done; KETWALL_DATA_DIR=$(cd "$dir" && pwd)"
