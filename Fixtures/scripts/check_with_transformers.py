#!/usr/bin/env python3
"""Compares Vigil's routing answers with those of transformers and peft on the same messages.

usage: check_with_transformers.py --answers FILE [--model Fixtures/model] [--adapter Fixtures/adapter] [--data Fixtures/data/unseen.jsonl] [--count 500]

FILE holds one JSON object a line, {"id": ..., "answer": ...}, for the first COUNT rows of the data file (ids are the rows' keys). The answer is the queue with the
largest total log-probability as the assistant's turn after the rendered prompt, in float32. Exit code: 0 when all agree, 1 when any differs or is missing,
2 when Python lacks a package or a file is not there.
"""

import argparse
import json
import sys
from pathlib import Path

QUEUES = ["billing", "refund", "delivery", "returns", "warranty", "network", "setup", "account", "security", "cancel", "upgrade", "feedback"]
SYSTEM = "Route."


def rows(path: Path) -> list:
    if not path.exists():
        print(f"{path} is not there", file=sys.stderr)
        sys.exit(2)
    with path.open(encoding="utf-8") as lines:
        return [json.loads(line) for line in lines if line.strip()]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--answers", type=Path, required=True)
    parser.add_argument("--model", type=Path, default=Path("Fixtures/model"))
    parser.add_argument("--adapter", type=Path, default=Path("Fixtures/adapter"))
    parser.add_argument("--data", type=Path, default=Path("Fixtures/data/unseen.jsonl"))
    parser.add_argument("--count", type=int, default=500)
    arguments = parser.parse_args()
    try:
        import torch
        from peft import PeftModel
        from transformers import AutoModelForCausalLM, AutoTokenizer
    except ImportError as error:
        print(f"{error}; pip install torch transformers peft", file=sys.stderr)
        return 2

    answers = {str(row["id"]): row["answer"] for row in rows(arguments.answers)}
    messages = rows(arguments.data)[: arguments.count]
    torch.manual_seed(0)
    tokenizer = AutoTokenizer.from_pretrained(arguments.model)
    model = AutoModelForCausalLM.from_pretrained(arguments.model, dtype=torch.float32)
    model = PeftModel.from_pretrained(model, arguments.adapter, autocast_adapter_dtype=False).float().eval()
    labels = [tokenizer(queue, add_special_tokens=False)["input_ids"] for queue in QUEUES]

    def score(prompt: list) -> list:
        """Total log-probability of each queue's tokens after the prompt."""
        totals = []
        if all(len(ids) == 1 for ids in labels):
            logits = model(input_ids=torch.tensor([prompt])).logits[0, -1]
            log_probabilities = torch.log_softmax(logits.double(), dim=-1)
            return [log_probabilities[ids[0]].item() for ids in labels]
        for ids in labels:
            logits = model(input_ids=torch.tensor([prompt + ids])).logits[0]
            log_probabilities = torch.log_softmax(logits.double(), dim=-1)
            totals.append(sum(log_probabilities[len(prompt) - 1 + place, token].item() for place, token in enumerate(ids)))
        return totals

    same, right, differing = 0, 0, []
    with torch.inference_mode():
        for row in messages:
            conversation = [{"role": "system", "content": SYSTEM}, {"role": "user", "content": row["input"]}]
            text = tokenizer.apply_chat_template(conversation, add_generation_prompt=True, tokenize=False)
            scores = score(tokenizer(text, add_special_tokens=False)["input_ids"])
            answer = QUEUES[max(range(len(QUEUES)), key=lambda place: scores[place])]
            right += answer == row["label"]
            ours = answers.get(row["key"])
            if ours == answer:
                same += 1
            else:
                differing.append((row["key"], ours, answer, scores))
    for key, ours, theirs, scores in differing[:20]:
        best, second = sorted(scores, reverse=True)[:2]
        print(f"{key}: Vigil says {ours}, transformers says {theirs} (ahead by {best - second:.6f} nats)")
    print(f"{same} of {len(messages)} answers agree; accuracy by transformers {right / max(1, len(messages)):.3f}")
    return 0 if same == len(messages) and messages else 1


if __name__ == "__main__":
    sys.exit(main())
