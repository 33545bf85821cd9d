"""Differential fuzzing: `vigil model tokenize` and `detokenize` against Python's tokenizers, on the kinds of kinds.py or on any tokenizer.json.

    python Fixtures/golden/tokenizers/fuzz.py --vigil .build/release/vigil --count 100000
    python Fixtures/golden/tokenizers/fuzz.py --vigil .build/release/vigil --kinds bert-uncased,unigram --seed 7
    python Fixtures/golden/tokenizers/fuzz.py --vigil .build/release/vigil --tokenizer path/to/tokenizer.json

Compares ids, tokens, offsets and type ids of random texts and pairs, with and without special tokens; decoded text of what was encoded and of random ids, special tokens kept
and skipped; and that streamed pieces put together are the text. Prints a line for every kind and the first differences; exits with 1 if there are any.
Where the reference itself fails (it panics on some ids and patterns), the row is counted and left out.
"""

import argparse
import json
import random
import subprocess
import sys
import tempfile
from pathlib import Path

import tokenizers
from tokenizers import Tokenizer

from kinds import KINDS, text, unigram

CHUNK = 10_000


def run(vigil, folder, command, rows, *flags):
    path = Path(folder) / "rows.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    result = subprocess.run([vigil, "model", command, "--model", folder, "--input", str(path), *flags], capture_output=True)
    if result.returncode != 0:
        sys.exit(f"vigil model {command}: {result.stderr.decode()[-2000:]}")
    return [json.loads(line) for line in result.stdout.split(b"\n") if line]


def expected(tokenizer, row, special):
    try:
        encoding = tokenizer.encode(row["text"], row.get("pair"), add_special_tokens=special)
    except BaseException as error:  # a panic of the reference is no Exception
        return None if "Panic" in type(error).__name__ or isinstance(error, Exception) else sys.exit(error)
    return {"ids": encoding.ids, "tokens": encoding.tokens, "offsets": [list(o) for o in encoding.offsets], "type_ids": encoding.type_ids}


def decoded(tokenizer, ids, skip):
    try:
        return tokenizer.decode(ids, skip_special_tokens=skip)
    except BaseException as error:
        return None if "Panic" in type(error).__name__ or isinstance(error, Exception) else sys.exit(error)


def fuzz(name, tokenizer, folder, arguments, source):
    compared = failed = 0
    differences = []
    known = [i for i in range(tokenizer.get_vocab_size()) if tokenizer.id_to_token(i) is not None]
    left = arguments.count
    while left > 0:
        rows = []
        for place in range(min(CHUNK, left)):
            rows.append({"id": place, "text": text(source), **({"pair": text(source)} if source.random() < 0.1 else {})})
        left -= len(rows)
        special = source.random() < 0.8
        found = run(arguments.vigil, folder, "tokenize", rows, *([] if special else ["--no-special"]))
        ids = []
        for row, result in zip(rows, found, strict=True):
            wanted = expected(tokenizer, row, special)
            if wanted is None:
                failed += 1
                continue
            compared += 1
            wrong = [key for key, value in wanted.items() if result[key] != value]
            if wrong:
                differences.append(("tokenize", row, {key: (wanted[key], result[key]) for key in wrong}))
            ids.append(wanted["ids"])
        for place in range(len(ids)):
            if place % 2:
                ids[place] = [source.choice(known) for _ in range(source.randrange(0, 12))]
        for skip in (True, False):
            rows = [{"id": place, "ids": value} for place, value in enumerate(ids)]
            found = run(arguments.vigil, folder, "detokenize", rows, "--stream", *([] if skip else ["--keep-special"]))
            for row, result in zip(rows, found, strict=True):
                wanted = decoded(tokenizer, row["ids"], skip)
                if wanted is None:
                    failed += 1
                    continue
                compared += 1
                if result["text"] != wanted or "".join(result["pieces"]) != wanted:
                    differences.append(("detokenize", row, {"skip": skip, "text": (wanted, result["text"], result["pieces"])}))
        if len(differences) > 1000:
            break
    print(f"{name}: {compared} compared, {len(differences)} differences, {failed} where the reference fails", flush=True)
    for difference in differences[: arguments.show]:
        print("   ", json.dumps(difference, ensure_ascii=True)[:1500], flush=True)
    return len(differences)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--vigil", default="vigil")
    parser.add_argument("--count", type=int, default=100_000, help="texts for every kind; as many id lists are decoded twice")
    parser.add_argument("--kinds", help="names with commas; all without it, and then also a Unigram with SentencePiece's nmt_nfkc map")
    parser.add_argument("--tokenizer", action="append", default=[], help="a tokenizer.json of your own, instead of the kinds")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--show", type=int, default=5)
    arguments = parser.parse_args()
    print(f"tokenizers {tokenizers.__version__}, seed {arguments.seed}", flush=True)
    makers = {Path(path).parent.name + "/" + Path(path).name: (lambda path=path: Tokenizer.from_file(path)) for path in arguments.tokenizer}
    if not makers:
        makers = dict(KINDS) | {"unigram-nmt": lambda: unigram("nmt_nfkc", False)}
        if arguments.kinds:
            makers = {name: makers[name] for name in arguments.kinds.split(",")}
    total = 0
    for name, make in makers.items():
        with tempfile.TemporaryDirectory() as folder:
            tokenizer = make()
            tokenizer.no_padding()
            tokenizer.no_truncation()
            (Path(folder) / "tokenizer.json").write_text(tokenizer.to_str(), encoding="utf-8")
            total += fuzz(name, tokenizer, folder, arguments, random.Random(f"{name} {arguments.seed}"))
    sys.exit(1 if total else 0)


if __name__ == "__main__":
    main()
