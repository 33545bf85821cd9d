#!/usr/bin/env bash
# usage: install.sh PYTHON VENV: the peers of `make bench`, from PyPI, into a virtual environment of their own.
set -euo pipefail
python=$1
venv=$2
here=$(cd "$(dirname "$0")" && pwd)

[ -x "$venv/bin/python" ] || "$python" -m venv "$venv"
# Compiled here, for this CPU: the compiler may use every instruction it has.
CMAKE_ARGS="-DGGML_NATIVE=ON" "$venv/bin/pip" install --no-binary llama-cpp-python -r "$here/requirements.txt"
echo "make bench takes the peers from $venv"
