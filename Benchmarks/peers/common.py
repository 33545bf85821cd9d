"""What the peers share: how they are called, and how they answer.

A peer loads its model, says so in a line, and then does one piece of work for each line on its standard input, a request in JSON; the answer is one line of
JSON with what it measured. So the benchmark can take turns with it, and a person can try it:

    echo '{"work": "score"}' | python hf.py --model ~/.cache/vigil-bench/v1/10M --precision bf16
"""

import argparse
import importlib
import json
import os
import sys
import time
from pathlib import Path

# Before any library that computes is loaded.
THREADS = os.cpu_count() or 1
os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")


def arguments(*precisions: str) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=sys.modules["__main__"].__doc__)
    parser.add_argument("--model", type=Path, required=True, help="a folder that models.py has made")
    parser.add_argument("--precision", choices=precisions, default=precisions[0])
    parser.add_argument("--text", type=Path, help="a file to tokenise, line by line, instead of the generated documents")
    return parser.parse_args()


def need(*modules: str) -> list:
    """The modules, imported; ends the program with the line {"missing": …} where one is not installed."""
    try:
        return [importlib.import_module(module) for module in modules]
    except ImportError as error:
        say({"missing": str(error)})
        sys.exit(0)


def work(model: Path) -> dict:
    """The token ids for a model of models.py."""
    return json.loads((model.parent / "work" / f"{model.name}.json").read_text(encoding="utf-8"))


def say(line: dict) -> None:
    print(json.dumps(line), flush=True)


def seconds(body) -> float:
    start = time.perf_counter()
    body()
    return time.perf_counter() - start


def peak_memory() -> int:
    """The most bytes that this process has ever had in memory."""
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) * 1024
    return 0


def serve(name: str, answer) -> None:
    """Answers request after request until the input ends."""
    say({"ready": name})
    for line in sys.stdin:
        say(answer(json.loads(line)))
