"""Golden values for Sources/Training: a tiny Llama trained by PyTorch, transformers and peft.

Writes ../training-tiny/ (a Hugging Face folder with its own tokenizer and chat template, an adapter to start from, training and validation rows) and
../training_curve.json: what transformers' tokenizer makes of the rows, and 20 steps of loss, rate and gradient norm, for LoRA and for all parameters, with
accumulation, a short last window, warmup, cosine, clipping and decay; the rows are taken in file order. Run: python3 training_curve.py
"""
import json, math, random
from pathlib import Path

import peft, torch, transformers
from peft import LoraConfig, PeftModel, get_peft_model
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast

SEED = 20261
HERE = Path(__file__).resolve().parent.parent
FOLDER = HERE / "training-tiny"
TEMPLATE = (
    "{% for message in messages %}{{ '<|im_start|>' + message['role'] + '\n' + message['content'] + '<|im_end|>' + '\n' }}{% endfor %}"
    "{% if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}{% endif %}"
)
QUEUES = ["billing", "refunds", "shipping", "login", "returns"]


def sentences(rng, count):
    who = ["I", "my brother", "our office", "the customer"]
    verb = ["cannot find", "wants to return", "paid twice for", "never got", "forgot the password of", "needs an invoice for"]
    what = ["the blue lamp", "order 4711", "a parcel", "the account", "the café table", "item n° 12", "the router"]
    return [f"{rng.choice(who)} {rng.choice(verb)} {rng.choice(what)}{rng.choice(['.', '!', '?', ', please help'])}" for _ in range(count)]


def make_folder(rng):
    FOLDER.mkdir(parents=True, exist_ok=True)
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    tokenizer.train_from_iterator(
        sentences(rng, 400) + QUEUES,
        trainers.BpeTrainer(vocab_size=320, special_tokens=["<|endoftext|>", "<|im_start|>", "<|im_end|>"], initial_alphabet=sorted(pre_tokenizers.ByteLevel.alphabet()), show_progress=False),
    )
    fast = PreTrainedTokenizerFast(tokenizer_object=tokenizer, eos_token="<|im_end|>", pad_token="<|endoftext|>", chat_template=TEMPLATE)
    fast.save_pretrained(FOLDER)
    torch.manual_seed(SEED)
    config = LlamaConfig(
        vocab_size=320, hidden_size=64, intermediate_size=128, num_hidden_layers=2, num_attention_heads=4, num_key_value_heads=2, head_dim=16,
        max_position_embeddings=128, rms_norm_eps=1e-5, rope_theta=10000.0, tie_word_embeddings=True, initializer_range=0.1,
        bos_token_id=None, eos_token_id=2, pad_token_id=0,
    )
    model = LlamaForCausalLM(config).to(torch.bfloat16)
    model.generation_config.eos_token_id = 2
    model.save_pretrained(FOLDER)
    return fast


def rows(rng, count):
    out = []
    for index, text in enumerate(sentences(rng, count)):
        queue = QUEUES[index % len(QUEUES)]
        if index % 3 == 0:
            out.append({"messages": [{"role": "system", "content": "Route."}, {"role": "user", "content": text}, {"role": "assistant", "content": queue}]})
        elif index % 3 == 1:
            out.append({"prompt": text + "\n", "completion": queue})
        else:
            out.append({"prompt": [{"role": "user", "content": text}], "completion": [{"role": "assistant", "content": queue}]})
    return out


def encode(fast, row):
    """Ids and labels by TRL's rules: completion-only, end token added to plain completions."""
    if isinstance(row.get("prompt"), str):
        before, whole = row["prompt"], row["prompt"] + row["completion"] + fast.eos_token
    else:
        messages = row.get("messages") or row["prompt"] + row["completion"]
        before = fast.apply_chat_template(messages[:-1], tokenize=False, add_generation_prompt=True)
        whole = fast.apply_chat_template(messages, tokenize=False)
    a, b = fast(before, add_special_tokens=False)["input_ids"], fast(whole, add_special_tokens=False)["input_ids"]
    assert b[: len(a)] == a
    return b, [-100] * len(a) + b[len(a) :]


def summed_loss(model, ids, labels):
    logits = model(torch.tensor([ids])).logits[0, :-1]
    return torch.nn.functional.cross_entropy(logits, torch.tensor(labels[1:]), ignore_index=-100, reduction="sum")


def supervised(examples):
    return sum(sum(label != -100 for label in labels[1:]) for _, labels in examples)


def run(model, train, valid, *, steps, batch, accumulation, lr, warmup, decay, clip, evaluate):
    named = [(n, p) for n, p in model.named_parameters() if p.requires_grad]
    groups = [
        {"params": [p for n, p in named if "norm" not in n], "weight_decay": decay},
        {"params": [p for n, p in named if "norm" in n], "weight_decay": 0.0},
    ]
    optimizer = torch.optim.AdamW([g for g in groups if g["params"]], lr=lr, betas=(0.9, 0.999), eps=1e-8)
    schedule = transformers.get_cosine_schedule_with_warmup(optimizer, warmup, steps)
    parameters = [p for _, p in named]
    window, epoch, out = batch * accumulation, 0, []
    per_epoch = math.ceil(math.ceil(len(train) / batch) / accumulation)
    for step in range(steps):
        start = (step % per_epoch) * window
        rows = train[start : start + window]
        total = supervised(rows)
        optimizer.zero_grad()
        value = 0.0
        for ids, labels in rows:
            loss = summed_loss(model, ids, labels) / total
            loss.backward()
            value += loss.item()
        norm = torch.nn.utils.clip_grad_norm_(parameters, clip).item()
        rate = schedule.get_last_lr()[0]
        optimizer.step()
        schedule.step()
        line = {"step": step + 1, "loss": value, "learning_rate": rate, "grad_norm": norm}
        if (step + 1) % evaluate == 0:
            with torch.no_grad():
                line["validation_loss"] = sum(summed_loss(model, *e).item() for e in valid) / supervised(valid)
        out.append(line)
    return out


def main():
    torch.set_num_threads(1)
    torch.use_deterministic_algorithms(True)
    rng = random.Random(SEED)
    fast = make_folder(rng)
    train_rows, valid_rows = rows(rng, 22), rows(rng, 6)
    for name, values in [("train", train_rows), ("valid", valid_rows)]:
        (FOLDER / f"{name}.jsonl").write_text("".join(json.dumps(r, ensure_ascii=False) + "\n" for r in values))
    train, valid = [encode(fast, r) for r in train_rows], [encode(fast, r) for r in valid_rows]
    load = lambda: LlamaForCausalLM.from_pretrained(FOLDER, dtype=torch.float32, attn_implementation="eager")

    torch.manual_seed(SEED + 1)
    adapter = get_peft_model(load(), LoraConfig(
        r=4, lora_alpha=8, lora_dropout=0.0, task_type="CAUSAL_LM", init_lora_weights=True,
        target_modules=["q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"],
    ))
    # B starts away from 0, so that the gradient of A is tested from the first step.
    for name, parameter in adapter.named_parameters():
        if "lora_B" in name:
            torch.nn.init.normal_(parameter, std=0.05)
    adapter.peft_config["default"].base_model_name_or_path = "training-tiny"
    adapter.save_pretrained(FOLDER / "adapter")
    (FOLDER / "adapter" / "README.md").unlink(missing_ok=True)

    lora = PeftModel.from_pretrained(load(), FOLDER / "adapter", is_trainable=True)
    settings = dict(steps=20, batch=3, accumulation=2, warmup=3, decay=0.01, clip=1.0, evaluate=5)
    result = {
        "tool": f"torch {torch.__version__}, transformers {transformers.__version__}, peft {peft.__version__}",
        "script": "Fixtures/golden/scripts/training_curve.py",
        "seed": SEED,
        "settings": settings,
        "rows": [{"token_ids": ids, "labels": labels} for ids, labels in train],
        "lora": run(lora, train, valid, lr=5e-3, **settings),
        "full": run(load(), train, valid, lr=1e-3, **settings),
    }
    (HERE / "training_curve.json").write_text(json.dumps(result, indent=1) + "\n")
    for key in ("lora", "full"):
        print(key, [round(l["loss"], 4) for l in result[key]])


main()
