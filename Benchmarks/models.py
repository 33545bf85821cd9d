#!/usr/bin/env python3
"""Makes the models and the work of the benchmarks: real shapes, random weights in bf16, the same bytes for the same version of this file.

usage: models.py [--cache FOLDER] [--quick]

Needs nothing but Python. Speed does not depend on what weights are, so nobody has to download any; nothing that a model here says means anything.
Prints the folder that they are in. What is there already is kept; a folder appears under its name only when it is whole.
"""

import argparse
import json
import os
import random
import shutil
import struct
import sys
from pathlib import Path

import bpe
import text

# A change here makes everything anew.
VERSION = 1

SHAPES = {
    "10M": dict(
        model_type="llama", vocab_size=4096, hidden_size=256, intermediate_size=768, num_hidden_layers=6, num_attention_heads=8,
        num_key_value_heads=4, max_position_embeddings=8192, rope_theta=10000.0, rms_norm_eps=1e-5,
    ),
    "SmolLM2-135M": dict(
        model_type="llama", vocab_size=49152, hidden_size=576, intermediate_size=1536, num_hidden_layers=30, num_attention_heads=9,
        num_key_value_heads=3, max_position_embeddings=8192, rope_theta=100000.0, rms_norm_eps=1e-5,
    ),
    "Qwen2.5-0.5B": dict(
        model_type="qwen2", vocab_size=151936, hidden_size=896, intermediate_size=4864, num_hidden_layers=24, num_attention_heads=14,
        num_key_value_heads=2, max_position_embeddings=32768, rope_theta=1000000.0, rms_norm_eps=1e-6,
    ),
}  # fmt: skip
SPECIAL = ["<|begin|>", "<|end|>"]
SCORED_PROMPTS, SCORED_TOKENS = 64, 256
GENERATED_PROMPTS, GENERATED_FROM = 32, 128
SHOTS, QUESTIONS, CHOICES = 5, 40, 4


# MARK: - Model folders


def configuration(shape: dict) -> dict:
    """config.json."""
    size = shape["vocab_size"]
    return {
        "architectures": ["Qwen2ForCausalLM" if shape["model_type"] == "qwen2" else "LlamaForCausalLM"],
        **shape,
        "hidden_act": "silu",
        "initializer_range": 0.02,
        "tie_word_embeddings": True,
        "bos_token_id": size - 2,
        "eos_token_id": size - 1,
        "torch_dtype": "bfloat16",
        "use_cache": True,
    }


def tensors(shape: dict) -> list[tuple[str, list[int]]]:
    """Names and shapes as transformers stores them, the head tied to the embeddings."""
    hidden, inner = shape["hidden_size"], shape["intermediate_size"]
    keys = hidden // shape["num_attention_heads"] * shape["num_key_value_heads"]
    linears = [
        ("self_attn.q_proj", hidden, hidden), ("self_attn.k_proj", keys, hidden), ("self_attn.v_proj", keys, hidden),
        ("self_attn.o_proj", hidden, hidden), ("mlp.gate_proj", inner, hidden), ("mlp.up_proj", inner, hidden), ("mlp.down_proj", hidden, inner),
    ]  # fmt: skip
    all = [("model.embed_tokens.weight", [shape["vocab_size"], hidden]), ("model.norm.weight", [hidden])]
    for layer in range(shape["num_hidden_layers"]):
        at = f"model.layers.{layer}."
        all += [(f"{at}{norm}.weight", [hidden]) for norm in ("input_layernorm", "post_attention_layernorm")]
        all += [(f"{at}{name}.weight", [out, into]) for name, out, into in linears]
        if shape["model_type"] == "qwen2":
            all += [(f"{at}{name}.bias", [out]) for name, out, _ in linears[:3]]
    return all


def values(name: str, count: int, chance: random.Random) -> bytes:
    """bf16, little-endian: norms are 1, all else is random with a standard deviation of 0.019.

    The high byte is 0x3C or 0xBC: a sign, and the exponent up to its last bit. The low byte, that bit and the mantissa, is random, so that sizes lie between
    1/128 and 1/32.
    """
    if "norm" in name:
        return b"\x80\x3f" * count
    noise = bytearray(2 * count)
    noise[0::2] = chance.randbytes(count)
    noise[1::2] = chance.randbytes(count).translate(bytes([0x3C] * 128 + [0xBC] * 128))
    return bytes(noise)


def write_weights(path: Path, shape: dict) -> None:
    """model.safetensors."""
    header: dict = {"__metadata__": {"format": "pt"}}
    offset = 0
    counts = []
    for name, size in tensors(shape):
        count = size[0] * (size[1] if len(size) > 1 else 1)
        counts.append((name, count))
        header[name] = {"dtype": "BF16", "shape": size, "data_offsets": [offset, offset + 2 * count]}
        offset += 2 * count
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    chance = random.Random(VERSION)
    with path.open("wb") as file:
        file.write(struct.pack("<Q", len(text)) + text)
        for name, count in counts:
            # Some at a time: the embeddings of the largest model are 270 MB.
            for first in range(0, count, 1 << 24):
                file.write(values(name, min(1 << 24, count - first), chance))


def write_model(folder: Path, shape: dict, merges: list[tuple[str, str]]) -> None:
    size = shape["vocab_size"]
    write_json(folder / "config.json", configuration(shape))
    write_json(folder / "generation_config.json", {"bos_token_id": size - 2, "eos_token_id": size - 1, "do_sample": False})
    write_json(folder / "tokenizer.json", bpe.tokenizer(merges, size, SPECIAL, qwen2=shape["model_type"] == "qwen2"))
    write_json(
        folder / "tokenizer_config.json",
        {
            "tokenizer_class": "PreTrainedTokenizerFast", "bos_token": SPECIAL[0], "eos_token": SPECIAL[1], "pad_token": SPECIAL[1],
            "model_max_length": shape["max_position_embeddings"], "clean_up_tokenization_spaces": False,
        },
    )  # fmt: skip
    write_weights(folder / "model.safetensors", shape)


# MARK: - The work


def prompts(shape: dict) -> dict:
    """Token ids, drawn evenly, so that the whole embedding table is met."""
    chance = random.Random(VERSION)
    one = lambda count: [chance.randrange(shape["vocab_size"] - len(SPECIAL)) for _ in range(count)]
    return {
        "scoring": [one(SCORED_TOKENS) for _ in range(SCORED_PROMPTS)],
        "generation": [one(GENERATED_FROM) for _ in range(GENERATED_PROMPTS)],
        "long": one(8192),
    }


def choices(language: text.Language) -> tuple[list[dict], list[dict]]:
    """Shots and questions of a multiple-choice task: about thirty words are asked, every choice has a few words."""

    def one() -> dict:
        return {
            "question": language.text(language.random.randint(20, 40)).replace("\n", " ") + "?",
            "choices": [language.text(language.random.randint(2, 5)).replace("\n", " ") for _ in range(CHOICES)],
            "answer": language.random.randrange(CHOICES),
        }

    return [one() for _ in range(SHOTS)], [one() for _ in range(QUESTIONS)]


def write_work(folder: Path) -> None:
    """The token ids of each shape, the multiple-choice task, and a text to tokenise: documents of 300 words, a line of JSON each."""
    for name, shape in SHAPES.items():
        write_json(folder / f"{name}.json", prompts(shape))
    # Another seed than the text that the tokenizers were learned from, over the same words.
    language = text.Language(VERSION)
    language.random.seed(VERSION + 1)
    shots, questions = choices(language)
    write_lines(folder / "choice-shots.jsonl", shots)
    write_lines(folder / "choice-questions.jsonl", questions)
    write_lines(folder / "documents.jsonl", [{"text": language.text(300)} for _ in range(2000)])


# MARK: - Files


def write_json(path: Path, value) -> None:
    path.write_text(json.dumps(value, ensure_ascii=False), encoding="utf-8")


def write_lines(path: Path, rows: list[dict]) -> None:
    path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), encoding="utf-8")


def make(folder: Path, body) -> None:
    """Runs `body` with a folder that becomes `folder` when it is done; does nothing where that is there."""
    if folder.exists():
        return
    print(f"making {folder}", file=sys.stderr, flush=True)
    part = folder.with_name(folder.name + ".part")
    shutil.rmtree(part, ignore_errors=True)
    part.mkdir(parents=True)
    body(part)
    part.rename(folder)


def main() -> None:
    parser = argparse.ArgumentParser(description="Makes the models and the work of the benchmarks.")
    parser.add_argument("--cache", type=Path, default=Path(os.environ.get("VIGIL_BENCH_CACHE", "~/.cache/vigil-bench")).expanduser())
    parser.add_argument("--quick", action="store_true", help="the smallest shape alone")
    options = parser.parse_args()
    cache = options.cache / f"v{VERSION}"
    make(cache / "work", write_work)
    wanted = {name: shape for name, shape in SHAPES.items() if not (options.quick and name != "10M")}
    missing = {name: shape for name, shape in wanted.items() if not (cache / name).exists()}
    if missing:
        # The merges of a small vocabulary are the first ones of a large one.
        merges = bpe.learn(text.Language(VERSION).text(600_000), max(shape["vocab_size"] for shape in missing.values()))
        for name, shape in missing.items():
            make(cache / name, lambda folder: write_model(folder, shape, merges))
    print(cache)


if __name__ == "__main__":
    main()
