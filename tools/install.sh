#!/bin/sh
# Installs waterdeal into a folder (default: waterdeal-env beside this script) from the wheels here alone; no network is asked.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
target=${1:-$here/waterdeal-env}
python=${PYTHON:-python@PYTHON@}
"$python" -c 'import sys; raise SystemExit(".".join(map(str, sys.version_info[:2])) != "@PYTHON@")' || {
  echo "Python @PYTHON@ is needed: install it, or set PYTHON to it." >&2
  exit 1
}
"$python" -m venv "$target"
"$target/bin/python" -m pip --isolated --disable-pip-version-check install --quiet --no-index --no-cache-dir \
  --find-links "$here/wheels" --require-hashes -r "$here/requirements.txt"
"$target/bin/waterdeal" --version
echo "Plan the bundled season: $target/bin/waterdeal demo syrdarya"
