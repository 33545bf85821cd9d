#!/usr/bin/env bash
# Rebuilds what is committed under Fixtures from nothing but seeds: data, tokenizer, base model, adapter. Called by `make fixtures`.
# The tokenizer's merges are learned with Python's `tokenizers` (python3 -m pip install tokenizers); everything else is Vigil's own work.
set -euo pipefail
cd "$(dirname "$0")/.."
vigil=${1:-.build/release/vigil}
python=${PYTHON:-python3}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

echo "== data"
"$vigil" fixtures data --output Fixtures/data --suites Fixtures/suites

echo "== tokenizer"
"$python" Fixtures/scripts/tokenizer.py

echo "== base model: all parameters, from random weights"
"$vigil" train --init Fixtures/model --from-scratch --train Fixtures/data/pretrain.jsonl --config Fixtures/training/pretrain.json \
  --output "$work/model" --no-keep-checkpoints
cp "$work/model/model.safetensors" Fixtures/model/model.safetensors

echo "== adapter: LoRA, routing"
"$vigil" train --model Fixtures/model --train Fixtures/data/routing.jsonl --valid Fixtures/data/routing-valid.jsonl \
  --config Fixtures/training/routing.json --output "$work/adapter" --no-keep-checkpoints
mkdir -p Fixtures/adapter
cp "$work/adapter/adapter_model.safetensors" "$work/adapter/adapter_config.json" "$work/adapter/README.md" Fixtures/adapter/

echo "== measured quality"
"$vigil" fixtures quality
