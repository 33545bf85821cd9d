"""Makes a tiny random model of every family the engine runs, and what transformers computes with it in float32.

Writes, for each case, Fixtures/golden/families/<case>/: config.json and model.safetensors as transformers saves them (cases that differ from another one only in
config.json have no weights of their own: expected.json names the other under "weights"), expected.json (texts, greedy generations, how far the logits move when a
feature is switched off) and expected.safetensors (logits or hidden states of the texts). Decoders have a PEFT adapter over all linear layers in adapter/.

Weights are scaled so that every feature matters: biases far from 0, norms away from 1, windows of 8, contexts of 16 under scaled rotary embeddings. The script
fails if switching a feature off moves no logit by more than 0.01.

Run from the repository's root: python3 Fixtures/golden/families/make.py
"""
import copy, json, math, pathlib, shutil, sys
import peft, torch, transformers
from safetensors.torch import save_file
from transformers import AutoConfig, AutoModel, AutoModelForCausalLM, AutoModelForSequenceClassification

SEED = 20261121
MOVED = 1e-2
torch.set_num_threads(1)
here = pathlib.Path(__file__).resolve().parent
VERSIONS = {"transformers": transformers.__version__, "torch": torch.__version__, "peft": peft.__version__, "python": sys.version.split()[0]}
LENGTHS = (1, 7, 20, 40)

SIZES = dict(vocab_size=96, hidden_size=32, intermediate_size=48, num_hidden_layers=2, num_attention_heads=4, num_key_value_heads=2,
             max_position_embeddings=64, bos_token_id=1, eos_token_id=2, pad_token_id=0)


def texts(lengths=LENGTHS):
    return [torch.randint(4, 96, (n,), generator=torch.Generator().manual_seed(1000 + n)).tolist() for n in lengths]


def fill(model, seed, plus_one=False, embedding=1.0):
    """Random weights of a size at which attention is neither flat nor one-hot."""
    g = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for name, p in model.named_parameters():
            noise = torch.randn(p.shape, generator=g)
            if "norm" in name.lower() or ".ln_" in name:
                p.copy_(0.3 * noise if name.endswith("bias") or plus_one else 1 + 0.3 * noise)
            elif name.endswith("bias"):
                p.copy_(0.4 * noise)
            elif "embed" in name or "wte" in name or "wpe" in name:
                p.copy_(embedding * noise)
            else:
                p.copy_(noise * 1.2 / math.sqrt(32))


def fresh(model):
    """A copy, since dynamic rotary embeddings remember the longest text they have seen."""
    return copy.deepcopy(model).eval()


def causal_logits(model, ids):
    with torch.no_grad():
        return fresh(model)(torch.tensor([ids]), use_cache=False).logits[0].float().contiguous()


def greedy(model, ids, count):
    with torch.no_grad():
        out = fresh(model).generate(torch.tensor([ids]), attention_mask=torch.ones(1, len(ids), dtype=torch.long), max_new_tokens=count, do_sample=False,
                                    use_cache=True, pad_token_id=0, eos_token_id=None)
    return out[0, len(ids):].tolist()


def moved(make, weights, features, compute, reference, longest):
    """How far the outputs of the longest text move when each feature is switched off."""
    report = {}
    for name, change in features.items():
        other = make(change) if isinstance(change, dict) else make({})
        other.load_state_dict(weights, strict=not isinstance(change, dict))
        if callable(change):
            with torch.no_grad():
                change(other)
        report[name] = round((compute(other, longest) - reference).abs().max().item(), 6)
        assert report[name] > MOVED, f"{name} moves the output by {report[name]} only"
    return report


def zero(part):
    def change(model):
        hit = [p for n, p in model.named_parameters() if n.endswith(part)]
        assert hit, part
        for p in hit:
            p.zero_()
    return change


def one(part):
    def change(model):
        hit = [p for n, p in model.named_parameters() if part in n]
        assert hit, part
        for p in hit:
            p.fill_(1)
    return change


def write(case, expected, tensors):
    folder = here / case
    save_file(tensors, folder / "expected.safetensors")
    (folder / "expected.json").write_text(json.dumps({"versions": VERSIONS, "seed": SEED, **expected}) + "\n")
    print(case, expected.get("moved"), sum(f.stat().st_size for f in folder.rglob("*") if f.is_file()))


def decoder(case, model_type, changes, features, plus_one=False, embedding=1.0, dtype=None, weights=None, adapter=True, lengths=LENGTHS, fixes=None):
    folder = here / case
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()

    def make(overrides):
        torch.manual_seed(SEED)
        values = {**SIZES, **changes, **overrides} if model_type != "gpt2" else {**changes, **overrides}
        config = AutoConfig.for_model(model_type, **{k: v for k, v in values.items() if v != "absent"})
        config._attn_implementation = "eager"
        return AutoModelForCausalLM.from_config(config, attn_implementation="eager", dtype=torch.float32).eval()

    model = make({})
    fill(model, SEED, plus_one, embedding)
    if weights:
        source = AutoModelForCausalLM.from_pretrained(here / weights, attn_implementation="eager", dtype=torch.float32)
        model.load_state_dict(source.state_dict())
        model.config.save_pretrained(folder)
    else:
        stored = copy.deepcopy(model)
        stored.to(dtype or torch.float32)
        stored.save_pretrained(folder)
        if dtype:
            model.load_state_dict({k: v.float() for k, v in stored.state_dict().items()})
    (folder / "generation_config.json").unlink(missing_ok=True)
    if fixes:
        # The spelling of transformers 4.
        config = json.loads((folder / "config.json").read_text())
        for key, value in fixes.items():
            config.pop(key, None)
            if value != "absent":
                config[key] = value
        (folder / "config.json").write_text(json.dumps(config, indent=2, sort_keys=True) + "\n")
        again = AutoModelForCausalLM.from_pretrained(folder if not weights else here / weights, config=AutoConfig.from_pretrained(folder),
                                                     attn_implementation="eager", dtype=torch.float32)
        assert torch.equal(causal_logits(again, texts()[-1]), causal_logits(model, texts()[-1]))
    prompts = texts(lengths)
    tensors = {f"logits.{len(p)}": causal_logits(model, p) for p in prompts}
    state = model.state_dict()
    expected = {"kind": "decoder", "prompts": prompts, "weights": weights or case,
                "greedy": [greedy(model, p, 14) for p in prompts],
                "moved": moved(make, state, features, causal_logits, tensors[f"logits.{lengths[-1]}"], prompts[-1])}
    if dtype:
        lower = fresh(model).to(dtype)
        tensors["rounded"] = causal_logits(lower, prompts[-1])
    if adapter:
        torch.manual_seed(SEED + 1)
        targets = sorted({n.rsplit(".", 1)[-1] for n, m in model.named_modules()
                          if isinstance(m, (torch.nn.Linear, transformers.pytorch_utils.Conv1D)) and "lm_head" not in n})
        adapted = peft.get_peft_model(fresh(model), peft.LoraConfig(r=2, lora_alpha=5, task_type="CAUSAL_LM", target_modules=targets))
        g = torch.Generator().manual_seed(SEED + 2)
        with torch.no_grad():
            for n, p in adapted.named_parameters():
                if "lora_" in n:
                    p.copy_(0.15 * torch.randn(p.shape, generator=g))
        adapted.save_pretrained(folder / "adapter")
        (folder / "adapter" / "README.md").unlink(missing_ok=True)
        path = folder / "adapter" / "adapter_config.json"
        values = json.loads(path.read_text())
        values["target_modules"].sort()
        values["base_model_name_or_path"] = None
        path.write_text(json.dumps(values, indent=2, sort_keys=True) + "\n")
        tensors["adapted"] = causal_logits(adapted, prompts[2])
        for part in targets:
            other = copy.deepcopy(adapted)
            with torch.no_grad():
                for n, p in other.named_parameters():
                    if f".{part}.lora_B" in n:
                        p.zero_()
            far = (causal_logits(other, prompts[2]) - tensors["adapted"]).abs().max().item()
            assert far > MOVED, (part, far)
            expected["moved"][f"adapter of {part}"] = round(far, 6)
    write(case, expected, tensors)


def default_rope(theta=10000.0, **more):
    return {"rope_type": "default", "rope_theta": theta, **more}


def decoders():
    theta = 200.0
    decoder("llama", "llama", dict(attention_bias=True, mlp_bias=True, rms_norm_eps=1e-2, head_dim=12, rope_parameters=default_rope(theta)), {
        "attention_bias": {"attention_bias": False}, "mlp_bias": {"mlp_bias": False}, "rms_norm_eps": {"rms_norm_eps": 1e-6},
        "rope_theta": {"rope_parameters": default_rope()}, "hidden_act": {"hidden_act": "gelu"},
        "input_layernorm": one("input_layernorm"), "post_attention_layernorm": one("post_attention_layernorm"), "norm": one("model.norm.weight")})
    plain = dict(attention_bias=True, mlp_bias=True, rms_norm_eps=1e-2, head_dim=12)
    off = {"scaling": {"rope_parameters": default_rope(theta)}}
    decoder("llama-linear", "llama", dict(plain, rope_parameters={"rope_type": "linear", "factor": 4.0, "rope_theta": theta}), off, weights="llama",
            adapter=False, fixes={"rope_parameters": "absent", "rope_theta": theta, "rope_scaling": {"type": "linear", "factor": 4.0}, "dtype": "absent",
                                  "torch_dtype": "float32"})
    decoder("llama-dynamic", "llama", dict(plain, max_position_embeddings=16, rope_parameters={"rope_type": "dynamic", "factor": 4.0, "rope_theta": theta}),
            {"scaling": {"rope_parameters": default_rope(theta)}}, weights="llama", adapter=False)
    scaled = {"rope_type": "llama3", "factor": 8.0, "low_freq_factor": 1.0, "high_freq_factor": 4.0, "original_max_position_embeddings": 32, "rope_theta": theta}
    decoder("llama3", "llama", dict(plain, rope_parameters=scaled), {
        **off, "low_freq_factor": {"rope_parameters": {**scaled, "low_freq_factor": 0.25}},
        "high_freq_factor": {"rope_parameters": {**scaled, "high_freq_factor": 2.0}}}, weights="llama", adapter=False)
    yarn = {"rope_type": "yarn", "factor": 4.0, "original_max_position_embeddings": 16, "rope_theta": theta, "beta_fast": 1.2, "beta_slow": 0.3}
    decoder("llama-yarn", "llama", dict(plain, rope_parameters=yarn), {
        **off, "attention_factor": {"rope_parameters": {**yarn, "attention_factor": 1.0}}, "beta_slow": {"rope_parameters": {**yarn, "beta_slow": 1.0}},
        "truncate": {"rope_parameters": {**yarn, "truncate": False}}}, weights="llama", adapter=False)
    mscale = {**yarn, "mscale": 1.2, "mscale_all_dim": 0.4, "truncate": False}
    decoder("llama-yarn-mscale", "llama", dict(plain, rope_parameters=mscale), {
        **off, "mscale": {"rope_parameters": {k: v for k, v in mscale.items() if "mscale" not in k}},
        "beta_fast": {"rope_parameters": {**mscale, "beta_fast": 32.0}}, "truncate": {"rope_parameters": {**mscale, "truncate": True}}}, weights="llama", adapter=False)
    decoder("mistral", "mistral", dict(sliding_window=8, head_dim=16, rope_parameters=default_rope(theta)), {
        "sliding_window": {"sliding_window": None}, "window by one": {"sliding_window": 9}})
    decoder("qwen2", "qwen2", dict(num_hidden_layers=3, use_sliding_window=True, sliding_window=8, max_window_layers=2, rope_parameters=default_rope(theta)), {
        "q_proj.bias": zero("q_proj.bias"), "k_proj.bias": zero("k_proj.bias"), "v_proj.bias": zero("v_proj.bias"),
        "max_window_layers": {"max_window_layers": 1}, "sliding_window": {"use_sliding_window": False}},
        fixes={"layer_types": "absent", "rope_parameters": "absent", "rope_theta": theta, "sliding_window": 8})
    decoder("qwen2-bf16", "qwen2", dict(tie_word_embeddings=True, rope_parameters=default_rope(theta)), {
        "q_proj.bias": zero("q_proj.bias")}, dtype=torch.bfloat16, embedding=0.3, adapter=False)
    decoder("qwen3", "qwen3", dict(head_dim=16, attention_bias=True, num_hidden_layers=3, use_sliding_window=True, sliding_window=8,
                                   layer_types=["full_attention", "sliding_attention", "full_attention"], rope_parameters=default_rope(theta)), {
        "q_norm": one("q_norm"), "k_norm": one("k_norm"), "attention_bias": {"attention_bias": False},
        "layer_types": {"layer_types": ["sliding_attention", "full_attention", "full_attention"]}})
    gemma = dict(head_dim=16, query_pre_attn_scalar=6, sliding_window=8, num_hidden_layers=2, rope_parameters=default_rope(theta))
    decoder("gemma2", "gemma2", dict(gemma, attn_logit_softcapping=2.0, final_logit_softcapping=3.0), {
        "attn_logit_softcapping": {"attn_logit_softcapping": None}, "final_logit_softcapping": {"final_logit_softcapping": None},
        "query_pre_attn_scalar": {"query_pre_attn_scalar": 16}, "sliding_window": {"sliding_window": 64},
        "layer order": {"layer_types": ["full_attention", "sliding_attention"]}, "hidden_activation": {"hidden_activation": "silu"},
        "gelu by tanh": {"hidden_activation": "relu"},
        "post_attention_layernorm": zero("post_attention_layernorm.weight"), "post_feedforward_layernorm": zero("post_feedforward_layernorm.weight"),
        "pre_feedforward_layernorm": zero("pre_feedforward_layernorm.weight")}, plus_one=True, embedding=0.3,
        fixes={"layer_types": "absent", "rope_parameters": "absent", "rope_theta": theta, "tie_word_embeddings": "absent"})
    nested = {"full_attention": {"rope_type": "linear", "factor": 4.0, "rope_theta": 3000.0}, "sliding_attention": default_rope(theta)}
    decoder("gemma3", "gemma3_text", dict(gemma, num_hidden_layers=3, final_logit_softcapping=4.0, rope_parameters=nested,
                                          layer_types=["sliding_attention", "full_attention", "sliding_attention"]), {
        "final_logit_softcapping": {"final_logit_softcapping": None}, "q_norm": zero("q_norm.weight"), "k_norm": zero("k_norm.weight"),
        "query_pre_attn_scalar": {"query_pre_attn_scalar": 16}, "sliding_window": {"sliding_window": 64},
        "local theta": {"rope_parameters": {**nested, "sliding_attention": default_rope()}},
        "global scaling": {"rope_parameters": {**nested, "full_attention": default_rope(3000.0)}}}, plus_one=True, embedding=0.3)
    decoder("gemma3-v4", "gemma3_text", dict(gemma, num_hidden_layers=3, sliding_window_pattern=2, rope_parameters=nested,
                                             layer_types=["sliding_attention", "full_attention", "sliding_attention"]), {
        "layer order": {"layer_types": ["sliding_attention", "sliding_attention", "full_attention"]}}, weights="gemma3", adapter=False,
        fixes={"layer_types": "absent", "rope_parameters": "absent", "rope_theta": 3000.0, "rope_local_base_freq": theta, "sliding_window_pattern": 2,
               "rope_scaling": {"rope_type": "linear", "factor": 4.0}})
    half = 6 // 2
    phi = dict(num_attention_heads=4, rms_norm_eps=1e-5, original_max_position_embeddings=16, eos_token_id=2, pad_token_id=0)
    long = {"rope_type": "longrope", "rope_theta": theta, "partial_rotary_factor": 0.75, "short_factor": [1.0, 1.3, 1.7][:half],
            "long_factor": [2.0, 3.5, 5.0][:half], "original_max_position_embeddings": 16}
    decoder("phi3", "phi3", dict(phi, sliding_window=30, rope_parameters=long), {
        "long_factor": {"rope_parameters": {**long, "long_factor": long["short_factor"]}},
        "attention factor": {"max_position_embeddings": 16}, "sliding_window": {"sliding_window": None},
        "rope": {"rope_parameters": default_rope(theta, partial_rotary_factor=0.75)}}, lengths=(1, 7, 12, 16, 40))
    decoder("phi3-mini", "phi3", dict(phi, num_hidden_layers=1, sliding_window=8, num_key_value_heads=None, max_position_embeddings=64, original_max_position_embeddings=64), {
        "sliding_window": {"sliding_window": None}}, adapter=False,
        fixes={"rope_parameters": "absent", "rope_theta": 10000.0, "rope_scaling": None})
    decoder("smollm3", "smollm3", dict(num_hidden_layers=3, no_rope_layers=[1, 0, 1], use_sliding_window=True, sliding_window=8, rope_parameters=default_rope(theta),
                                       attention_bias=True, mlp_bias=True), {
        "no_rope_layers": {"no_rope_layers": [1, 1, 1], "layer_types": ["full_attention", "sliding_attention", "full_attention"]},
        "sliding_window": {"use_sliding_window": False}, "attention_bias": {"attention_bias": False}, "mlp_bias": {"mlp_bias": False}}, embedding=0.5)
    gpt = dict(vocab_size=96, n_embd=32, n_layer=2, n_head=4, n_positions=64, n_inner=56, bos_token_id=1, eos_token_id=2, layer_norm_epsilon=1e-2)
    decoder("gpt2", "gpt2", dict(gpt, scale_attn_by_inverse_layer_idx=True), {
        "wpe": zero("wpe.weight"), "c_attn.bias": zero("c_attn.bias"), "attn.c_proj.bias": zero("attn.c_proj.bias"), "mlp.c_fc.bias": zero("mlp.c_fc.bias"),
        "mlp.c_proj.bias": zero("mlp.c_proj.bias"), "ln_1.bias": zero("ln_1.bias"), "ln_2.weight": one("ln_2.weight"), "ln_f.bias": zero("ln_f.bias"),
        "layer_norm_epsilon": {"layer_norm_epsilon": 1e-5}, "activation_function": {"activation_function": "relu"},
        "scale_attn_by_inverse_layer_idx": {"scale_attn_by_inverse_layer_idx": False}, "scale_attn_weights": {"scale_attn_weights": False}}, embedding=0.5)
    decoder("llama-fp16", "llama", dict(rope_parameters=default_rope(theta), num_key_value_heads=4), {"rope_theta": {"rope_parameters": default_rope()}},
            dtype=torch.float16, adapter=False)


def encoder(case, model_type, changes, features, labels=3, types=True, pad=0, problem=None, pooling=None):
    folder = here / case
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    names = {i: f"label-{i}" for i in range(labels)}

    def make(overrides):
        torch.manual_seed(SEED)
        values = {**changes, **overrides}
        config = AutoConfig.for_model(model_type, **values)
        config._attn_implementation = "eager"
        if pooling:
            return AutoModel.from_config(config, attn_implementation="eager").eval()
        config.num_labels = labels
        config.id2label, config.label2id = names, {v: k for k, v in names.items()}
        if problem:
            config.problem_type = problem
        return AutoModelForSequenceClassification.from_config(config, attn_implementation="eager").eval()

    model = make({})
    fill(model, SEED, embedding=0.7)
    model.save_pretrained(folder)
    prompts = texts((1, 7, 20, 30))
    if pad:
        prompts[2][5] = pad  # a padding token inside the text is not counted by RoBERTa's positions
    kinds = [[0] * (len(p) // 2) + [1] * (len(p) - len(p) // 2) if types else None for p in prompts]

    def run(m, ids, kind):
        extra = {"token_type_ids": torch.tensor([kind])} if kind else {}
        with torch.no_grad():
            return m(torch.tensor([ids]), attention_mask=torch.ones(1, len(ids), dtype=torch.long), output_hidden_states=True, **extra)

    tensors = {}
    for p, k in zip(prompts, kinds):
        out = run(model, p, k)
        tensors[f"hidden.{len(p)}"] = (out.last_hidden_state if pooling else out.hidden_states[-1])[0].contiguous()
        if not pooling:
            tensors[f"logits.{len(p)}"] = out.logits[0].contiguous()

    def output(m, ids):
        out = run(m, ids, kinds[-1])
        return out.last_hidden_state if pooling else out.logits
    expected = {"kind": "encoder", "prompts": prompts, "types": kinds if types else None,
                "moved": moved(make, model.state_dict(), features, output, output(model, prompts[-1]), prompts[-1])}
    if pooling:
        # What sentence-transformers writes beside the model.
        modules = [{"idx": 0, "name": "0", "path": "", "type": "sentence_transformers.models.Transformer"},
                   {"idx": 1, "name": "1", "path": "1_Pooling", "type": "sentence_transformers.models.Pooling"}]
        if pooling == "mean":
            modules.append({"idx": 2, "name": "2", "path": "2_Normalize", "type": "sentence_transformers.models.Normalize"})
        (folder / "modules.json").write_text(json.dumps(modules, indent=2))
        (folder / "1_Pooling").mkdir()
        (folder / "1_Pooling" / "config.json").write_text(json.dumps({
            "word_embedding_dimension": 32, "pooling_mode_cls_token": pooling == "cls", "pooling_mode_mean_tokens": pooling == "mean",
            "pooling_mode_max_tokens": False, "pooling_mode_mean_sqrt_len_tokens": False}, indent=4))
        (folder / "sentence_bert_config.json").write_text(json.dumps({"max_seq_length": 24, "do_lower_case": False}))
        for p in prompts:
            h = tensors[f"hidden.{len(p)}"].double()
            v = h.mean(0) if pooling == "mean" else h[0]
            tensors[f"embedding.{len(p)}"] = (v / v.norm() if pooling == "mean" else v).float().contiguous()
    write(case, expected, tensors)


def encoders():
    common = dict(vocab_size=96, hidden_size=32, intermediate_size=48, num_hidden_layers=2, num_attention_heads=4, max_position_embeddings=48)
    bert = {"position_embeddings": zero("position_embeddings.weight"), "token_type_embeddings": zero("token_type_embeddings.weight"),
            "embeddings.LayerNorm": one("embeddings.LayerNorm.weight"), "attention.output.LayerNorm.bias": zero("attention.output.LayerNorm.bias"),
            "query.bias": zero("query.bias"), "value.bias": zero("value.bias"), "layer_norm_eps": {"layer_norm_eps": 1e-12},
            "hidden_act": {"hidden_act": "relu"}}
    encoder("bert", "bert", dict(common, layer_norm_eps=0.1), {**bert, "pooler.dense.bias": zero("pooler.dense.bias")})
    encoder("bert-gelu-new", "bert", dict(common, hidden_act="gelu_new"), {"hidden_act": {"hidden_act": "silu"}}, labels=1)
    encoder("roberta", "roberta", dict(common, layer_norm_eps=0.1, type_vocab_size=1, pad_token_id=1), {
        **{k: v for k, v in bert.items() if k != "token_type_embeddings"}, "classifier.dense.bias": zero("classifier.dense.bias"),
        "padding_idx": {"pad_token_id": 3}}, types=False, pad=1, problem="multi_label_classification")
    encoder("xlm-roberta", "xlm-roberta", dict(common, layer_norm_eps=0.1, type_vocab_size=1, pad_token_id=1), {
        "position_embeddings": zero("position_embeddings.weight"), "padding_idx": {"pad_token_id": 3}}, types=False, pad=1)
    encoder("distilbert", "distilbert", dict(vocab_size=96, dim=32, hidden_dim=48, n_layers=2, n_heads=4, max_position_embeddings=48), {
        "position_embeddings": zero("position_embeddings.weight"), "q_lin.bias": zero("q_lin.bias"), "sa_layer_norm": one("sa_layer_norm.weight"),
        "activation": {"activation": "relu"}, "pre_classifier.bias": zero("pre_classifier.bias")}, types=False)
    encoder("sentence-mean", "bert", common, {"position_embeddings": zero("position_embeddings.weight")}, pooling="mean")
    encoder("sentence-cls", "roberta", dict(common, type_vocab_size=1, pad_token_id=1), {"position_embeddings": zero("position_embeddings.weight")},
            types=False, pooling="cls")


if __name__ == "__main__":
    decoders()
    encoders()
