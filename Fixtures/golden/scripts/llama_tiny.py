"""Makes a tiny random Llama and a LoRA adapter over it, and what transformers and peft compute with them.

Writes Fixtures/golden/llama-tiny (model, fp32), Fixtures/golden/llama-tiny/adapter (PEFT), Fixtures/golden/llama_tiny.json.
Run from the repository's root: python3 Fixtures/golden/scripts/llama_tiny.py
"""
import json, pathlib, sys
sys.path.pop(0)  # this folder holds scripts named like modules of Python's own
import peft, torch, transformers
from transformers import LlamaConfig, LlamaForCausalLM

SEED = 20240917
torch.manual_seed(SEED)
torch.set_num_threads(1)
golden = pathlib.Path(__file__).resolve().parent.parent
folder = golden / "llama-tiny"

config = LlamaConfig(vocab_size=256, hidden_size=64, intermediate_size=112, num_hidden_layers=2, num_attention_heads=4, num_key_value_heads=2,
                     max_position_embeddings=128, rms_norm_eps=1e-5, tie_word_embeddings=False, bos_token_id=1, eos_token_id=2, pad_token_id=0,
                     initializer_range=0.15, dtype="float32")
config._attn_implementation = "eager"
model = LlamaForCausalLM(config).eval()
with torch.no_grad():
    for name, p in model.named_parameters():
        if "norm" in name:
            p.copy_(1 + 0.2 * torch.randn_like(p))
model.save_pretrained(folder)

def ids(n, seed):
    g = torch.Generator().manual_seed(seed)
    return torch.randint(3, 256, (n,), generator=g).tolist()

prompts = [ids(n, 100 + n) for n in (1, 2, 7, 19, 63, 128)]
labels = [[10, 20, 30], [10, 20, 31], [10, 40], [50], [60, 61, 62, 63]]

def logits_of(m, tokens):
    with torch.no_grad():
        out = m(torch.tensor([tokens]), output_hidden_states=True)
    return out.logits[0], out.hidden_states[-1][0]

def label_logprobs(m, prompt):
    result = []
    for label in labels:
        l, _ = logits_of(m, prompt + label)
        lp = torch.log_softmax(l.double(), -1)
        result.append(sum(lp[len(prompt) - 1 + i, t].item() for i, t in enumerate(label)))
    return result

def record(m):
    out = {"logits_last": [], "logits_full_19": None, "hidden_mean": [], "surprisal": [], "label_logprobs": [], "greedy": [], "token_logprobs": []}
    for p in prompts:
        l, h = logits_of(m, p)
        lp = torch.log_softmax(l.double(), -1)
        out["logits_last"].append([round(v, 7) for v in l[-1].tolist()])
        out["hidden_mean"].append([round(v, 7) for v in h.double().mean(0).tolist()])
        tl = [lp[i - 1, p[i]].item() for i in range(1, len(p))]
        out["token_logprobs"].append(tl)
        out["surprisal"].append(-sum(tl) / len(tl) if tl else None)
        if len(p) == 19:
            out["logits_full_19"] = [[round(v, 7) for v in row] for row in l.tolist()]
        out["label_logprobs"].append(label_logprobs(m, p) if len(p) < 120 else None)
        with torch.no_grad():
            g = m.generate(torch.tensor([p]), max_new_tokens=20, do_sample=False, use_cache=True, pad_token_id=0) if len(p) < 100 else None
        out["greedy"].append(g[0, len(p):].tolist() if g is not None else None)
    return out

base = record(model)
lora = peft.LoraConfig(r=4, lora_alpha=12, use_rslora=True, lora_dropout=0.0, task_type="CAUSAL_LM", bias="none",
                       target_modules=["q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"])
adapted = peft.get_peft_model(model, lora)
with torch.no_grad():
    for name, p in adapted.named_parameters():
        if "lora_B" in name:
            p.copy_(0.1 * torch.randn_like(p))
adapted.eval()
adapted.save_pretrained(folder / "adapter")
(folder / "adapter" / "README.md").unlink(missing_ok=True)
# peft writes the targets in a set's order, which changes from run to run.
path = folder / "adapter" / "adapter_config.json"
written = json.loads(path.read_text())
written["target_modules"].sort()
path.write_text(json.dumps(written, indent=2, sort_keys=True) + "\n")

values = {"tool": "transformers, peft", "versions": {"transformers": transformers.__version__, "peft": peft.__version__, "torch": torch.__version__, "python": sys.version.split()[0]},
          "seed": SEED, "prompts": prompts, "labels": labels, "base": base, "adapter": record(adapted)}
(golden / "llama_tiny.json").write_text(json.dumps(values) + "\n")
