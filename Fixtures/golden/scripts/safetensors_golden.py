"""Golden values for SafetensorsWriter and BFloat16: the bytes that Hugging Face's safetensors writes, the rounding that PyTorch does.

Run from the project's folder: python Fixtures/golden/scripts/safetensors_golden.py
"""

import base64
import json
import random
import struct
import sys
from pathlib import Path

sys.path.pop(0)  # this folder holds scripts named like modules of Python's own
import safetensors
import torch
from safetensors.torch import save

SEED = 7
OUT = Path(__file__).resolve().parent.parent
TYPES = {"F32": torch.float32, "BF16": torch.bfloat16, "F16": torch.float16}


def bits(value):
    return struct.unpack("<I", struct.pack("<f", value))[0]


def file(entries, metadata):
    """entries: name, dtype, shape, values (exact in the dtype)."""
    tensors = {name: torch.tensor(values, dtype=torch.float32).reshape(shape).to(TYPES[kind]) for name, kind, shape, values in entries}
    return {
        "entries": [{"name": n, "type": k, "shape": s, "bits": [bits(v) for v in torch.tensor(values, dtype=torch.float32).tolist()]} for n, k, s, values in entries],
        "metadata": metadata,
        "base64": base64.b64encode(save(tensors, metadata)).decode(),
    }


def main():
    source = random.Random(SEED)
    files = [
        file([("weight", "F32", [2, 3], [1.0, -2.5, 3.25, 0.0, -0.0, 1e-30])], {"format": "pt"}),
        file(
            [
                ("b", "BF16", [3], [1.0, 2.0, -3.0]), ("a", "F32", [1], [0.1]), ("c.ü", "F16", [2, 2], [0.5, 0.25, -65504.0, 6e-8]), ("z", "F32", [], [7.0]),
                ("a.b", "BF16", [0, 4], []), ("a-b", "BF16", [1], [0.5]), ("quote\"\\\n\t", "F32", [1], [2.0]),
            ],
            {"format": "pt"},
        ),
        file([("only", "BF16", [5], [1.0, 1.0, 1.0, 1.0, 1.0])], None),
    ]
    patterns = [0, 0x80000000, 0x3F800000, 0x3F808000, 0x3F818000, 0x3F807FFF, 0x3F808001, 0x7F7FFFFF, 0xFF7FFFFF, 0x7F800000, 0xFF800000, 0x00000001, 0x00008000, 0x007FFFFF, 0x33800000, 0x477FE000, 0x477FF000, 0x477FEFFF]
    patterns += [source.getrandbits(32) for _ in range(400)]
    # No NaN: PyTorch rounds it to 0x7FC0 in its scalar code and to 0xFFFF in its vector code.
    patterns = [p for p in patterns if (p & 0x7F800000) != 0x7F800000 or (p & 0x7FFFFF) == 0]
    floats = torch.tensor([p - (1 << 32) if p >= 1 << 31 else p for p in patterns], dtype=torch.int32).view(torch.float32)

    def rounded(kind):
        return [v & 0xFFFF for v in floats.to(kind).view(torch.int16).tolist()]

    golden = {
        "tool": f"safetensors {safetensors.__version__}, torch {torch.__version__}",
        "script": "Fixtures/golden/scripts/safetensors_golden.py",
        "seed": SEED,
        "files": files,
        "rounding": {"float": patterns, "bf16": rounded(torch.bfloat16), "f16": rounded(torch.float16)},
    }
    (OUT / "safetensors.json").write_text(json.dumps(golden, separators=(",", ":")))


if __name__ == "__main__":
    main()
