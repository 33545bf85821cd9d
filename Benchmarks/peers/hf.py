"""PyTorch and transformers: scoring, generation, peak memory and the first answer, in fp32 or bf16."""

import common

options = common.arguments("fp32", "bf16")
torch, transformers = common.need("torch", "transformers")
torch.set_grad_enabled(False)
torch.set_num_threads(common.THREADS)
transformers.logging.set_verbosity_error()

BATCH = 8
model = transformers.AutoModelForCausalLM.from_pretrained(options.model, dtype=torch.float32 if options.precision == "fp32" else torch.bfloat16).eval()
work = common.work(options.model)


def score(prompts: list[list[int]], scored: int) -> list[float]:
    """Sum of the log-probabilities of the last `scored` tokens of each prompt; the logits are asked for where they are read and nowhere else."""
    sums = []
    for first in range(0, len(prompts), BATCH):
        ids = torch.tensor(prompts[first : first + BATCH])
        length = ids.shape[1]
        places = torch.arange(length - scored - 1, length - 1)
        logits = model(input_ids=ids, logits_to_keep=places, use_cache=False).logits.float()
        picked = logits.log_softmax(-1).gather(-1, ids[:, -scored:, None])
        sums += picked.sum((1, 2)).tolist()
    return sums


def generate(prompts: list[list[int]], steps: int) -> float:
    """Seconds for `steps` greedy steps behind the prompts, their own computation not counted."""
    ids = torch.tensor(prompts)
    cache = transformers.DynamicCache(config=model.config)
    last = model(input_ids=ids, past_key_values=cache, use_cache=True, logits_to_keep=1).logits[:, -1:].argmax(-1)

    def loop() -> None:
        token = last
        for _ in range(steps):
            token = model(input_ids=token, past_key_values=cache, use_cache=True).logits[:, -1:].argmax(-1)

    return common.seconds(loop)


def answer(request: dict) -> dict:
    match request["work"]:
        case "score":
            prompts = work["scoring"][: request["prompts"]]
            sums: list[float] = []
            seconds = common.seconds(lambda: sums.extend(score(prompts, request["scored"])))
            return {"seconds": seconds, "check": sum(sums) / len(sums)}
        case "generate":
            return {"seconds": generate(work["generation"][: request["batch"]], request["steps"])}
        case "memory":
            score(work["scoring"][: request["batch"]], request["scored"])
            generate(work["generation"][: request["batch"]], request["steps"])
            return {"bytes": common.peak_memory()}
        case other:
            raise SystemExit(f"hf.py has no work named {other}")


common.serve(f"PyTorch {torch.__version__}, transformers {transformers.__version__}", answer)
