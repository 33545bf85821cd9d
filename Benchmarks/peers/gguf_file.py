"""A model's folder as llama.cpp's file: names, the order of the rows of q and k, and bf16, fp32 or q8_0 for the matrices."""

import json
import re
from pathlib import Path

import gguf
import numpy

LAYER = {
    "input_layernorm": "attn_norm", "post_attention_layernorm": "ffn_norm", "self_attn.q_proj": "attn_q", "self_attn.k_proj": "attn_k",
    "self_attn.v_proj": "attn_v", "self_attn.o_proj": "attn_output", "mlp.gate_proj": "ffn_gate", "mlp.up_proj": "ffn_up", "mlp.down_proj": "ffn_down",
}  # fmt: skip
TYPES = {
    "bf16": (gguf.GGMLQuantizationType.BF16, gguf.LlamaFileType.MOSTLY_BF16),
    "fp32": (gguf.GGMLQuantizationType.F32, gguf.LlamaFileType.ALL_F32),
    "q8_0": (gguf.GGMLQuantizationType.Q8_0, gguf.LlamaFileType.MOSTLY_Q8_0),
}


def converted(folder: Path, precision: str) -> Path:
    """The file of a folder, made if it is not there."""
    path = folder.with_name(f"{folder.name}-{precision}.gguf")
    if not path.exists():
        part = path.with_suffix(".part")
        write(folder, part, precision)
        part.rename(path)
    return path


def tensors(folder: Path):
    """Names and values (numpy, float32) of a safetensors file of bf16 tensors."""
    memory = numpy.memmap(folder / "model.safetensors", dtype=numpy.uint8, mode="r")
    size = int(memory[:8].view(numpy.uint64)[0])
    for name, entry in json.loads(bytes(memory[8 : 8 + size])).items():
        if name != "__metadata__":
            first, last = (8 + size + offset for offset in entry["data_offsets"])
            halves = memory[first:last].view(numpy.uint16)
            yield name, (halves.astype(numpy.uint32) << 16).view(numpy.float32).reshape(entry["shape"])


def renamed(name: str) -> str:
    if match := re.fullmatch(r"model\.layers\.(\d+)\.(.+)\.(weight|bias)", name):
        return f"blk.{match[1]}.{LAYER[match[2]]}.{match[3]}"
    return {"model.embed_tokens.weight": "token_embd.weight", "model.norm.weight": "output_norm.weight"}[name]


def interleaved(rows: numpy.ndarray, heads: int) -> numpy.ndarray:
    """Rows of q or k for rotation by neighbours: llama.cpp turns rows (2i, 2i + 1) of a Llama's head where transformers turns (i, i + half)."""
    return rows.reshape(heads, 2, -1, *rows.shape[1:]).swapaxes(1, 2).reshape(rows.shape)


def write(folder: Path, path: Path, precision: str) -> None:
    config = json.loads((folder / "config.json").read_text())
    tokenizer = json.loads((folder / "tokenizer.json").read_text())
    kind, file_type = TYPES[precision]
    family = config["model_type"]
    writer = gguf.GGUFWriter(path, family)
    heads, kv_heads = config["num_attention_heads"], config["num_key_value_heads"]
    writer.add_name(folder.name)
    writer.add_file_type(file_type)
    writer.add_context_length(config["max_position_embeddings"])
    writer.add_embedding_length(config["hidden_size"])
    writer.add_block_count(config["num_hidden_layers"])
    writer.add_feed_forward_length(config["intermediate_size"])
    writer.add_head_count(heads)
    writer.add_head_count_kv(kv_heads)
    writer.add_rope_freq_base(config["rope_theta"])
    writer.add_rope_dimension_count(config["hidden_size"] // heads)
    writer.add_layer_norm_rms_eps(config["rms_norm_eps"])
    writer.add_vocab_size(config["vocab_size"])

    special = {token["content"] for token in tokenizer["added_tokens"]}
    tokens = [*tokenizer["model"]["vocab"], *(token["content"] for token in tokenizer["added_tokens"])]
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre("qwen2" if family == "qwen2" else "smollm")
    writer.add_token_list(tokens)
    writer.add_token_types([gguf.TokenType.CONTROL if token in special else gguf.TokenType.NORMAL for token in tokens])
    writer.add_token_merges([" ".join(pair) for pair in tokenizer["model"]["merges"]])
    writer.add_bos_token_id(config["bos_token_id"])
    writer.add_eos_token_id(config["eos_token_id"])

    for name, values in tensors(folder):
        if family == "llama" and ".q_proj." in name:
            values = interleaved(values, heads)
        if family == "llama" and ".k_proj." in name:
            values = interleaved(values, kv_heads)
        if values.ndim == 1 or kind == gguf.GGMLQuantizationType.F32:
            writer.add_tensor(renamed(name), numpy.ascontiguousarray(values))
        else:
            writer.add_tensor(renamed(name), gguf.quants.quantize(numpy.ascontiguousarray(values), kind), raw_dtype=kind)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
