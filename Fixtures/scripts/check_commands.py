#!/usr/bin/env python3
"""Compares every `vigil model` command over rows with transformers, peft and sentence-transformers, through the program itself.

usage: check_commands.py --program .build/release/vigil [--count 200] [--minilm FOLDER]   compares; prints cases and the largest difference a command
       check_commands.py --golden                                                         writes Fixtures/golden/commands: a few cases each, for Swift's tests

The fixture model is compared with and without its adapter, beside the shared base and merged; classifiers and sentence embedders are the tiny BERT, RoBERTa and
DistilBERT of Fixtures/golden/families under tokenizers of their kind. Everything is computed in float32. Exit code: 0 when all agree (ids, texts and labels exactly,
numbers to 1e-4, sentence vectors to 1e-5), 1 when any differs, 2 when Python lacks a package. Run from the repository's root.
"""

import argparse
import json
import pathlib
import random
import shutil
import subprocess
import sys
import tempfile

try:
    import peft
    import sentence_transformers
    import tokenizers
    import torch
    import transformers
    from tokenizers import models, normalizers, pre_tokenizers, processors, trainers, decoders
    from transformers import AutoModelForCausalLM, AutoModelForSequenceClassification, AutoTokenizer, PreTrainedTokenizerFast
except ImportError as error:
    print(f"{error}; pip install torch transformers peft sentence-transformers", file=sys.stderr)
    sys.exit(2)

SEED = 20261121
FIXTURES = pathlib.Path("Fixtures")
FAMILIES = FIXTURES / "golden" / "families"
GOLDEN = FIXTURES / "golden" / "commands"
ENCODERS = ["bert", "roberta", "distilbert", "sentence-mean", "sentence-cls"]
TOLERANCE, SENTENCE_TOLERANCE = 1e-4, 1e-5
HARD = ["", " ", "Größe, naïve café — 東京 🙂", "a\u0000b\u001fc\u200b", "<|begin|>Route.<|end|>", "e\u0301 é \r\n\t x", "ＦＵＬＬ width ½ ﬁ", "🏳️‍🌈👩‍👩‍👧", "\ufeffbom", "x" * 300]


def messages(count):
    with open(FIXTURES / "data" / "unseen.jsonl", encoding="utf-8") as lines:
        return [json.loads(line)["input"] for line in lines][:count]


# MARK: - The fixture model


class Fixture:
    """The base, and the base under its adapter, in float32."""

    def __init__(self):
        self.tokenizer = AutoTokenizer.from_pretrained(FIXTURES / "model")
        self.base = AutoModelForCausalLM.from_pretrained(FIXTURES / "model", dtype=torch.float32).eval()
        under = AutoModelForCausalLM.from_pretrained(FIXTURES / "model", dtype=torch.float32)
        self.adapted = peft.PeftModel.from_pretrained(under, FIXTURES / "adapter", autocast_adapter_dtype=False).float().eval()
        # merge: computed in float32, stored as the base is.
        again = AutoModelForCausalLM.from_pretrained(FIXTURES / "model", dtype=torch.float32)
        merged = peft.PeftModel.from_pretrained(again, FIXTURES / "adapter", autocast_adapter_dtype=False).float().merge_and_unload()
        self.merged = merged.eval()
        # Parameters alone: rotary frequencies are buffers, and stay as they are.
        for parameter in self.merged.parameters():
            parameter.data = parameter.data.to(torch.bfloat16).float()

    def encode(self, text):
        """Special tokens as the tokenizer puts them, unless the text begins with them: lm-evaluation-harness's guard."""
        return self.tokenizer.encode(text, add_special_tokens=not text.startswith(self.tokenizer.bos_token))

    def score(self, model, prompt, completion, top):
        """lm-evaluation-harness's boundary."""
        if not prompt:
            context, own = [self.tokenizer.bos_token_id], self.tokenizer.encode(completion, add_special_tokens=False)
        else:
            context = self.encode(prompt.rstrip())
            own = self.encode(prompt + completion)[len(context):]
        return {**self.scored(model, context + own, len(context), top), "truncated": 0}

    def scored(self, model, ids, first, top):
        with torch.inference_mode():
            logs = torch.log_softmax(model(torch.tensor([ids[:-1]])).logits[0].double(), -1)
        own = ids[first:]
        rows = logs[first - 1:]
        values = [rows[i, t].item() for i, t in enumerate(own)]
        best = torch.topk(rows, top)
        return {"logprob": sum(values), "greedy": rows.argmax(-1).tolist() == own, "token_ids": own, "token_logprobs": values,
                "top": [[{"id": i, "logprob": v} for i, v in zip(a, b)] for a, b in zip(best.indices.tolist(), best.values.tolist())]}

    def generate(self, model, ids, count):
        with torch.inference_mode():
            out = model.generate(torch.tensor([ids]), attention_mask=torch.ones(1, len(ids), dtype=torch.long), max_new_tokens=count, do_sample=False, pad_token_id=1)
        own = out[0, len(ids):].tolist()
        return {"token_ids": own, "text": self.tokenizer.decode(own, skip_special_tokens=True), "finish_reason": "stop" if own[-1] == 1 else "length",
                "prompt_tokens": len(ids)}

    def embed(self, model, ids, pooling):
        inner = model.base_model.model.model if isinstance(model, peft.PeftModel) else model.model
        with torch.inference_mode():
            states = inner(torch.tensor([ids])).last_hidden_state[0].double()
        return {"embedding": {"mean": states.mean(0), "cls": states[0], "last": states[-1]}[pooling].tolist(), "truncated": 0}


def model_checks(count):
    """Yields (command, arguments, rows, expected rows)."""
    f = Fixture()
    texts = HARD + messages(count)
    pairs = list(zip(texts, reversed(texts)))
    tokenize_rows = [{"text": t} for t in texts] + [{"text": a, "pair": b} for a, b in pairs]

    def encoded(*arguments, special=True):
        e = f.tokenizer._tokenizer.encode(*arguments, add_special_tokens=special)
        return {"ids": e.ids, "tokens": e.tokens, "offsets": [list(o) for o in e.offsets], "type_ids": e.type_ids}

    for special in (True, False):
        yield "tokenize", ["--model", "{model}"] + ([] if special else ["--no-special"]), tokenize_rows, [
            encoded(*r.values(), special=special) for r in tokenize_rows]
    r = random.Random(SEED)
    ids = [f.tokenizer.encode(t) for t in texts] + [[r.randrange(4096) for _ in range(r.randrange(40))] for _ in range(count)]
    for keep in (False, True):
        yield "detokenize", ["--model", "{model}"] + (["--keep-special"] if keep else []), [{"ids": i} for i in ids], [
            {"text": f.tokenizer.decode(i, skip_special_tokens=not keep)} for i in ids]
    talks = [[{"role": "system", "content": "Route."}, {"role": "user", "content": t}] for t in texts]
    talks += [t + [{"role": "assistant", "content": "billing"}, {"role": "user", "content": "and this?"}] for t in talks]
    for generation in (True, False):
        yield "render", ["--model", "{model}"] + (["--generation-prompt"] if generation else []), [{"messages": t} for t in talks], [
            {"text": f.tokenizer.apply_chat_template(t, tokenize=False, add_generation_prompt=generation)} for t in talks]

    few = messages(count)[: max(4, count // 4)]
    prompts = [f.tokenizer.apply_chat_template(t[:2], tokenize=False, add_generation_prompt=True) for t in talks[len(HARD):][: len(few)]]
    scored = [{"prompt": p, "completion": "billing"} for p in prompts] + [{"prompt": " ".join(t.split()[:4]) + " ", "completion": " ".join(t.split()[4:8])} for t in few]
    scored += [{"prompt": "", "completion": t} for t in few[:4]] + [{"text": t} for t in few[:8]]
    scored += [{"token_ids": f.tokenizer.encode(t), "prompt_tokens": 3} for t in few[:8]]

    def score(model, row):
        if "text" in row or "token_ids" in row:
            ids = row.get("token_ids") or f.encode(row["text"])
            return {**f.scored(model, ids, row.get("prompt_tokens", 1), 5), "truncated": 0}
        return f.score(model, row["prompt"], row["completion"], 5)

    written = [{"messages": t[:2]} for t in talks[len(HARD):][: len(few)]] + [{"prompt": p[: len(p) // 2]} for p in prompts] + [{"token_ids": f.tokenizer.encode(t)} for t in few[:4]]

    def generate(model, row):
        if "messages" in row:
            ids = f.tokenizer.encode(f.tokenizer.apply_chat_template(row["messages"], tokenize=False, add_generation_prompt=True), add_special_tokens=False)
        else:
            ids = row.get("token_ids") or f.tokenizer.encode(row["prompt"])
        return f.generate(model, ids, 24)

    one = ["--model", "{model}", "--adapter", "{adapter}"]
    # Two adapters lie beside the shared base, and rows choose; one is merged into it.
    several = ["--model", "{model}", "--adapter", "router={adapter}", "--adapter", "again={adapter}"]
    for model, extra, choice in ((f.base, one[:2], {}), (f.adapted, one, {}), (f.base, one, {"adapter": "base"}), (f.adapted, several, {}),
                                 (f.adapted, several, {"adapter": "again"}), (f.base, several, {"adapter": "base"})):
        yield "score", extra + ["--top", "5"], [{**row, **choice} for row in scored], [score(model, row) for row in scored]
        yield "generate", extra + ["--max-tokens", "24"], [{**row, **choice} for row in written], [generate(model, row) for row in written]
        for pooling in ("mean", "cls", "last"):
            yield "embed", extra + ["--pooling", pooling], [{"text": t, **choice} for t in few], [f.embed(model, f.tokenizer.encode(t), pooling) for t in few]
    yield "merge then score", ["--model", "{merged}", "--top", "5"], scored, [score(f.merged, row) for row in scored]


# MARK: - Encoders


def encoder_tokenizer(name):
    """A tokenizer of the family's kind with at most 96 tokens."""
    texts = ["please refund the second invoice, my router blinks red since the storm"] * 2
    if name == "roberta":
        t = tokenizers.Tokenizer(models.BPE(unk_token="<unk>"))
        t.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
        t.decoder = decoders.ByteLevel()
        t.train_from_iterator(texts, trainers.BpeTrainer(vocab_size=94, special_tokens=["<s>", "<pad>", "</s>", "<unk>"], show_progress=False))
        t.post_processor = processors.RobertaProcessing(("</s>", 2), ("<s>", 0), add_prefix_space=False)
        names = dict(bos_token="<s>", eos_token="</s>", cls_token="<s>", sep_token="</s>", pad_token="<pad>", unk_token="<unk>")
    else:
        t = tokenizers.Tokenizer(models.WordPiece(unk_token="[UNK]"))
        t.normalizer = normalizers.BertNormalizer(lowercase=True)
        t.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
        t.decoder = decoders.WordPiece()
        t.train_from_iterator(texts, trainers.WordPieceTrainer(vocab_size=94, special_tokens=["[PAD]", "[UNK]", "[CLS]", "[SEP]"], show_progress=False))
        t.post_processor = processors.TemplateProcessing(single="[CLS]:0 $A:0 [SEP]:0", pair="[CLS]:0 $A:0 [SEP]:0 $B:1 [SEP]:1", special_tokens=[("[CLS]", 2), ("[SEP]", 3)])
        names = dict(cls_token="[CLS]", sep_token="[SEP]", pad_token="[PAD]", unk_token="[UNK]")
    inputs = ["input_ids", "attention_mask"] + (["token_type_ids"] if name not in ("roberta", "distilbert") else [])
    return PreTrainedTokenizerFast(tokenizer_object=t, model_input_names=inputs, **names)


def encoder_folder(name, parent):
    """The family's model under the tokenizer of GOLDEN."""
    folder = pathlib.Path(parent) / name
    shutil.copytree(FAMILIES / name, folder, ignore=shutil.ignore_patterns("expected.*"))
    for file in (GOLDEN / name).iterdir():
        shutil.copy(file, folder / file.name)
    return folder


def encoder_checks(count, parent):
    r = random.Random(SEED)
    words = "please refund the second invoice , my router blinks red since storm Größe 東京 🙂 zzz".split()
    short = ["", " "] + [" ".join(r.choice(words) for _ in range(r.randrange(1, 6))) for _ in range(count)]
    for name in ENCODERS:
        folder = encoder_folder(name, parent)
        if name.startswith("sentence"):
            model = sentence_transformers.SentenceTransformer(str(folder), device="cpu")
            texts = short + [" ".join(short[2:7]), "refund " * 60]
            limit = model.max_seq_length
            expected = [{"embedding": model.encode([t], convert_to_numpy=True)[0].tolist(), "truncated": max(0, len(model.tokenizer(t)["input_ids"]) - limit)} for t in texts]
            yield "embed (sentence-transformers)", ["--model", "{" + name + "}"], [{"text": t} for t in texts], expected
            continue
        tokenizer = AutoTokenizer.from_pretrained(folder)
        model = AutoModelForSequenceClassification.from_pretrained(folder, dtype=torch.float32).eval()
        rows = [{"text": t} for t in short] + [{"text": a, "pair": b} for a, b in zip(short, reversed(short))]
        rows = [row for row in rows if len(tokenizer(*row.values())["input_ids"]) <= 46]
        expected = []
        for row in rows:
            with torch.inference_mode():
                logits = model(**tokenizer(*row.values(), return_tensors="pt")).logits[0].double()
            scores = logits.sigmoid() if model.config.problem_type == "multi_label_classification" else logits.softmax(-1)
            expected.append({"label": model.config.id2label[int(scores.argmax())], "scores": {model.config.id2label[i]: s for i, s in enumerate(scores.tolist())}})
        yield "classify", ["--model", "{" + name + "}"], rows, expected


def minilm_checks(folder, count):
    model = sentence_transformers.SentenceTransformer(folder, device="cpu")
    texts = messages(count)
    texts = texts[: count - 3] + ["", "refund please " * 300, "Größe, naïve café — 東京 🙂"]
    limit = model.max_seq_length
    vectors = model.encode(texts, convert_to_numpy=True, batch_size=1)
    yield "embed (all-MiniLM-L6-v2)", ["--model", str(folder)], [{"text": t} for t in texts], [
        {"embedding": v.tolist(), "truncated": max(0, len(model.tokenizer(t)["input_ids"]) - limit)} for v, t in zip(vectors, texts)]


# MARK: - Comparing


def difference(ours, theirs):
    """The largest difference of numbers; infinite where anything else differs."""
    if isinstance(theirs, bool) or isinstance(theirs, (str, int)) or theirs is None:
        return 0.0 if type(ours) is type(theirs) and ours == theirs else float("inf")
    if isinstance(theirs, float):
        return abs(ours - theirs) if isinstance(ours, (int, float)) else float("inf")
    if isinstance(theirs, list):
        if not isinstance(ours, list) or len(ours) != len(theirs):
            return float("inf")
        return max((difference(a, b) for a, b in zip(ours, theirs)), default=0.0)
    return max((difference(ours.get(key), value) for key, value in theirs.items()), default=0.0) if isinstance(ours, dict) else float("inf")


def run(program, command, arguments, rows, folders):
    arguments = [a.format(**folders) if "{" in a else a for a in arguments]
    ran = subprocess.run([program, "model", command.split()[-1] if command.startswith("merge") else command.split()[0], *arguments], capture_output=True, text=True, encoding="utf-8",
                         input="".join(json.dumps({"id": i, **row}) + "\n" for i, row in enumerate(rows)))
    if ran.stderr:
        print(ran.stderr[:2000], file=sys.stderr)
    return {row["id"]: row for row in map(json.loads, ran.stdout.splitlines())}


def compare(program, checks, folders):
    totals = {}
    for command, arguments, rows, expected in checks:
        ours = run(program, command, arguments, rows, folders)
        entry = totals.setdefault(command, [0, 0.0, 0])
        bound = SENTENCE_TOLERANCE if "(" in command else TOLERANCE
        for i, (row, theirs) in enumerate(zip(rows, expected)):
            d = difference(ours.get(i), theirs)
            entry[0] += 1
            if d > bound:
                entry[2] += 1
                if entry[2] <= 3:
                    print(f"{command} {arguments}: {json.dumps(row)[:300]}\n  reference {json.dumps(theirs)[:400]}\n  ours      {json.dumps(ours.get(i))[:400]}")
            else:
                entry[1] = max(entry[1], d)
    for command, (cases, worst, differing) in totals.items():
        print(f"{command:32} {cases:6} cases, {differing} differ, largest difference of the others {worst:.2e}")
    return any(entry[2] for entry in totals.values())


def rounded(value):
    if isinstance(value, float):
        return float(f"{value:.7g}")
    if isinstance(value, list):
        return [rounded(v) for v in value]
    return {k: rounded(v) for k, v in value.items()} if isinstance(value, dict) else value


def write_golden():
    for name in ENCODERS:
        shutil.rmtree(GOLDEN / name, ignore_errors=True)
        encoder_tokenizer(name).save_pretrained(GOLDEN / name)
    cases = []
    with tempfile.TemporaryDirectory() as parent:
        for command, arguments, rows, expected in [*model_checks(8), *encoder_checks(6, parent)]:
            step = 1 if command in ("tokenize", "detokenize", "render") else 2
            if command == "embed":
                rows, expected = rows[:1], expected[:1]
            cases.append({"command": command, "arguments": arguments, "rows": rows[::step], "expected": rounded(expected[::step])})
    versions = {m.__name__: m.__version__ for m in (transformers, peft, sentence_transformers, tokenizers, torch)}
    (GOLDEN / "golden.json").write_text(json.dumps({"versions": versions, "seed": SEED, "cases": cases}) + "\n")
    print(sum(len(c["rows"]) for c in cases), "rows,", (GOLDEN / "golden.json").stat().st_size, "bytes")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--program")
    parser.add_argument("--golden", action="store_true")
    parser.add_argument("--count", type=int, default=200)
    parser.add_argument("--minilm")
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    torch.manual_seed(SEED)
    if arguments.golden:
        write_golden()
        return 0
    if not arguments.program:
        parser.error("--program or --golden is needed")
    with tempfile.TemporaryDirectory() as parent:
        encoders = list(encoder_checks(arguments.count, parent))
        folders = {"model": str(FIXTURES / "model"), "adapter": str(FIXTURES / "adapter"), "merged": f"{parent}/merged", **{n: f"{parent}/{n}" for n in ENCODERS}}
        subprocess.run([arguments.program, "model", "merge", "--model", folders["model"], "--adapter", folders["adapter"], "--output", folders["merged"]], check=True, stdout=subprocess.DEVNULL)
        checks = [*model_checks(arguments.count), *encoders, *(minilm_checks(arguments.minilm, 1000) if arguments.minilm else [])]
        return 1 if compare(arguments.program, checks, folders) else 0


if __name__ == "__main__":
    sys.exit(main())
