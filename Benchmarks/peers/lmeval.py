"""lm-evaluation-harness on the multiple-choice task of models.py, with its transformers model, in fp32 or bf16.

The seconds are those of its loglikelihood calls alone, tokenising included; reading the task and putting prompts together is left out, in its favour.
"""

import logging
import tempfile
from pathlib import Path

import common

options = common.arguments("fp32", "bf16")
torch, transformers, lm_eval = common.need("torch", "transformers", "lm_eval")
huggingface, tasks = common.need("lm_eval.models.huggingface", "lm_eval.tasks")
torch.set_num_threads(common.THREADS)
transformers.logging.set_verbosity_error()
logging.getLogger("lm_eval").setLevel(logging.ERROR)
common.need("datasets")[0].disable_progress_bars()

TASK = """\
task: vigil_choice
dataset_path: json
dataset_kwargs:
  data_files:
    train: {work}/choice-shots.jsonl
    test: {work}/choice-questions.jsonl
output_type: multiple_choice
training_split: train
fewshot_split: train
fewshot_config:
  sampler: first_n
test_split: test
num_fewshot: 5
doc_to_text: "Question: {{{{question}}}}\\nAnswer:"
doc_to_choice: "{{{{choices}}}}"
doc_to_target: answer
target_delimiter: " "
fewshot_delimiter: "\\n\\n"
metric_list:
  - metric: acc
"""

folder = tempfile.TemporaryDirectory()
Path(folder.name, "vigil_choice.yaml").write_text(TASK.format(work=options.model.parent / "work"))
manager = tasks.TaskManager(include_path=folder.name, include_defaults=False)
model = huggingface.HFLM(
    pretrained=str(options.model), device="cpu", dtype="float32" if options.precision == "fp32" else "bfloat16", batch_size=8
)
elapsed = 0.0
sums: list[float] = []
loglikelihood = model.loglikelihood


def timed(requests, **keywords):
    global elapsed
    results: list = []
    elapsed = common.seconds(lambda: results.extend(loglikelihood(requests, disable_tqdm=True)))
    sums[:] = [result[0] for result in results]
    return results


model.loglikelihood = timed


def answer(request: dict) -> dict:
    results = lm_eval.simple_evaluate(
        model=model, tasks=["vigil_choice"], task_manager=manager, limit=request["questions"], bootstrap_iters=0, log_samples=False
    )
    return {"seconds": elapsed, "accuracy": results["results"]["vigil_choice"]["acc,none"], "check": sum(sums) / len(sums)}


common.serve(f"lm-eval {lm_eval.__version__}", answer)
