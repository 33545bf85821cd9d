"""What lm-evaluation-harness itself makes of contexts, continuations and whole texts: which tokens it scores behind which, and their log-probabilities.

Without arguments writes, beside this file, three tokenizers over the tiny Llama of Fixtures/golden/families/llama (64 positions) and golden.json:
  bos    puts <s> before every text          plain  names <s> and puts nothing          eos  names no <s>, only </s>
With --program VIGIL runs `vigil model score` on COUNT random cases a tokenizer and compares; prints the cases and the largest difference, and fails beyond 1e-4.

Run from the repository's root: python3 Fixtures/golden/scoring/make.py [--program .build/release/vigil --count 2000]
"""
import argparse, json, pathlib, random, shutil, subprocess, sys, tempfile
import lm_eval, torch, transformers
from lm_eval.api.instance import Instance
from lm_eval.models.huggingface import HFLM
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, processors, trainers
from transformers import AutoModelForCausalLM, PreTrainedTokenizerFast

SEED = 20261121
torch.set_num_threads(1)
here = pathlib.Path(__file__).resolve().parent
LLAMA = here.parent / "families" / "llama"
NAMES = ("bos", "plain", "eos")
WORDS = "the cat sat on a mat and ate rats that sat there too then this thin thing went to tea at ten".split()
SPACES = [" ", "  ", "\n", " \n\t", "\u00a0", "\u2003", "\u2028", "\x1c", "\x1f ", "\x85", "\u200b", "\u3000"]


def tokenizer(name):
    t = Tokenizer(models.BPE(unk_token="<unk>"))
    t.pre_tokenizer = pre_tokenizers.Metaspace(replacement="▁", prepend_scheme="never")
    t.decoder = decoders.Metaspace(replacement="▁", prepend_scheme="never")
    t.train_from_iterator([" ".join(WORDS)] * 3, trainers.BpeTrainer(vocab_size=90, special_tokens=["<unk>", "<s>", "</s>"], initial_alphabet=list("\n\t.,?"), show_progress=False))
    if name == "bos":
        t.post_processor = processors.TemplateProcessing(single="<s> $A", pair="<s> $A $B", special_tokens=[("<s>", 1)])
    return PreTrainedTokenizerFast(tokenizer_object=t, eos_token="</s>", **({} if name == "eos" else {"bos_token": "<s>"}))


class Watched(HFLM):
    """HFLM that keeps the tokens it was about to score."""
    def _loglikelihood_tokens(self, requests, *arguments, **keywords):
        self.seen += [(list(context), list(continuation)) for _, context, continuation in requests]
        return super()._loglikelihood_tokens(requests, *arguments, **keywords)


def reference(lm, kind, arguments):
    lm.seen = []
    request = Instance(request_type=kind, doc={}, arguments=arguments, idx=0)
    try:
        result = getattr(lm, kind)([request], disable_tqdm=True)[0]
    except (AssertionError, IndexError):
        return None
    total, greedy = result if kind == "loglikelihood" else (result, None)
    return {"windows": lm.seen, "logprob": total, "greedy": greedy}


def text(r, least, most):
    out = ""
    for _ in range(r.randint(least, most)):
        out += r.choice(WORDS + ["x", "7", "<s>", "</s>"] if r.random() < 0.1 else WORDS) + (r.choice(SPACES) if r.random() < 0.3 else " ")
    return out.strip(" ") if r.random() < 0.6 else out


def pairs(r, count):
    fixed = [("the cat", " sat"), ("the cat ", "sat"), ("the cat \n", " sat"), ("the c", "at sat"), ("", "the cat"), ("", "<s>the cat"), ("", "<s>"), ("", "</s>cat"), ("", ""),
             ("the cat", ""), ("the cat ", ""), ("  ", "the cat"), ("\x1f", "cat"), ("<s>the cat", " sat"), ("</s>the cat", " sat"), ("<s>", "the cat"), ("<s> ", "the cat"),
             ("the cat sat " * 20, "on a mat"), ("the cat", " sat on a mat" * 9), ("the cat", " sat on a mat" * 20), ("", " sat on a mat" * 7), ("the cat\u200b", "sat"), ("the\u0085", "cat")]
    return (fixed + [(text(r, 0, 30) if r.random() < 0.8 else text(r, 20, 60), text(r, 0, 6) if r.random() < 0.9 else text(r, 20, 50)) for _ in range(count)])[:max(count, len(fixed))]


def texts(r, count):
    fixed = ["", "the", "<s>the cat", "the cat sat", "the cat sat on a mat " * 4, "the cat sat on a mat and ate " * 12, "<s>" * 64, "<s>" * 65, "<s>" * 128, "<s>" * 129]
    return (fixed + [text(r, 0, 80) for _ in range(count)])[:max(count, len(fixed))]


def cases(name, fast, pair_count, text_count):
    model = AutoModelForCausalLM.from_pretrained(LLAMA, dtype=torch.float32).eval()
    lm = Watched(pretrained=model, tokenizer=fast, device="cpu", batch_size=1, softmax_dtype=torch.float64)
    r = random.Random(f"{SEED}{name}{pair_count}")
    for context, continuation in pairs(r, pair_count):
        yield {"prompt": context, "completion": continuation}, reference(lm, "loglikelihood", (context, continuation))
    for whole in texts(r, text_count):
        yield {"text": whole}, reference(lm, "loglikelihood_rolling", (whole,))


def write():
    values = {"versions": {"lm_eval": lm_eval.__version__, "transformers": transformers.__version__, "torch": torch.__version__, "python": sys.version.split()[0]},
              "seed": SEED, "cases": []}
    for name in NAMES:
        fast = tokenizer(name)
        folder = here / name
        shutil.rmtree(folder, ignore_errors=True)
        fast.save_pretrained(folder)
        for row, result in cases(name, fast, 36, 14):
            values["cases"].append({"tokenizer": name, **row, "expected": result})
    (here / "golden.json").write_text(json.dumps(values) + "\n")
    print(len(values["cases"]), "cases,", (here / "golden.json").stat().st_size, "bytes")


def compare(program, count):
    worst, compared, refused, failures = 0.0, 0, 0, 0
    for name in NAMES:
        expected = list(cases(name, tokenizer(name), count, count // 4))
        with tempfile.TemporaryDirectory() as folder:
            folder = pathlib.Path(folder)
            for file in [*LLAMA.glob("*.json"), *LLAMA.glob("model*"), *(here / name).iterdir()]:
                if file.is_file() and not file.name.startswith("expected"):
                    shutil.copy(file, folder / file.name)
            rows = folder / "rows.jsonl"
            rows.write_text("".join(json.dumps({"id": i, **row}) + "\n" for i, (row, _) in enumerate(expected)))
            ran = subprocess.run([program, "model", "score", "--model", folder, "--input", rows, "--rolling"], capture_output=True, text=True)
        ours = {row["id"]: row for row in map(json.loads, ran.stdout.splitlines())}
        for i, (row, theirs) in enumerate(expected):
            mine = ours.get(i)
            if theirs is None:
                # White space alone is the one context that the reference cannot do and we can.
                refused += 1
                if mine is not None and row["prompt"].strip():
                    failures += 1
                    print(name, row, "is refused by the reference, got", mine)
                continue
            tokens = [t for _, continuation in theirs["windows"] for t in continuation]
            cut = sum(max(0, len(a) + len(b) - 65) for a, b in theirs["windows"])
            same = mine is not None and mine["token_ids"] == tokens and mine["truncated"] == cut and theirs["greedy"] in (None, mine["greedy"])
            if not same or abs(mine["logprob"] - theirs["logprob"]) > 1e-4:
                failures += 1
                print(name, row, "differs:", theirs, mine)
                continue
            worst = max(worst, abs(mine["logprob"] - theirs["logprob"]))
            compared += 1
    print(f"{compared} cases compared, {refused} that the reference refuses, {failures} differ, largest difference {worst:.2e}")
    return 1 if failures else 0


parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
parser.add_argument("--program")
parser.add_argument("--count", type=int, default=2000)
arguments = parser.parse_args()
sys.exit(compare(arguments.program, arguments.count) if arguments.program else write())
