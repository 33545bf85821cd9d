"""Python's tokenizers on one thread: whole documents to ids, without offsets, which is its fastest way."""

import json

import common

options = common.arguments("one thread")
(tokenizers,) = common.need("tokenizers")
tokenizer = tokenizers.Tokenizer.from_file(str(options.model / "tokenizer.json"))
if options.text:
    documents = [line for line in options.text.read_text(encoding="utf-8").split("\n") if line]
else:
    documents = [json.loads(line)["text"] for line in (options.model.parent / "work" / "documents.jsonl").open(encoding="utf-8")]


def answer(request: dict) -> dict:
    count = 0

    def all() -> None:
        nonlocal count
        count = sum(len(encoding.ids) for encoding in tokenizer.encode_batch_fast(documents, add_special_tokens=False))

    return {"seconds": common.seconds(all), "tokens": count}


common.serve(f"tokenizers {tokenizers.__version__}", answer)
