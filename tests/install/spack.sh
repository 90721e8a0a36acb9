#!/usr/bin/env bash
# The Spack package: Python takes it, and it sets every option of the build.
#   spack.sh SOURCE_TREE
set -euo pipefail
cd "$1"
package=jobs/packaging/spack/package.py

missing=0
while read -r option; do
  grep -q "\"$option\"" "$package" || {
    echo "$package does not set $option"
    missing=1
  }
done < <(sed -nE 's/^option\((KETWALL_[A-Z]+) .*/\1/p; s/^set\((KETWALL_[A-Z]+) .* CACHE .*/\1/p' CMakeLists.txt tests/fuzz/tests.cmake)
[ "$missing" = 0 ]

if ! python3 -c '' 2>/dev/null; then
  echo "no python3: the syntax is not checked"
  exit 77
fi
python3 - "$package" <<'PYTHON'
import ast, sys
tree = ast.parse(open(sys.argv[1]).read(), sys.argv[1])
names = [node.name for node in tree.body if isinstance(node, ast.ClassDef)]
assert names == ["Ketwall"], names
PYTHON
if command -v spack >/dev/null; then
  repository=$(mktemp -d)
  trap 'rm -rf "$repository"' EXIT
  mkdir -p "$repository/packages/ketwall"
  cp "$package" "$repository/packages/ketwall"
  printf 'repo:\n  namespace: ketwall_test\n' >"$repository/repo.yaml"
  spack -C "$repository" repo add "$repository" 2>/dev/null || true
  spack -C "$repository" info ketwall >/dev/null
else
  echo "no spack: its own check is left out"
fi
echo "spack package: all right"
