"""Golden values for every kind of tokenizer: ids, tokens, offsets, type ids and decoded text of Hugging Face's tokenizers.

Trains the small tokenizers of kinds.py (which needs sentencepiece for the precompiled map) into this folder, and writes golden.json beside them.
Run from the project's folder: python Fixtures/golden/tokenizers/make.py
"""

import json
import random
from pathlib import Path

import tokenizers
from tokenizers import Tokenizer

from kinds import KINDS, SENTENCES, text

SEED = 20263
OUT = Path(__file__).resolve().parent
ROWS = 70


def flat(offsets):
    return [number for start, end in offsets for number in (start, end)]


def row(tokenizer, a, b=None, special=True):
    encoding = tokenizer.encode(a, b, add_special_tokens=special) if b is not None else tokenizer.encode(a, add_special_tokens=special)
    return {"text": a, **({"pair": b} if b is not None else {}), **({} if special else {"bare": True}), "ids": encoding.ids, "tokens": encoding.tokens,
            "offsets": flat(encoding.offsets), **({"type_ids": encoding.type_ids} if any(encoding.type_ids) else {})}


def main():
    source = random.Random(SEED)
    golden = {"tool": f"tokenizers {tokenizers.__version__}", "script": "Fixtures/golden/tokenizers/make.py", "seed": SEED, "kinds": []}
    for name, make in KINDS.items():
        path = OUT / f"{name}.json"
        path.write_text(make().to_str(), encoding="utf-8")
        tokenizer = Tokenizer.from_file(str(path))
        texts = ["", " ", "a", "\n", "\x00", *source.sample(SENTENCES, 4), *(text(source) for _ in range(ROWS))]
        rows = [row(tokenizer, value) for value in texts]
        rows += [row(tokenizer, text(source), text(source), source.random() < 0.7) for _ in range(8)]
        decoded = []
        size = tokenizer.get_vocab_size()
        for place in range(30):
            ids = [source.randrange(size) for _ in range(source.randrange(1, 14))] if place % 2 else tokenizer.encode(text(source)).ids
            ids = [i for i in ids if tokenizer.id_to_token(i) is not None]
            try:
                decoded.append({"ids": ids, "kept": tokenizer.decode(ids, skip_special_tokens=False), "skipped": tokenizer.decode(ids)})
            except BaseException as error:  # the reference panics on some ids, which is no Exception
                if "Panic" not in type(error).__name__:
                    raise
        golden["kinds"].append({"name": name, "rows": rows, "decoded": decoded})
    text_of = json.dumps(golden, ensure_ascii=False, separators=(",", ":"))
    (OUT / "golden.json").write_text(text_of, encoding="utf-8")


if __name__ == "__main__":
    main()
