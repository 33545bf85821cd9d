#!/usr/bin/env python3
"""Serves a model folder, with a LoRA adapter, behind OpenAI's completion and chat APIs with real log-probabilities, for tests of the remote predictor.

usage: serve.py --port-file FILE [--model Fixtures/model] [--adapter Fixtures/adapter] [--name router]

Listens on a free port of 127.0.0.1 and writes its number to FILE. What it answers follows vLLM: `/v1/completions` with `echo` and `logprobs` (the text-beginning token is
added to prompts and listed, its log-probability is null), `/v1/chat/completions` with `logprobs` and `top_logprobs`, `/v1/models`. Greedy only, float32, one request
at a time. Made with torch 2.13.0, transformers 5.23.0, peft 0.21.2.
"""

import argparse
import json
import os
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

try:
    import torch
    from peft import PeftModel
    from transformers import AutoModelForCausalLM, AutoTokenizer
except ImportError as missing:
    print(f"this Python lacks {missing.name}", file=sys.stderr)
    sys.exit(2)


class BadRequest(Exception):
    pass


class Model:
    def __init__(self, model: Path, adapter: Path, name: str):
        torch.set_num_threads(1)
        self.name = name
        self.tokenizer = AutoTokenizer.from_pretrained(model)
        base = AutoModelForCausalLM.from_pretrained(model, dtype=torch.float32)
        self.model = PeftModel.from_pretrained(base, adapter).eval()
        self.lock = threading.Lock()

    def text(self, ids) -> str:
        return self.tokenizer.decode(ids, skip_special_tokens=False, clean_up_tokenization_spaces=False)

    def run(self, ids, maximum: int):
        """Continues ids greedily; returns all ids and, for each position but the first, the log-probabilities of what could stand there."""
        ids = list(ids)
        end = self.tokenizer.eos_token_id
        with self.lock, torch.no_grad():
            written = 0
            while True:
                rows = torch.log_softmax(self.model(torch.tensor([ids])).logits[0].double(), dim=-1)
                if written == maximum or (written and ids[-1] == end):
                    return ids, rows
                ids.append(int(rows[-1].argmax()))
                written += 1

    def tokens(self, ids, rows, first: int, top: int):
        """(text, log-probability or None, [(text, log-probability)]) of each id from `first` on."""
        for place in range(first, len(ids)):
            if place == 0:
                yield self.text([ids[0]]), None, []
                continue
            values, best = rows[place - 1].topk(top) if top else ([], [])
            yield self.text([ids[place]]), float(rows[place - 1][ids[place]]), [(self.text([int(i)]), float(v)) for v, i in zip(values, best)]

    def complete(self, body: dict) -> dict:
        prompt = body.get("prompt")
        if not isinstance(prompt, str):
            raise BadRequest("prompt must be a text")
        ids = self.tokenizer(prompt)["input_ids"]
        everything, rows = self.run(ids, int(body.get("max_tokens", 16)))
        written = everything[len(ids):]
        text = self.text([i for i in written if i != self.tokenizer.eos_token_id])
        choice = {"index": 0, "text": (prompt if body.get("echo") else "") + text, "finish_reason": self.reason(written), "logprobs": None}
        if body.get("logprobs") is not None:
            listed = list(self.tokens(everything, rows, 0 if body.get("echo") else len(ids), int(body["logprobs"])))
            choice["logprobs"] = {
                "tokens": [t for t, _, _ in listed],
                "token_logprobs": [v for _, v, _ in listed],
                "top_logprobs": [dict(top) if v is not None else None for _, v, top in listed],
            }
        return {"object": "text_completion", "choices": [choice], "usage": self.usage(ids, written)}

    def chat(self, body: dict) -> dict:
        text = self.tokenizer.apply_chat_template(body["messages"], tokenize=False, add_generation_prompt=True)
        ids = self.tokenizer(text, add_special_tokens=False)["input_ids"]
        everything, rows = self.run(ids, int(body.get("max_tokens", 16)))
        written = everything[len(ids):]
        content = self.text([i for i in written if i != self.tokenizer.eos_token_id])
        choice = {"index": 0, "message": {"role": "assistant", "content": content}, "finish_reason": self.reason(written), "logprobs": None}
        if body.get("logprobs"):
            listed = self.tokens(everything, rows, len(ids), int(body.get("top_logprobs", 0)))
            choice["logprobs"] = {
                "content": [
                    {"token": t, "logprob": v, "top_logprobs": [{"token": o, "logprob": w} for o, w in top]} for t, v, top in listed
                ]
            }
        return {"object": "chat.completion", "choices": [choice], "usage": self.usage(ids, written)}

    def reason(self, written) -> str:
        return "stop" if written and written[-1] == self.tokenizer.eos_token_id else "length"

    @staticmethod
    def usage(ids, written) -> dict:
        return {"prompt_tokens": len(ids), "completion_tokens": len(written), "total_tokens": len(ids) + len(written)}


def handler(model: Model):
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def answer(self, status: int, value: dict) -> None:
            body = json.dumps(value).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def do_GET(self) -> None:
            if self.path != "/v1/models":
                return self.answer(404, {"error": {"message": f"nothing at {self.path}"}})
            self.answer(200, {"object": "list", "data": [{"id": model.name, "object": "model", "created": int(time.time()), "owned_by": "fixtures"}]})

        def do_POST(self) -> None:
            raw = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            work = {"/v1/completions": model.complete, "/v1/chat/completions": model.chat}.get(self.path)
            if work is None:
                return self.answer(404, {"error": {"message": f"nothing at {self.path}"}})
            try:
                self.answer(200, work(json.loads(raw)))
            except (BadRequest, KeyError, ValueError) as error:
                self.answer(400, {"error": {"message": str(error)}})

        def log_message(self, *_) -> None:
            pass

    return Handler


def main() -> int:
    root = Path(__file__).resolve().parent.parent
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--model", type=Path, default=root / "model")
    parser.add_argument("--adapter", type=Path, default=root / "adapter")
    parser.add_argument("--name", default="router")
    parser.add_argument("--port-file", type=Path, required=True)
    arguments = parser.parse_args()
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler(Model(arguments.model, arguments.adapter, arguments.name)))
    # Renamed into place, so that whoever waits for the file never reads half a number.
    half = arguments.port_file.with_suffix(".half")
    half.write_text(str(server.server_address[1]))
    os.replace(half, arguments.port_file)
    server.serve_forever()
    return 0


if __name__ == "__main__":
    sys.exit(main())
