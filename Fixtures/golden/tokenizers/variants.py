"""Golden values for byte-level BPE in all its settings: ids, offsets and decoded text of Hugging Face's tokenizers.

Trains two small tokenizers on the text of kinds.py, derives variants from them by changing the file, and encodes about 2,000 odd strings.
Run from the project's folder: python Fixtures/golden/tokenizers/variants.py
"""

import json
import random
import unicodedata
from pathlib import Path

import tokenizers
from tokenizers import Regex, Tokenizer, normalizers, pre_tokenizers

from kinds import GPT2, LLAMA3, QWEN2, SENTENCES, byte_level, split_bytes, text

SEED = 20260
OUT = Path(__file__).resolve().parent.parent


def bytes_part(prefix=False, regex=True, trim=True):
    return {"type": "ByteLevel", "add_prefix_space": prefix, "trim_offsets": trim, "use_regex": regex}


def split(regex, behavior="Isolated", invert=False):
    return {"type": "Split", "pattern": {"Regex": regex}, "behavior": behavior, "invert": invert}


def sequence(*parts):
    return {"type": "Sequence", "pretokenizers": list(parts)}


def added(identifier, content, **flags):
    base = {"id": identifier, "content": content, "single_word": False, "lstrip": False, "rstrip": False, "normalized": False, "special": True}
    return base | flags


def template(bos, bos_id, eos, eos_id):
    def special(name, type_id):
        return {"SpecialToken": {"id": name, "type_id": type_id}}

    def part(name, type_id):
        return {"Sequence": {"id": name, "type_id": type_id}}

    return {
        "type": "TemplateProcessing",
        "single": [special(bos, 0), part("A", 0)],
        "pair": [special(bos, 0), part("A", 0), special(eos, 0), part("B", 1), special(eos, 1)],
        "special_tokens": {
            bos: {"id": bos, "ids": [bos_id], "tokens": [bos]},
            eos: {"id": eos, "ids": [eos_id], "tokens": [eos]},
        },
    }


def main():
    gpt2 = json.loads(byte_level(700, pre_tokenizers.ByteLevel(add_prefix_space=False)).to_str())
    gpt2["post_processor"] = bytes_part()
    llama3 = json.loads(byte_level(700, split_bytes(LLAMA3)).to_str())
    llama3["model"]["ignore_merges"] = True
    llama3["post_processor"] = {"type": "Sequence", "processors": [bytes_part(), template("<|start|>", 0, "<|end|>", 1)]}
    bases = {"gpt2": gpt2, "llama3": llama3}
    for name, value in bases.items():
        merges = value["model"]["merges"]
        # Both spellings of merges are found in the wild; one file has each.
        value["model"]["merges"] = [" ".join(pair) for pair in merges] if name == "gpt2" else merges
        (OUT / f"tokenizer-{name}.json").write_text(json.dumps(value, ensure_ascii=False, separators=(",", ":")), encoding="utf-8")

    size = max(gpt2["model"]["vocab"].values()) + 1
    flagged = gpt2["added_tokens"] + [
        added(size, "[MASK]", lstrip=True, special=True),
        added(size + 1, "KK", rstrip=True, special=False),
        added(size + 2, "word", single_word=True, special=False),
        added(size + 3, "é", normalized=True, special=False),
        added(size + 4, "<|end|><|end|>", special=True),
        added(size + 5, "日本", normalized=True, special=False),
    ]
    for token in flagged:  # a token that the vocabulary has keeps its id there
        token["id"] = gpt2["model"]["vocab"].get(token["content"], token["id"])
    fresh = [token for token in flagged if token["id"] >= size]
    for place, token in enumerate(fresh):
        token["id"] = size + place
    variants = [
        ("plain", "gpt2", {}),
        ("prefix", "gpt2", {"pre_tokenizer": bytes_part(prefix=True), "post_processor": bytes_part(prefix=True)}),
        ("digits", "gpt2", {"pre_tokenizer": sequence({"type": "Digits", "individual_digits": True}, bytes_part()), "post_processor": bytes_part(trim=False)}),
        ("runs", "gpt2", {"pre_tokenizer": sequence({"type": "Digits", "individual_digits": False}, bytes_part(prefix=True)), "post_processor": None}),
        ("qwen2", "gpt2", {"normalizer": {"type": "NFC"}, "pre_tokenizer": sequence(split(QWEN2), bytes_part(regex=False)), "post_processor": bytes_part(trim=False)}),
        ("flags", "gpt2", {"normalizer": {"type": "NFC"}, "added_tokens": flagged, "post_processor": None}),
        ("llama3", "llama3", {}),
        ("inverted", "llama3", {"pre_tokenizer": sequence(split(GPT2, "Removed", True), bytes_part(regex=False)), "post_processor": template("<|start|>", 0, "<|end|>", 1)}),
    ]
    source = random.Random(SEED)
    cases = []
    pairs = []
    decoded = []
    for name, base, patch in variants:
        tokenizer = Tokenizer.from_str(json.dumps(bases[base] | patch))
        texts = ["", " ", "a", "\n"] + (SENTENCES if name in ("plain", "llama3") else SENTENCES[::4]) + [text(source) for _ in range(235)]
        rows = []
        for value in texts:
            encoding = tokenizer.encode(value)
            flat = [number for offset in encoding.offsets for number in (offset[0], offset[1] - offset[0])]
            rows.append([value, encoding.ids, flat])
        cases.append({"variant": name, "rows": rows})
        for _ in range(4):
            a, b = text(source), text(source)
            encoding = tokenizer.encode(a, b)
            pairs.append({"variant": name, "a": a, "b": b, "ids": encoding.ids, "type_ids": encoding.type_ids, "offsets": [list(o) for o in encoding.offsets]})
        for _ in range(15):
            ids = [source.randrange(0, tokenizer.get_vocab_size()) for _ in range(source.randrange(1, 12))]
            decoded.append({"variant": name, "ids": ids, "kept": tokenizer.decode(ids, skip_special_tokens=False), "skipped": tokenizer.decode(ids)})

    golden = {
        "tool": f"tokenizers {tokenizers.__version__}",
        "script": "Fixtures/golden/tokenizers/variants.py",
        "seed": SEED,
        "variants": [{"name": name, "base": base, "patch": patch} for name, base, patch in variants],
        "cases": cases,
        "pairs": pairs,
        "decoded": decoded,
        "compositions": compositions(),
        "classes": {name: classes(pattern) for name, pattern in [("letter", r"\p{L}+"), ("number", r"\p{N}+"), ("space", r"\s+")]},
    }
    (OUT / "tokenizer.json").write_text(json.dumps(golden, ensure_ascii=False, separators=(",", ":")), encoding="utf-8")


def compositions():
    """Every character that two compose to: composed, first, second."""
    nfc = normalizers.NFC()
    flat = []
    for code in range(0xC0, 0x323B0):
        parts = [] if 0xAC00 <= code < 0xE000 else unicodedata.decomposition(chr(code)).split()
        if len(parts) == 2 and not parts[0].startswith("<") and nfc.normalize_str("".join(chr(int(part, 16)) for part in parts)) == chr(code):
            flat += [code, int(parts[0], 16), int(parts[1], 16)]
    return flat


def classes(pattern):
    """Ranges of scalars that the pattern matches, as begin and length one after the other."""
    scalars = [c for c in range(0x323B0) if not 0xD800 <= c < 0xE000]
    splitter = pre_tokenizers.Split(Regex(pattern), "removed", invert=True)
    flat = []
    for _, (start, end) in splitter.pre_tokenize_str("".join(map(chr, scalars))):
        begin, length = scalars[start], end - start
        # The surrogates are not in the text, so a run may pass over them.
        if begin < 0xD800 and scalars[end - 1] >= 0xE000:
            flat += [begin, 0xD800 - begin, 0xE000, scalars[end - 1] - 0xE000 + 1]
        else:
            flat += [begin, length]
    return flat


if __name__ == "__main__":
    main()
