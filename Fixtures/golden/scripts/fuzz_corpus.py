"""Writes the seeds of Fixtures/fuzz, small and ours: `python Fixtures/golden/scripts/fuzz_corpus.py`. Inputs of mended findings are added by hand, beside them."""
import json, pathlib

import numpy, safetensors.numpy
from tokenizers import Tokenizer, decoders, models, normalizers, pre_tokenizers, processors, trainers

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent / "fuzz"


def write(target, name, data):
    path = ROOT / target / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data if isinstance(data, bytes) else data.encode())


def tensors():
    f32 = numpy.arange(6, dtype=numpy.float32).reshape(2, 3)
    save = safetensors.numpy.save
    write("safetensors", "plain.safetensors", save({"a": f32, "b": f32.astype(numpy.float16)}, {"format": "pt"}))
    write("safetensors", "scalar-and-empty.safetensors", save({"s": numpy.array(1.5, numpy.float32), "e": numpy.zeros((0, 4), numpy.float32), "é": f32}))
    write("safetensors", "types.safetensors", save({"i": numpy.arange(3), "u": numpy.arange(3, dtype=numpy.uint8), "b": numpy.array([True, False])}))
    write("safetensors", "empty.safetensors", save({}))
    header = json.dumps({"w": {"dtype": "BF16", "shape": [2], "data_offsets": [0, 4]}}).encode()
    write("safetensors", "bf16.safetensors", len(header).to_bytes(8, "little") + header + b"\x80\x3f\xc0\x7f")
    header = b'{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"b":{"dtype":"F32","shape":[1],"data_offsets":[2,6]}}'
    write("safetensors", "overlap.bad.safetensors", len(header).to_bytes(8, "little") + header + bytes(6))
    write("safetensors", "length.bad.safetensors", b"\xff" * 8 + b"{}")


def indices():
    names = ["model-00001-of-00002.safetensors", "model-00002-of-00002.safetensors"]
    good = {"metadata": {"total_size": 24}, "weight_map": {"a": names[0], "b": names[0], "c": names[1]}}
    write("index", "good.json", json.dumps(good))
    for title, change in {"parent": {"a": "../outside.safetensors"}, "link": {"secret": "link.safetensors"}, "missing": {"a": "none.safetensors"}}.items():
        write("index", f"{title}.bad.json", json.dumps({"weight_map": good["weight_map"] | change}))
    write("index", "unlisted.bad.json", json.dumps({"weight_map": {"a": names[0]}}))


def configurations():
    base = {
        "architectures": ["LlamaForCausalLM"], "model_type": "llama", "hidden_size": 64, "intermediate_size": 128, "num_hidden_layers": 2,
        "num_attention_heads": 4, "num_key_value_heads": 2, "vocab_size": 96, "max_position_embeddings": 128, "rms_norm_eps": 1e-05,
        "rope_theta": 10000.0, "tie_word_embeddings": True, "bos_token_id": 1, "eos_token_id": [2, 3], "hidden_act": "silu", "torch_dtype": "bfloat16",
    }
    write("configuration", "llama4.json", json.dumps(base))
    v5 = {key: value for key, value in base.items() if key not in ("rope_theta", "torch_dtype")}
    write("configuration", "llama5.json", json.dumps(v5 | {"dtype": "float32", "rope_parameters": {"rope_type": "default", "rope_theta": 500000.0}}))
    scaling = {"rope_type": "llama3", "factor": 8.0, "low_freq_factor": 1.0, "high_freq_factor": 4.0, "original_max_position_embeddings": 64}
    write("configuration", "llama3-rope.json", json.dumps(base | {"rope_scaling": scaling, "head_dim": 16, "attention_bias": False, "mlp_bias": False}))
    write("configuration", "quantised.bad.json", json.dumps(base | {"quantization_config": {"quant_method": "gptq", "bits": 4}}))
    families = {
        "qwen2": {"use_sliding_window": False, "sliding_window": None, "max_window_layers": 2},
        "qwen3": {"head_dim": 16, "layer_types": ["full_attention", "full_attention"]},
        "gemma2": {"head_dim": 16, "query_pre_attn_scalar": 16, "attn_logit_softcapping": 50.0, "final_logit_softcapping": 30.0, "hidden_activation": "gelu_pytorch_tanh"},
        "phi3": {"rope_scaling": {"type": "longrope", "short_factor": [1.0] * 8, "long_factor": [2.0] * 8}, "original_max_position_embeddings": 64},
    }
    for name, change in families.items():
        write("configuration", f"{name}.json", json.dumps(base | {"model_type": name, "architectures": [name.capitalize() + "ForCausalLM"]} | change))


def tokenizers_():
    lines = ["hello world", "the quick brown fox", "hello the fox", "12 34 été"] * 4
    byte_level = Tokenizer(models.BPE())
    byte_level.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    byte_level.decoder = decoders.ByteLevel()
    byte_level.train_from_iterator(lines, trainers.BpeTrainer(vocab_size=290, initial_alphabet=pre_tokenizers.ByteLevel.alphabet(), special_tokens=["<s>", "</s>"], show_progress=False))
    byte_level.post_processor = processors.TemplateProcessing(single="<s> $A", special_tokens=[("<s>", 0)])
    write("tokenizer", "byte-level.json", byte_level.to_str())
    unigram = Tokenizer(models.Unigram())
    unigram.normalizer = normalizers.Sequence([normalizers.NFKC(), normalizers.Lowercase()])
    unigram.pre_tokenizer = pre_tokenizers.Metaspace()
    unigram.decoder = decoders.Metaspace()
    unigram.train_from_iterator(lines, trainers.UnigramTrainer(vocab_size=40, special_tokens=["<unk>"], unk_token="<unk>", show_progress=False))
    write("tokenizer", "unigram.json", unigram.to_str())
    pieces = Tokenizer(models.WordPiece(unk_token="[UNK]"))
    pieces.normalizer = normalizers.BertNormalizer()
    pieces.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    pieces.decoder = decoders.WordPiece()
    pieces.train_from_iterator(lines, trainers.WordPieceTrainer(vocab_size=60, special_tokens=["[UNK]", "[CLS]", "[SEP]"], show_progress=False))
    write("tokenizer", "wordpiece.json", pieces.to_str())
    vocabulary = {"<unk>": 0, "<s>": 1, "▁": 2, "a": 3, "b": 4, "▁a": 5, "ab": 6} | {f"<0x{byte:02X}>": 7 + byte for byte in range(256)}
    sentence = Tokenizer(models.BPE(vocab=vocabulary, merges=[("▁", "a"), ("a", "b")], unk_token="<unk>", byte_fallback=True, fuse_unk=True))
    sentence.normalizer = normalizers.Sequence([normalizers.Prepend("▁"), normalizers.Replace(" ", "▁")])
    sentence.decoder = decoders.Sequence([decoders.Replace("▁", " "), decoders.ByteFallback(), decoders.Fuse(), decoders.Strip(" ", 1, 0)])
    sentence.add_special_tokens(["<s>"])
    write("tokenizer", "sentencepiece.json", sentence.to_str())


def templates():
    for path in sorted((ROOT.parent / "golden" / "templates").glob("*.jinja")):
        if path.stat().st_size < 3000:
            write("template", path.name, path.read_bytes())
    hostile = {
        "for-ever": "{% for i in range(99999) %}{% for j in range(99999) %}{% endfor %}{% endfor %}",
        "doubling": "{% set ns = namespace(s='ab') %}{% for i in range(60) %}{% set ns.s = ns.s ~ ns.s %}{% endfor %}{{ ns.s }}",
        "recursion": "{% macro f(x) %}{{ f(x ~ x) }}{% endmacro %}{{ f('x') }}",
        "iterators": "{% set ns = namespace(g=[1]) %}{% for i in range(9999) %}{% set ns.g = ns.g | map('string') %}{% endfor %}{{ ns.g | list }}",
        "callers": "{% set ns = namespace(c=none) %}{% macro m() %}{% set ns.c = caller %}{% endmacro %}{% for i in range(9999) %}{% set old = ns.c %}{% call m() %}{{ old }}{% endcall %}{% endfor %}",
        "loops": "{% set ns = namespace(l=none) %}{% for i in range(9999) %}{% set old = ns.l %}{% for x in [1] if x %}{% set ns.l = loop %}{% endfor %}{% endfor %}",
        "widths": "{{ '%99999d' % 1 }}{{ '{:>99999}'.format(1) }}{{ 'a'.center(999999999999) }}",
        "searching": "{{ ('a' * 500000).find('a' * 250000 ~ 'b') }}",
    }
    for name, text in hostile.items():
        write("template", f"{name}.hostile.jinja", text)


def adapters():
    base = {"peft_type": "LORA", "task_type": "CAUSAL_LM", "r": 8, "lora_alpha": 16, "lora_dropout": 0.0, "bias": "none", "target_modules": ["q_proj", "v_proj"]}
    write("adapter", "plain.json", json.dumps(base))
    write("adapter", "all-linear.json", json.dumps(base | {"target_modules": "all-linear", "use_rslora": True, "rank_pattern": {}, "modules_to_save": None}))
    write("adapter", "regex.json", json.dumps(base | {"target_modules": r".*\.(q|v)_proj$"}))
    write("adapter", "patterns.json", json.dumps(base | {"rank_pattern": {"^model.layers.0.q_proj": 4}, "alpha_pattern": {"v_proj": 1.5}, "layers_to_transform": [0, 1]}))
    write("adapter", "dora.json", json.dumps(base | {"use_dora": True, "modules_to_save": ["lm_head"], "fan_in_fan_out": False}))


def patterns():
    path = "model.layers.11.self_attn.q_proj"
    for name, pattern in {
        "list": r".*\.(q|k|v)_proj$", "ahead": r"^(?!.*(?:vision|audio)).*layers\.(?=\d{2}\.)\d+\..*", "classes": r"[\w.]+?\.[^.\d-]*_proj\Z",
        "bounds": r"(?P<a>\bmodel\b)\.(?:layers\.){1,2}[0-9]{,3}.*", "nested.hostile": "(?=(a*)*)((a|aa)+)+$", "empty.hostile": "(|a|(|b)*)*c",
    }.items():
        write("pattern", f"{name}.txt", "\n".join([pattern, path, "", "vision." + path, "a" * 60 + "!"]))


tensors()
indices()
configurations()
tokenizers_()
templates()
adapters()
patterns()
print(sum(1 for path in ROOT.rglob("*") if path.is_file()), "files,", sum(path.stat().st_size for path in ROOT.rglob("*") if path.is_file()), "bytes")
