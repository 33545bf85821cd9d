"""llama.cpp through llama-cpp-python: scoring and batched generation, in bf16, fp32 or q8_0.

Its own format is made from the model's folder when first asked for, beside the folder. Everything goes through the low-level API, as its own
benchmarks do: one call for the rows of all sequences.
"""

import common

options = common.arguments("bf16", "fp32", "q8_0")
(llama,) = common.need("llama_cpp.llama_cpp")
numpy, _ = common.need("numpy", "gguf")

import ctypes  # noqa: E402

import gguf_file  # noqa: E402

path = gguf_file.converted(options.model, options.precision)
# Its log is for those who run it by hand.
silent = llama.llama_log_callback(lambda level, text, data: None)
llama.llama_log_set(silent, ctypes.c_void_p(0))
llama.llama_backend_init()
model = llama.llama_model_load_from_file(str(path).encode(), llama.llama_model_default_params())
if not model:
    raise SystemExit(f"{path} cannot be loaded")
vocabulary = llama.llama_vocab_n_tokens(llama.llama_model_get_vocab(model))
work = common.work(options.model)


class Context:
    """A key-value cache for `sequences` sequences of `length` tokens."""

    def __init__(self, sequences: int, length: int, rows: int) -> None:
        parameters = llama.llama_context_default_params()
        # Each sequence's share is rounded up to 256 places.
        parameters.n_ctx = sequences * -(-length // 256) * 256
        parameters.n_seq_max = sequences
        parameters.n_batch = rows
        parameters.n_ubatch = min(rows, 512)
        parameters.n_threads = parameters.n_threads_batch = common.THREADS
        parameters.no_perf = True
        self.context = llama.llama_init_from_model(model, parameters)
        self.batch = llama.llama_batch_init(rows, 0, 1)

    def run(self, rows: list[tuple[int, int, int, bool]]) -> None:
        """Computes rows of (token, position, sequence, whether its logits are wanted)."""
        batch = self.batch
        batch.n_tokens = len(rows)
        for i, (token, position, sequence, wanted) in enumerate(rows):
            batch.token[i], batch.pos[i], batch.n_seq_id[i], batch.logits[i] = token, position, 1, wanted
            batch.seq_id[i][0] = sequence
        if llama.llama_decode(self.context, batch) != 0:
            raise SystemExit("llama_decode failed")

    def logits(self, count: int):
        """The logits that were wanted, (count, vocabulary), in the order of their rows; a view that is good until the next run."""
        return numpy.ctypeslib.as_array(llama.llama_get_logits(self.context), shape=(count, vocabulary))

    def clear(self) -> None:
        llama.llama_memory_clear(llama.llama_get_memory(self.context), False)

    def close(self) -> None:
        llama.llama_batch_free(self.batch)
        llama.llama_free(self.context)


def score(prompts: list[list[int]], scored: int) -> tuple[float, float]:
    """Seconds until all logits of the last `scored` tokens are there, and the mean over prompts of the sum of their log-probabilities."""
    together = 8
    length = len(prompts[0])
    context = Context(together, length, together * length)
    total, elapsed = 0.0, 0.0
    places = range(length - scored - 1, length - 1)
    for first in range(0, len(prompts), together):
        group = prompts[first : first + together]
        rows = [(token, p, s, p in places) for s, prompt in enumerate(group) for p, token in enumerate(prompt)]
        context.clear()
        elapsed += common.seconds(lambda: (context.run(rows), context.logits(1)))
        logits = context.logits(len(group) * scored).astype(numpy.float64)
        top = logits.max(-1, keepdims=True)
        sums = numpy.log(numpy.exp(logits - top).sum(-1)) + top[:, 0]
        tokens = [token for prompt in group for token in prompt[-scored:]]
        total += float((logits[numpy.arange(len(tokens)), tokens] - sums).sum())
    context.close()
    return elapsed, total / len(prompts)


def generate(prompts: list[list[int]], steps: int) -> float:
    """Seconds for `steps` greedy steps behind the prompts, their own computation not counted."""
    count, length = len(prompts), len(prompts[0])
    context = Context(count, length + steps + 1, max(count * length, 32))
    context.run([(token, p, s, p == length - 1) for s, prompt in enumerate(prompts) for p, token in enumerate(prompt)])
    first = context.logits(count).argmax(-1)

    def loop() -> None:
        tokens = first
        for step in range(steps):
            context.run([(int(token), length + step, s, True) for s, token in enumerate(tokens)])
            tokens = context.logits(count).argmax(-1)

    elapsed = common.seconds(loop)
    context.close()
    return elapsed


def answer(request: dict) -> dict:
    match request["work"]:
        case "score":
            elapsed, check = score(work["scoring"][: request["prompts"]], request["scored"])
            return {"seconds": elapsed, "check": check}
        case "generate":
            return {"seconds": generate(work["generation"][: request["batch"]], request["steps"])}
        case other:
            raise SystemExit(f"llamacpp.py has no work named {other}")


version = common.need("llama_cpp")[0].__version__
common.serve(f"llama-cpp-python {version}", answer)
