#!/usr/bin/env python3
"""The peer of `make bench`: the same work in Python, with transformers and peft in fp32 and tokenizers; prints {work: number}.

usage: peer.py PROJECT
"""

import json
import sys
import time
from pathlib import Path

import torch
from peft import PeftModel
from transformers import AutoModelForCausalLM, AutoTokenizer

root = Path(sys.argv[1])
messages = [json.loads(line)["input"] for line in (root / "Fixtures/data/unseen.jsonl").open(encoding="utf-8")][:512]
tokenizer = AutoTokenizer.from_pretrained(root / "Fixtures/model")
model = AutoModelForCausalLM.from_pretrained(root / "Fixtures/model", dtype=torch.float32)
model = PeftModel.from_pretrained(model, root / "Fixtures/adapter").merge_and_unload().eval()


def best(body, runs=3):
    times = []
    for _ in range(runs):
        start = time.perf_counter()
        body()
        times.append(time.perf_counter() - start)
    return min(times)


backend = tokenizer.backend_tokenizer
size = sum(len(m.encode()) for m in messages) / 1e6
tokenising = size / best(lambda: [backend.encode(m, add_special_tokens=False).ids for m in messages])

prompts = [
    tokenizer.apply_chat_template(
        [{"role": "system", "content": "Route."}, {"role": "user", "content": m}], add_generation_prompt=True, tokenize=True, return_dict=False
    )
    for m in messages
]
count = sum(map(len, prompts))
# Sorted by length, so that a batch is padded little, as a careful user would.
order = sorted(prompts, key=len)


@torch.no_grad()
def routing():
    for start in range(0, len(order), 64):
        batch = order[start : start + 64]
        width = max(map(len, batch))
        ids = torch.zeros(len(batch), width, dtype=torch.long)
        mask = torch.zeros_like(ids)
        for row, prompt in enumerate(batch):
            ids[row, width - len(prompt) :] = torch.tensor(prompt)
            mask[row, width - len(prompt) :] = 1
        model(input_ids=ids, attention_mask=mask, logits_to_keep=1).logits.log_softmax(-1)


print(json.dumps({"tokenising": tokenising, "routing, labels scored": count / best(routing)}))
