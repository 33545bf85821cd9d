"""Golden values for Tokenizer: ids, offsets and decoded text of Hugging Face's tokenizers.

Trains two small byte-level BPE tokenizers on text of our own, derives variants from them, and encodes about 2,000 odd strings.
Run from the project's folder: python Fixtures/golden/scripts/tokenizer_golden.py
"""

import json
import random
import sys
import unicodedata
from pathlib import Path

sys.path.pop(0)  # this folder holds scripts named like modules of Python's own
import tokenizers
from tokenizers import Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, trainers

SEED = 20260
OUT = Path(__file__).resolve().parent.parent
GPT2 = r"""'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+"""
LLAMA3 = r"""(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"""
QWEN2 = r"""(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"""

SENTENCES = [
    "The parcel that I've ordered on 12 March hasn't arrived, and the tracking page says it'll come tomorrow.",
    "Please refund order 4711-B; we're not happy with the kettle, it's leaking and the lid doesn't close.",
    "How do I reset my password? I don't see the e-mail you'd sent me.",
    "Die Rechnung über 1.299,50 Euro ist falsch, bitte prüfen Sie das schöne Gerät.",
    "Où est passée ma commande ? Elle a été payée hier soir à 22 h 45.",
    "¿Dónde está mi pedido número 98765? ¡Gracias por su ayuda!",
    "Мой заказ ещё не пришёл, помогите пожалуйста.",
    "我的包裹还没有到，请帮我查一下。 注文した商品が届きません。",
    "ใบแจ้งหนี้ของฉันไม่ถูกต้อง กรุณาตรวจสอบ",
    "मेरा ऑर्डर अभी तक नहीं आया है, कृपया मदद करें।",
    "주문한 상품이 아직 도착하지 않았습니다.",
    "def total(items):\n    return sum(i.price * i.count for i in items)\n\n\nprint(total([]))\t# 0\r\n",
    "🙂👍🏽 Great service! 👩‍👩‍👧‍👦 5/5 stars...",
]

PIECES = [
    "the", " order", "I've", "don't", "WE'LL", "it'S", "'re", "'", "''t", "x'\u017f", " 12", "1234567", "3.14", "²", "Ⅷ", "٣٤", "½", " ", "  ", "   ", "\t", "\n", "\r\n",
    "\r", "\n\n", " \n ", "\u00a0", "\u2003", "\u3000", "\u2028", "\u0085", "\u200b", "\u200d", "\ufeff", "\u00ad", "é", "e\u0301", "\u0301", "ệ", "e\u0323\u0302",
    "o\u0302\u0323", "Å", "\u212b", "ﬁ", "ǆ", "ß", "İ", "ñ", "n\u0303", "ü", "日本語", "注文", "，", "。", "中", "ไทย", "กำ", "ที่", "हिन्दी", "क\u094d", "\u0958", "ক\u09c7\u09be",
    "한국어", "\u1112\u1161\u11ab", "\u1100", "ع", "שָׁלוֹם", "Ж", "ё", "é", "🙂", "👍🏽", "👩‍👩‍👧‍👦", "🇩🇪", "🏴\U000e0067\U000e007f", "\U0001d54f", "\U00020000", "\U0010ffff", "\ue000",
    "\x00", "\x01", "\x1b[0m", "\x7f", "\x1c", "<|end|>", "<|start|>", "<|end|", "<s>", "</s>", "<pad>", "[MASK]", "a<|end|>b", "...", "!?", "--", "://", "#1", "a_b", "@x",
    "$5", "€", "+", "{}", "\\n", "\"", "%20", "Ġ", "Ċ", "▁", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", "=" * 40, " " * 20, "lstrip", "KK", "word", "wörd",
]


def text(random_source):
    count = random_source.choice([1, 1, 2, 2, 3, 3, 4, 5, 7])
    parts = [random_source.choice(PIECES) for _ in range(count)]
    if random_source.random() < 0.2:
        parts.append(random_source.choice(random_source.choice(SENTENCES).split(" ")))
    if random_source.random() < 0.1:
        parts.append(chr(random_source.choice([random_source.randrange(0x20, 0xD800), random_source.randrange(0xE000, 0x10000), random_source.randrange(0x10000, 0x20000)])))
    return random_source.choice(["", " ", ""]).join(parts)


def train(pre_tokenizer, specials, vocabulary):
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizer
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=vocabulary, special_tokens=specials, initial_alphabet=pre_tokenizers.ByteLevel.alphabet(), show_progress=False
    )
    tokenizer.train_from_iterator(SENTENCES * 3, trainer)
    return json.loads(tokenizer.to_str())


def byte_level(prefix=False, regex=True, trim=True):
    return {"type": "ByteLevel", "add_prefix_space": prefix, "trim_offsets": trim, "use_regex": regex}


def split(regex, behavior="Isolated", invert=False):
    return {"type": "Split", "pattern": {"Regex": regex}, "behavior": behavior, "invert": invert}


def sequence(*parts):
    return {"type": "Sequence", "pretokenizers": list(parts)}


def added(identifier, content, **flags):
    base = {"id": identifier, "content": content, "single_word": False, "lstrip": False, "rstrip": False, "normalized": False, "special": True}
    return base | flags


def template(bos, bos_id, eos, eos_id):
    def special(name, type_id):
        return {"SpecialToken": {"id": name, "type_id": type_id}}

    def part(name, type_id):
        return {"Sequence": {"id": name, "type_id": type_id}}

    return {
        "type": "TemplateProcessing",
        "single": [special(bos, 0), part("A", 0)],
        "pair": [special(bos, 0), part("A", 0), special(eos, 0), part("B", 1), special(eos, 1)],
        "special_tokens": {
            bos: {"id": bos, "ids": [bos_id], "tokens": [bos]},
            eos: {"id": eos, "ids": [eos_id], "tokens": [eos]},
        },
    }


def main():
    specials = ["<|start|>", "<|end|>", "<pad>"]
    gpt2 = train(pre_tokenizers.ByteLevel(add_prefix_space=False), specials, 700)
    gpt2["post_processor"] = byte_level()
    llama3 = train(
        pre_tokenizers.Sequence([pre_tokenizers.Split(Regex(LLAMA3), "isolated"), pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)]),
        specials, 700,
    )
    llama3["model"]["ignore_merges"] = True
    llama3["post_processor"] = {"type": "Sequence", "processors": [byte_level(), template("<|start|>", 0, "<|end|>", 1)]}
    bases = {"gpt2": gpt2, "llama3": llama3}
    for name, value in bases.items():
        merges = value["model"]["merges"]
        # Both spellings of merges are found in the wild; one file has each.
        value["model"]["merges"] = [" ".join(pair) for pair in merges] if name == "gpt2" else merges
        (OUT / f"tokenizer-{name}.json").write_text(json.dumps(value, ensure_ascii=False, separators=(",", ":")), encoding="utf-8")

    size = max(gpt2["model"]["vocab"].values()) + 1
    flagged = gpt2["added_tokens"] + [
        added(size, "[MASK]", lstrip=True, special=True),
        added(size + 1, "KK", rstrip=True, special=False),
        added(size + 2, "word", single_word=True, special=False),
        added(size + 3, "é", normalized=True, special=False),
        added(size + 4, "<|end|><|end|>", special=True),
        added(size + 5, "日本", normalized=True, special=False),
    ]
    for token in flagged:  # a token that the vocabulary has keeps its id there
        token["id"] = gpt2["model"]["vocab"].get(token["content"], token["id"])
    fresh = [token for token in flagged if token["id"] >= size]
    for place, token in enumerate(fresh):
        token["id"] = size + place
    variants = [
        ("plain", "gpt2", {}),
        ("prefix", "gpt2", {"pre_tokenizer": byte_level(prefix=True), "post_processor": byte_level(prefix=True)}),
        ("digits", "gpt2", {"pre_tokenizer": sequence({"type": "Digits", "individual_digits": True}, byte_level()), "post_processor": byte_level(trim=False)}),
        ("runs", "gpt2", {"pre_tokenizer": sequence({"type": "Digits", "individual_digits": False}, byte_level(prefix=True)), "post_processor": None}),
        ("qwen2", "gpt2", {"normalizer": {"type": "NFC"}, "pre_tokenizer": sequence(split(QWEN2), byte_level(regex=False)), "post_processor": byte_level(trim=False)}),
        ("flags", "gpt2", {"normalizer": {"type": "NFC"}, "added_tokens": flagged, "post_processor": None}),
        ("llama3", "llama3", {}),
        ("inverted", "llama3", {"pre_tokenizer": sequence(split(GPT2, "Removed", True), byte_level(regex=False)), "post_processor": template("<|start|>", 0, "<|end|>", 1)}),
    ]
    source = random.Random(SEED)
    cases = []
    pairs = []
    decoded = []
    for name, base, patch in variants:
        tokenizer = Tokenizer.from_str(json.dumps(bases[base] | patch))
        texts = ["", " ", "a", "\n"] + (SENTENCES if name in ("plain", "llama3") else SENTENCES[::4]) + [text(source) for _ in range(235)]
        rows = []
        for value in texts:
            encoding = tokenizer.encode(value)
            flat = [number for offset in encoding.offsets for number in (offset[0], offset[1] - offset[0])]
            rows.append([value, encoding.ids, flat])
        cases.append({"variant": name, "rows": rows})
        for _ in range(4):
            a, b = text(source), text(source)
            encoding = tokenizer.encode(a, b)
            pairs.append({"variant": name, "a": a, "b": b, "ids": encoding.ids, "type_ids": encoding.type_ids, "offsets": [list(o) for o in encoding.offsets]})
        for _ in range(15):
            ids = [source.randrange(0, tokenizer.get_vocab_size()) for _ in range(source.randrange(1, 12))]
            decoded.append({"variant": name, "ids": ids, "kept": tokenizer.decode(ids, skip_special_tokens=False), "skipped": tokenizer.decode(ids)})

    golden = {
        "tool": f"tokenizers {tokenizers.__version__}",
        "script": "Fixtures/golden/scripts/tokenizer_golden.py",
        "seed": SEED,
        "variants": [{"name": name, "base": base, "patch": patch} for name, base, patch in variants],
        "cases": cases,
        "pairs": pairs,
        "decoded": decoded,
        "compositions": compositions(),
        "classes": {name: classes(pattern) for name, pattern in [("letter", r"\p{L}+"), ("number", r"\p{N}+"), ("space", r"\s+")]},
    }
    (OUT / "tokenizer.json").write_text(json.dumps(golden, ensure_ascii=False, separators=(",", ":")), encoding="utf-8")


def compositions():
    """Every character that two compose to: composed, first, second."""
    nfc = normalizers.NFC()
    flat = []
    for code in range(0xC0, 0x323B0):
        parts = [] if 0xAC00 <= code < 0xE000 else unicodedata.decomposition(chr(code)).split()
        if len(parts) == 2 and not parts[0].startswith("<") and nfc.normalize_str("".join(chr(int(part, 16)) for part in parts)) == chr(code):
            flat += [code, int(parts[0], 16), int(parts[1], 16)]
    return flat


def classes(pattern):
    """Ranges of scalars that the pattern matches, as begin and length one after the other."""
    scalars = [c for c in range(0x323B0) if not 0xD800 <= c < 0xE000]
    splitter = pre_tokenizers.Split(Regex(pattern), "removed", invert=True)
    flat = []
    for _, (start, end) in splitter.pre_tokenize_str("".join(map(chr, scalars))):
        begin, length = scalars[start], end - start
        # The surrogates are not in the text, so a run may pass over them.
        if begin < 0xD800 and scalars[end - 1] >= 0xE000:
            flat += [begin, 0xD800 - begin, 0xE000, scalars[end - 1] - 0xE000 + 1]
        else:
            flat += [begin, length]
    return flat


if __name__ == "__main__":
    main()
