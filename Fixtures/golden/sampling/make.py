"""What transformers' own logits processors, built and ordered by generate's own code, leave of random logits.

Writes Fixtures/golden/sampling/golden.json: for each case the options, the logits, the tokens before (prompt and generated) and the probability of every token.
Among them: ties at the edges, top_p 0 and 1, top_k beyond the vocabulary, min_p 1, penalties on negative logits and on tokens that are there twice.

Which of equals top-p keeps is left open by torch, whose sort is stable for short rows only; here it is told to be always.

Run from the repository's root: python3 Fixtures/golden/sampling/make.py
"""
import functools, json, pathlib, sys
import torch, transformers
from transformers import GenerationConfig, LlamaConfig, LlamaForCausalLM

SEED, VOCABULARY = 20261121, 40
torch.manual_seed(SEED)
torch.sort = functools.partial(torch.sort, stable=True)
torch.set_num_threads(1)
g = torch.Generator().manual_seed(SEED)
model = LlamaForCausalLM(LlamaConfig(vocab_size=VOCABULARY, hidden_size=8, intermediate_size=8, num_hidden_layers=1, num_attention_heads=1, num_key_value_heads=1))


def logits(kind):
    x = torch.randn(VOCABULARY, generator=g) * 3
    if kind == "ties":
        x = (x * 2).round() / 2
    if kind == "equal":
        x = torch.zeros(VOCABULARY)
    if kind == "negative":
        x = -x.abs() - 0.5
    if kind == "peaked":
        x[int(torch.randint(VOCABULARY, (1,), generator=g))] = 14.0
    if kind == "two tops":
        x[[5, 30]] = 9.0
    return x


OPTIONS = [
    dict(temperature=1.0), dict(temperature=0.7), dict(temperature=2.5), dict(top_k=1), dict(top_k=5), dict(top_k=40), dict(top_k=1000), dict(top_p=0.0),
    dict(top_p=0.3), dict(top_p=0.5), dict(top_p=0.9), dict(top_p=0.999), dict(top_p=1.0), dict(min_p=0.0), dict(min_p=0.1), dict(min_p=0.5), dict(min_p=1.0),
    dict(repetition_penalty=1.3), dict(repetition_penalty=0.5), dict(repetition_penalty=50.0, top_k=10), dict(top_k=12, top_p=0.8),
    dict(temperature=0.6, top_k=20, top_p=0.9, min_p=0.05, repetition_penalty=1.1), dict(temperature=1.7, top_p=0.7, min_p=0.3),
    dict(temperature=1.2, top_k=3, top_p=0.0, min_p=1.0), dict(top_p=0.25, repetition_penalty=1.5), dict(temperature=0.9, top_k=7, min_p=0.2),
]
cases = []
for options in OPTIONS:
    for kind in ("plain", "ties", "equal", "negative", "peaked", "two tops"):
        config = GenerationConfig(do_sample=True, **{"top_k": 0, "top_p": 1.0, "temperature": 1.0, **options})
        before = torch.randint(VOCABULARY, (1, 9), generator=g)
        processors = model._get_logits_processor(config, input_ids_seq_length=9)
        x = logits(kind)
        p = torch.softmax(processors(before, x[None].clone()).double(), -1)[0]
        cases.append({"kind": kind, "options": options, "before": before[0].tolist(), "logits": [float(f"{v:.9g}") for v in x.tolist()],
                      "probabilities": [float(f"{v:.9g}") for v in p.tolist()]})
values = {"versions": {"transformers": transformers.__version__, "torch": torch.__version__, "python": sys.version.split()[0]}, "seed": SEED, "cases": cases}
target = pathlib.Path(__file__).resolve().parent / "golden.json"
target.write_text(json.dumps(values) + "\n")
print(len(cases), "cases,", target.stat().st_size, "bytes")
