#!/usr/bin/env python3
"""Learns the fixture model's byte-level BPE tokenizer and writes the files of the model folder that are not weights.

usage: tokenizer.py [--text Fixtures/data/pretrain.jsonl] [--output Fixtures/model]

Needs `tokenizers` (pip install tokenizers). Deterministic: the same text gives the same files. The merges are the only thing of the fixture model that is not made by
Vigil itself. Checks at the end that every queue's name starts with a token of its own.
"""

import argparse
import json
from pathlib import Path

from tokenizers import Regex, Tokenizer, decoders, models, pre_tokenizers, processors, trainers

QUEUES = ["billing", "refund", "delivery", "returns", "warranty", "network", "setup", "account", "security", "cancel", "upgrade", "feedback"]
SPECIAL = ["<|begin|>", "<|end|>", "<|system|>", "<|user|>", "<|assistant|>"]
VOCABULARY = 4096
# The pattern of Llama 3's tokenizer: contractions, words with at most one leading mark, numbers by three digits, punctuation, line ends, spaces.
PATTERN = (
    r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
)
CHAT_TEMPLATE = (
    "{{ bos_token }}"
    "{% for message in messages %}{{ '<|' + message['role'] + '|>' + message['content'] + '<|end|>' }}{% endfor %}"
    "{% if add_generation_prompt %}{{ '<|assistant|>' }}{% endif %}"
)


def learn(text_file: Path) -> Tokenizer:
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [pre_tokenizers.Split(Regex(PATTERN), behavior="isolated"), pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)]
    )
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=VOCABULARY, special_tokens=SPECIAL, initial_alphabet=pre_tokenizers.ByteLevel.alphabet(), show_progress=False
    )

    def texts():
        with text_file.open(encoding="utf-8") as lines:
            for line in lines:
                text = json.loads(line)["text"]
                # The marks of the chat template are tokens of their own; no merge is learned across them.
                for mark in SPECIAL:
                    text = text.replace(mark, "\0")
                yield from (piece for piece in text.split("\0") if piece)

    tokenizer.train_from_iterator(texts(), trainer)
    begin = tokenizer.token_to_id("<|begin|>")
    # Plain text starts with <|begin|>; text rendered by the chat template has it already and is encoded without special tokens.
    tokenizer.post_processor = processors.TemplateProcessing(
        single="<|begin|> $A", pair="<|begin|> $A <|begin|>:1 $B:1", special_tokens=[("<|begin|>", begin)]
    )
    return tokenizer


def write_json(path: Path, value: dict) -> None:
    path.write_text(json.dumps(value, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--text", type=Path, default=Path("Fixtures/data/pretrain.jsonl"))
    parser.add_argument("--output", type=Path, default=Path("Fixtures/model"))
    arguments = parser.parse_args()
    if not arguments.text.exists():
        parser.error(f"{arguments.text} is not there; write it with: vigil fixtures data")

    tokenizer = learn(arguments.text)
    size = tokenizer.get_vocab_size()
    if size != VOCABULARY:
        raise SystemExit(f"the text gives only {size} tokens, the model's configuration says {VOCABULARY}")
    begin, end = tokenizer.token_to_id("<|begin|>"), tokenizer.token_to_id("<|end|>")

    arguments.output.mkdir(parents=True, exist_ok=True)
    tokenizer.save(str(arguments.output / "tokenizer.json"), pretty=True)
    write_json(
        arguments.output / "tokenizer_config.json",
        {
            "tokenizer_class": "PreTrainedTokenizerFast",
            "bos_token": "<|begin|>",
            "eos_token": "<|end|>",
            "pad_token": "<|end|>",
            "additional_special_tokens": ["<|system|>", "<|user|>", "<|assistant|>"],
            "model_max_length": 1024,
            "clean_up_tokenization_spaces": False,
            "chat_template": CHAT_TEMPLATE,
        },
    )
    write_json(
        arguments.output / "special_tokens_map.json",
        {
            "bos_token": "<|begin|>",
            "eos_token": "<|end|>",
            "pad_token": "<|end|>",
            "additional_special_tokens": ["<|system|>", "<|user|>", "<|assistant|>"],
        },
    )
    write_json(
        arguments.output / "config.json",
        {
            "architectures": ["LlamaForCausalLM"],
            "model_type": "llama",
            "vocab_size": VOCABULARY,
            "hidden_size": 256,
            "intermediate_size": 768,
            "num_hidden_layers": 4,
            "num_attention_heads": 8,
            "num_key_value_heads": 4,
            "head_dim": 32,
            "hidden_act": "silu",
            "max_position_embeddings": 1024,
            "rope_theta": 10000.0,
            "rms_norm_eps": 1e-05,
            "attention_bias": False,
            "attention_dropout": 0.0,
            "mlp_bias": False,
            "initializer_range": 0.02,
            "tie_word_embeddings": True,
            "bos_token_id": begin,
            "eos_token_id": end,
            "pad_token_id": end,
            "torch_dtype": "bfloat16",
            "use_cache": True,
        },
    )
    write_json(
        arguments.output / "generation_config.json",
        {"bos_token_id": begin, "eos_token_id": end, "pad_token_id": end, "do_sample": False, "max_new_tokens": 64},
    )

    first = {}
    for queue in QUEUES:
        ids = tokenizer.encode(queue, add_special_tokens=False).ids
        print(f"{queue:10s} {ids} {[tokenizer.id_to_token(i) for i in ids]}")
        if ids[0] in first:
            raise SystemExit(f"{queue} and {first[ids[0]]} start with the same token; their names must differ earlier")
        first[ids[0]] = queue


if __name__ == "__main__":
    main()
