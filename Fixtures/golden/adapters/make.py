"""Makes one PEFT LoRA adapter of every kind the engine runs, over the tiny models of ../families, and what peft computes with it in float32.

Writes, for each case, Fixtures/golden/adapters/<case>/: adapter_config.json and adapter_model.safetensors as peft saves them (target modules sorted, the base's path left
out, and the setting as it was given where peft writes another in its place), and expected.safetensors: `adapted`, the logits of a text of 20 tokens, and `merged`, the same
after merge_and_unload, where merging is possible. cases.json lists the cases: the base, and how far the logits move when one part of the adapter is left out.

Every trained value is drawn far from zero; the script fails where leaving a part out moves no logit by more than 0.01.

Run from the repository's root: python3 Fixtures/golden/adapters/make.py
"""
import copy, json, pathlib, re, shutil, sys, warnings
import peft, torch, transformers
from safetensors.torch import load_file, save_file
from transformers import AutoModelForCausalLM, AutoModelForSequenceClassification, AutoModel

SEED = 20261122
MOVED = 1e-2
torch.set_num_threads(1)
warnings.simplefilter("ignore")
here = pathlib.Path(__file__).resolve().parent
families = here.parent / "families"
VERSIONS = {"transformers": transformers.__version__, "torch": torch.__version__, "peft": peft.__version__, "python": sys.version.split()[0]}
TEXT = torch.randint(4, 96, (20,), generator=torch.Generator().manual_seed(1020)).tolist()
ALL = ["q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"]
cases = {}


def base(name, task, dtype=torch.float32):
    loader = {"CAUSAL_LM": AutoModelForCausalLM, "SEQ_CLS": AutoModelForSequenceClassification, "FEATURE_EXTRACTION": AutoModel}[task]
    return loader.from_pretrained(families / name, attn_implementation="eager", dtype=dtype).eval()


def run(model, task):
    with torch.no_grad():
        out = model(torch.tensor([TEXT]), attention_mask=torch.ones(1, len(TEXT), dtype=torch.long))
    return (out.last_hidden_state if task == "FEATURE_EXTRACTION" else out.logits)[0].float().contiguous()


def fill(model, config):
    """Values of a size at which every part shows; what replaces a weight keeps its size."""
    g = torch.Generator().manual_seed(SEED)
    for name, p in model.named_parameters():
        noise = torch.randn(p.shape, generator=g)
        if ".lora_magnitude_vector" in name:
            p.data.mul_(1 + 0.4 * noise)
        elif ".lora_" in name:
            p.data.copy_(0.25 * noise)
        elif ".modules_to_save." in name or (name.endswith("bias") and p.requires_grad):
            p.data.add_(0.3 * noise)


def case(name, model_name, parts, task="CAUSAL_LM", write=None, merges=True, dtype=torch.float32, **settings):
    folder = here / name
    shutil.rmtree(folder, ignore_errors=True)
    config = peft.LoraConfig(task_type=task, **{"r": 2, "lora_alpha": 5, **settings})
    given = {k: v for k, v in settings.items()}
    adapted = peft.get_peft_model(base(model_name, task, dtype), config)
    fill(adapted, config)
    adapted.eval()
    adapted.save_pretrained(folder)
    (folder / "README.md").unlink(missing_ok=True)
    path = folder / "adapter_config.json"
    values = json.loads(path.read_text())
    for key, value in values.items():
        if isinstance(value, list) and value and isinstance(value[0], str):
            values[key] = sorted(value)
    values["base_model_name_or_path"] = None
    values.update(write or {})
    path.write_text(json.dumps(values, indent=2) + "\n")
    # What is stored, read again over a fresh base, is what we compare with.
    again = peft.PeftModel.from_pretrained(base(model_name, task, dtype), folder).eval()
    tensors = {"adapted": run(again, task)}
    assert torch.equal(tensors["adapted"], run(adapted, task)), name
    far = {"whole": (tensors["adapted"] - run(base(model_name, task, dtype), task)).abs().max().item()}
    for part, pattern in parts.items():
        other = copy.deepcopy(again)
        plain = dict(base(model_name, task, dtype).named_parameters())
        hit = 0
        for n, p in other.named_parameters():
            if re.search(pattern, n):
                hit += 1
                if ".lora_" in n:
                    p.data.zero_() if "magnitude" not in n else p.data.add_(0.3)
                else:
                    key = re.sub(r"^base_model\.model\.|modules_to_save\.default\.|base_layer\.", "", n)
                    p.data.copy_(plain[key])
        assert hit, (name, part)
        far[part] = (run(other, task) - tensors["adapted"]).abs().max().item()
    assert all(v > MOVED for v in far.values()), (name, far)
    if merges:
        merged = again.merge_and_unload()
        tensors["merged"] = run(merged, task)
        if dtype != torch.float32:
            # The merged weights as peft rounds them.
            tensors.update({f"weight.{k}": v for k, v in merged.state_dict().items() if "q_proj.weight" in k})
    save_file({k: v.contiguous() for k, v in tensors.items()}, folder / "expected.safetensors")
    cases[name] = {"base": model_name, "task": task, "merges": merges, "moved": {k: round(v, 6) for k, v in far.items()}}
    print(name, sum(f.stat().st_size for f in folder.iterdir()), cases[name]["moved"], sorted(load_file(folder / "adapter_model.safetensors"))[:3])


def main():
    plain = {"q": r"q_proj.*lora_B"}
    case("list", "llama", plain, target_modules=["q_proj", "v_proj"])
    case("regex", "llama", {"down of 1": r"1.mlp.down_proj.*lora_B"}, target_modules=r"model\.layers\.\d+\.(self_attn\.[qk]_proj|mlp\.(?!gate|up)\w+_proj)")
    case("all-linear", "llama", {"down": "down_proj.*lora_B"}, target_modules="all-linear", write={"target_modules": "all-linear"})
    case("exclude", "llama", {"q": "q_proj.*lora_B"}, target_modules=ALL, exclude_modules=["layers.1.mlp.down_proj", "k_proj"])
    case("exclude-regex", "llama", {"q": "q_proj.*lora_B"}, target_modules="all-linear", exclude_modules=r".*\.0\.mlp\..*|.*o_proj",
         write={"target_modules": "all-linear"})
    case("layers", "qwen2", {"q of 2": "layers.2.*q_proj.*lora_B"}, target_modules=["q_proj", "up_proj"], layers_to_transform=[0, 2])
    case("layers-pattern", "gpt2", {"c_fc": "c_fc.*lora_B"}, target_modules=["c_attn", "c_fc"], layers_to_transform=1, layers_pattern="h")
    case("patterns", "llama", {"k": "k_proj.*lora_B"}, target_modules=ALL, r=3, lora_alpha=4,
         rank_pattern={"k_proj": 1, r"^model\.layers\.1\.mlp\..*": 5, "down_proj": 2}, alpha_pattern={r"layers\.0\..*_proj": 9, "q_proj|v_proj": 2})
    case("rslora", "qwen2", plain, target_modules=ALL, r=4, use_rslora=True, rank_pattern={"o_proj": 2}, alpha_pattern={"v_proj": 7})
    case("dora", "qwen2", {**plain, "magnitude": "lora_magnitude"}, target_modules=ALL, use_dora=True)
    case("dora-rslora", "llama", {"magnitude": "down_proj.*lora_magnitude"}, target_modules=["o_proj", "down_proj", "k_proj"], use_dora=True, use_rslora=True, r=3)
    case("gpt2", "gpt2", {"c_proj": "c_proj.*lora_B"}, target_modules=["c_attn", "c_proj", "c_fc"], fan_in_fan_out=True)
    case("gpt2-dora", "gpt2", {"magnitude": "c_fc.*lora_magnitude"}, target_modules=["c_attn", "c_fc"], use_dora=True, fan_in_fan_out=False)
    case("bias-all", "llama", {"bias of o": r"o_proj\..*bias", "bias of gate": "gate_proj.bias"}, target_modules=["q_proj", "o_proj"], bias="all")
    case("bias-all-gpt2", "gpt2", {"bias of ln": r"ln_1\.bias", "bias of c_attn": r"c_attn\..*bias"}, target_modules=["c_attn"], bias="all")
    case("bias-lora-only", "qwen2", {"bias": r"v_proj\..*bias"}, target_modules=["q_proj", "v_proj", "o_proj"], bias="lora_only")
    case("bias-dora", "qwen2", {"bias": r"v_proj\..*bias"}, target_modules=["q_proj", "v_proj"], bias="lora_only", use_dora=True)
    case("lora-bias", "llama", {"bias of B": r"lora_B.*bias"}, target_modules=["q_proj", "down_proj"], lora_bias=True)
    case("lora-bias-without-bias", "mistral", {"bias of B": r"lora_B.*bias"}, target_modules=["q_proj", "down_proj"], lora_bias=True, merges=False)
    case("embedding", "llama", {"embedding": "lora_embedding_B"}, target_modules=["embed_tokens", "q_proj"])
    case("embedding-dora", "qwen2", {"magnitude": "embed_tokens.*magnitude"}, target_modules=["embed_tokens", "v_proj"], use_dora=True)
    case("embedding-scaled", "gemma3", {"embedding": "lora_embedding_B"}, target_modules=r".*(embed_tokens|v_proj)", merges=False)
    case("embedding-tied", "gpt2", {"tokens": "wte.*lora_embedding_B", "positions": "wpe.*lora_embedding_B"}, target_modules=["wte", "wpe", "c_attn"], merges=False)
    case("head", "llama", {"head": "lm_head.*lora_B"}, target_modules=["lm_head", "q_proj"])
    case("head-tied", "gpt2", {"head": "lm_head.*lora_B"}, target_modules=["lm_head", "c_attn"], merges=False)
    case("modules-to-save", "llama", {"head": "lm_head.modules_to_save", "norm": "model.norm.modules_to_save", "table": "embed_tokens.modules_to_save"},
         target_modules=["q_proj"], modules_to_save=["lm_head", "embed_tokens", "model.norm"])
    case("modules-to-save-tied", "gpt2", {"table": "wte.*modules_to_save"}, target_modules=["c_attn"], modules_to_save=["wte", "ln_f"], merges=False)
    case("classifier", "bert", {"head": "classifier.*modules_to_save", "value": "value.*lora_B"}, task="SEQ_CLS", target_modules=["query", "value"])
    case("classifier-all-linear", "roberta", {"head": "classifier.*modules_to_save", "dense": "output.dense.*lora_B"}, task="SEQ_CLS",
         target_modules="all-linear", write={"target_modules": "all-linear"})
    case("encoder", "sentence-mean", {"value": "value.*lora_B"}, task="FEATURE_EXTRACTION", target_modules="all-linear")
    case("bf16", "qwen2-bf16", {"q": "q_proj.*lora_B"}, target_modules=["q_proj", "v_proj"], dtype=torch.bfloat16)
    (here / "cases.json").write_text(json.dumps({"versions": VERSIONS, "seed": SEED, "text": TEXT, "cases": cases}, indent=1) + "\n")


if __name__ == "__main__":
    main()
