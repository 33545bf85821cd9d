#!/usr/bin/env bash
# usage: install.sh PYTHON VENV: the peers of `make bench`, from PyPI, into a virtual environment of their own.
set -euo pipefail
python=$1
venv=$2
here=$(cd "$(dirname "$0")" && pwd)

[ -x "$venv/bin/python" ] || "$python" -m venv "$venv"
# PyTorch without CUDA is 200 MB instead of gigabytes; where its index cannot be reached, PyPI's own is taken.
"$venv/bin/pip" install --quiet --index-url https://download.pytorch.org/whl/cpu "$(grep '^torch==' "$here/requirements.txt")" \
  || echo "download.pytorch.org cannot be reached: torch comes from PyPI" >&2
# Compiled here, for this CPU: the compiler may use every instruction it has.
CMAKE_ARGS="-DGGML_NATIVE=ON" "$venv/bin/pip" install --no-binary llama-cpp-python -r "$here/requirements.txt"
echo "make bench takes the peers from $venv"
