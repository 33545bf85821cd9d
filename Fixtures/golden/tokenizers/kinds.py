"""Small tokenizers of every kind that tokenizer.json knows, and odd texts for them. Used by make.py and fuzz.py."""

import base64
import json
import random
import tempfile
import unicodedata
from pathlib import Path

from tokenizers import AddedToken, Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, processors, trainers

GPT2 = r"""'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+"""
LLAMA3 = r"""(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"""
QWEN2 = LLAMA3.replace(r"\p{N}{1,3}", r"\p{N}")
QWEN35 = r"""(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?[\p{L}\p{M}]+|\p{N}| ?[^\s\p{L}\p{M}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"""
O200K = (
    r"""[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+(?i:'s|'t|'re|'ve|'m|'ll|'d)?|"""
    r"""[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}]*(?i:'s|'t|'re|'ve|'m|'ll|'d)?|"""
    r"""\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+"""
)
CL100K = r"""'(?i:[sdmt]|ll|ve|re)|[^\r\n\p{L}\p{N}]?+\p{L}++|\p{N}{1,3}+| ?[^\s\p{L}\p{N}]++[\r\n]*+|\s++$|\s*[\r\n]|\s+(?!\S)|\s"""
DEEPSEEK = (
    r"""[!"#$%&'()*+,\-./:;<=>?@\[\\\]^_`{|}~][A-Za-z]+|[^\r\n\p{L}\p{P}\p{S}]?[\p{L}\p{M}]+| ?[\p{P}\p{S}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"""
)
CLIP = r"""<\|startoftext\|>|<\|endoftext\|>|'s|'t|'re|'ve|'m|'ll|'d|[\p{L}]+|[\p{N}]|[^\s\p{L}\p{N}]+"""

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

PIECES = (
    ["the", " order", "I've", "don't", "WE'LL", "it'S", "'re", "'", "''t", "x'\u017f", " 12", "1234567", "3.14", "²", "Ⅷ", "٣٤", "½", " ", "  ", "   ", "\t"]
    + ["\n", "\r\n", "\r", "\n\n", " \n ", "\u00a0", "\u2003", "\u3000", "\u2028", "\u0085", "\u200b", "\u200c", "\u200d", "\ufeff", "\u00ad", "é", "e\u0301"]
    + ["\u0301", "ệ", "e\u0323\u0302", "o\u0302\u0323", "Å", "\u212b", "\u212a", "ﬁ", "ﬁ\u0301", "ǆ", "ß", "İ", "i\u0307", "ñ", "n\u0303", "ü", "日本語", "注文"]
    + ["，", "。", "中", "ｱｶﾞ", "ＡＢＣ", "㍿", "①", "ไทย", "กำ", "ที่", "हिन्दी", "क\u094d", "\u0958", "ক\u09c7\u09be", "한국어", "\u1112\u1161\u11ab", "\u1100"]
    + ["ع", "ﷺ", "שָׁלוֹם", "Ж", "ё", "ǅ", "Σ", "ς", "🙂", "👍🏽", "👩‍👩‍👧‍👦", "🇩🇪", "🏴\U000e0067\U000e007f", "\U0001d54f", "\U00020000", "\U0010ffff", "\ue000", "\ufffd"]
    + ["\x00", "\x01", "\x1b[0m", "\x7f", "\x1c", "\x0b", "\x8f", "<|end|>", "<|start|>", "<|end|", "<s>", "</s>", "<pad>", "[MASK]", "[CLS]", "[SEP]", "<mask>"]
    + ["<unk>", "[UNK]", "a<|end|>b", "KK", "kk", "Kk  ", "word", " word ", "words", "wörd", "...", "!?", "--", "://", "#1", "a_b", "@x", "$5", "€", "+", "{}"]
    + ["\\n", "\"", "%20", "Ġ", "Ċ", "▁", "▁▁", "a▁b", "</w>", "##", "##er", "<0x41>", "<0xE2>", "|", "-", "a" * 52, "=" * 40, " " * 20, "lstrip", "n't", " do not"]
    + ["\u0345", "\u0f73", "\u0344", "\u1e0b\u0323", "q\u0307\u0323", "\u2126", "\uf900", "\u0340", "Ⓐ", "ͅ", "\u0488", "\u20dd", "\u0903", "\u0600a", "\u0d4e", "©\u200d®", "a\u200d"]
)


def text(source):
    """An odd text: pieces, words of sentences, and characters of all of Unicode."""
    kind = source.random()
    if kind < 0.1:
        return "".join(scalar(source) for _ in range(source.randrange(0, 12)))
    parts = [source.choice(PIECES) for _ in range(source.choice([0, 1, 1, 2, 2, 3, 3, 4, 5, 7]))]
    for _ in range(source.choice([0, 0, 1, 2])):
        parts.insert(source.randrange(0, len(parts) + 1), source.choice(source.choice(SENTENCES).split(" ")))
    for _ in range(source.choice([0, 0, 0, 1, 1, 2])):
        parts.insert(source.randrange(0, len(parts) + 1), scalar(source))
    return source.choice(["", "", " "]).join(parts)


MARKS = [chr(c) for c in range(0x110000) if unicodedata.combining(chr(c))]
WEIRD = [chr(c) for c in range(0x110000) if unicodedata.category(chr(c)) in ("Cc", "Cf", "Zs", "Zl", "Zp", "Nl", "No", "Mc", "Me", "Lt", "Lm", "Pc", "Pd", "Sk")]
FOLDED = [chr(c) for c in range(0x110000) if not 0xAC00 <= c < 0xD7A4 and unicodedata.decomposition(chr(c))]


def scalar(source):
    kind = source.random()
    if kind < 0.15:
        return source.choice(MARKS)
    if kind < 0.3:
        return source.choice(WEIRD)
    if kind < 0.45:
        return source.choice(FOLDED)
    if kind < 0.75:
        code = source.choice([source.randrange(0, 0x300), source.randrange(0, 0x3000), source.randrange(0x3000, 0xD800), source.randrange(0xE000, 0x10000)])
    else:
        code = source.choice([source.randrange(0x10000, 0x20000), source.randrange(0x10000, 0x33480), source.randrange(0xE0000, 0xE0200), source.randrange(0x10000, 0x110000)])
    return chr(code)


def flagged():
    return [
        AddedToken("[MASK]", lstrip=True, special=True, normalized=False),
        AddedToken("KK", rstrip=True, special=False, normalized=True),
        AddedToken("word", single_word=True, special=False, normalized=True),
        AddedToken("é", normalized=True, special=False),
        AddedToken("<|end|><|end|>", special=True, normalized=False),
        AddedToken("  ", special=False, normalized=False),
        AddedToken("İ\u0301", normalized=True, special=True),
        AddedToken("<mask>", lstrip=True, rstrip=True, single_word=True, special=True, normalized=True),
    ]


def byte_level(size, pre_tokenizer, normalizer=None, specials=("<|start|>", "<|end|>", "<pad>")):
    tokenizer = Tokenizer(models.BPE())
    tokenizer.normalizer = normalizer
    tokenizer.pre_tokenizer = pre_tokenizer
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=size, special_tokens=list(specials), initial_alphabet=sorted(pre_tokenizers.ByteLevel.alphabet()), show_progress=False)
    tokenizer.train_from_iterator(SENTENCES * 3, trainer)
    return tokenizer


def split_bytes(regex, behavior="isolated", invert=False, more=()):
    parts = [pre_tokenizers.Split(Regex(regex), behavior, invert), *more]
    return pre_tokenizers.Sequence([*parts, pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)])


def template(tokenizer, start, end):
    return processors.TemplateProcessing(
        single=f"{start} $A", pair=f"{start} $A {end} $B:1 {end}:1", special_tokens=[(start, tokenizer.token_to_id(start)), (end, tokenizer.token_to_id(end))])


def sentence_piece(kind, tokenizer, bytes_too=True, size=900):
    """A BPE or Unigram over characters with ▁ for spaces; `bytes_too` adds <0x00> to <0xFF>."""
    specials = ["<unk>", "<s>", "</s>"] + ([f"<0x{b:02X}>" for b in range(256)] if bytes_too else [])
    if kind == "bpe":
        trainer = trainers.BpeTrainer(vocab_size=size, special_tokens=specials, show_progress=False)
    else:
        trainer = trainers.UnigramTrainer(vocab_size=size, special_tokens=specials, unk_token="<unk>", show_progress=False)
    tokenizer.train_from_iterator(SENTENCES * 3, trainer)
    data = json.loads(tokenizer.to_str())
    data["added_tokens"] = data["added_tokens"][:3]
    if kind == "bpe":
        data["model"] |= {"unk_token": "<unk>", "fuse_unk": True, "byte_fallback": bytes_too}
    else:
        data["model"] |= {"byte_fallback": bytes_too}
    result = Tokenizer.from_str(json.dumps(data))
    result.post_processor = template(result, "<s>", "</s>")
    return result


def with_model(tokenizer, **settings):
    data = json.loads(tokenizer.to_str())
    data["model"] |= settings
    return Tokenizer.from_str(json.dumps(data))


def charsmap(rules):
    """SentencePiece's precompiled map: of its own rules by name, or of a list of (from, to)."""
    import sentencepiece

    with tempfile.TemporaryDirectory() as folder:
        corpus = Path(folder) / "text"
        corpus.write_text("\n".join(s.replace("\n", " ") for s in SENTENCES), encoding="utf-8")
        options = {"normalization_rule_name": rules} if isinstance(rules, str) else {}
        if not options:
            lines = [" ".join(f"{ord(c):X}" for c in a) + "\t" + " ".join(f"{ord(c):X}" for c in b) for a, b in rules]
            (Path(folder) / "rules").write_text("\n".join(lines) + "\n")
            options = {"normalization_rule_tsv": str(Path(folder) / "rules")}
        sentencepiece.SentencePieceTrainer.train(
            input=str(corpus), model_prefix=str(Path(folder) / "m"), vocab_size=300, hard_vocab_limit=False, minloglevel=2, **options)
        from sentencepiece import sentencepiece_model_pb2

        proto = sentencepiece_model_pb2.ModelProto()
        proto.ParseFromString((Path(folder) / "m.model").read_bytes())
        return base64.b64encode(proto.normalizer_spec.precompiled_charsmap).decode()


SMALL_RULES = [
    ("ﬁ", "fi"), ("ﬁ\u0301", "X"), ("é", "e\u0301"), ("e\u0301", "é"), ("①", "1"), ("㍿", "株式会社"), ("\u00a0", " "), ("\t", " "), ("\r\n", "\n"), ("Ａ", "A"),
    ("\u200b", " "), ("\u212b", "Å"), ("ｶﾞ", "ガ"), ("ﷺ", "صلى الله عليه وسلم"), ("...", "…"), ("\U0001d54f", "X"), ("\u00ad", ""), ("\u0301", "")]


def with_normalizer(tokenizer, value):
    data = json.loads(tokenizer.to_str())
    data["normalizer"] = value
    return Tokenizer.from_str(json.dumps(data))


def unigram(rules, bytes_too, normalizer=None):
    tokenizer = Tokenizer(models.Unigram())
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence([pre_tokenizers.WhitespaceSplit(), pre_tokenizers.Metaspace()]) if rules else pre_tokenizers.Metaspace()
    tokenizer.normalizer = normalizer
    tokenizer.decoder = decoders.Metaspace()
    result = sentence_piece("unigram", tokenizer, bytes_too, 700)
    if rules:
        parts = [{"type": "Precompiled", "precompiled_charsmap": charsmap(rules)}, {"type": "Strip", "strip_left": False, "strip_right": True}]
        parts.append({"type": "Replace", "pattern": {"Regex": " {2,}"}, "content": "▁"})
        result = with_normalizer(result, {"type": "Sequence", "normalizers": parts})
    else:
        result.decoder = decoders.Sequence([decoders.ByteFallback(), decoders.Metaspace()])
    return result


def bert(lowercase):
    tokenizer = Tokenizer(models.WordPiece(unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.BertNormalizer(lowercase=lowercase, strip_accents=None if lowercase else False)
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.decoder = decoders.WordPiece()
    trainer = trainers.WordPieceTrainer(vocab_size=500, special_tokens=["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"], show_progress=False)
    tokenizer.train_from_iterator(SENTENCES * 3, trainer)
    cls, sep = tokenizer.token_to_id("[CLS]"), tokenizer.token_to_id("[SEP]")
    if lowercase:
        tokenizer.post_processor = processors.TemplateProcessing(
            single="[CLS]:0 $A:0 [SEP]:0", pair="[CLS]:0 $A:0 [SEP]:0 $B:1 [SEP]:1", special_tokens=[("[CLS]", cls), ("[SEP]", sep)])
    else:
        tokenizer.post_processor = processors.BertProcessing(("[SEP]", sep), ("[CLS]", cls))
    return tokenizer


def characters(pre_tokenizer, normalizer=None, decoder=None, unk=True, **settings):
    """A BPE over characters, to see where words are cut."""
    tokenizer = Tokenizer(models.BPE(**({"unk_token": "<unk>"} if unk else {}), **settings))
    tokenizer.pre_tokenizer = pre_tokenizer
    tokenizer.normalizer = normalizer
    tokenizer.decoder = decoder
    affixes = {key: value for key, value in settings.items() if key in ("continuing_subword_prefix", "end_of_word_suffix")}
    trainer = trainers.BpeTrainer(vocab_size=420, special_tokens=["<unk>", "<s>", "</s>"], show_progress=False, **affixes)
    tokenizer.train_from_iterator(SENTENCES * 3, trainer)
    return tokenizer


def whole_words(pre_tokenizer, normalizer=None, decoder=None):
    tokenizer = Tokenizer(models.WordLevel(unk_token="[UNK]"))
    tokenizer.pre_tokenizer = pre_tokenizer
    tokenizer.normalizer = normalizer
    tokenizer.decoder = decoder
    tokenizer.train_from_iterator(SENTENCES * 3, trainers.WordLevelTrainer(vocab_size=400, special_tokens=["[UNK]", "[PAD]"], show_progress=False))
    return tokenizer


def added(tokenizer):
    tokenizer.add_tokens(flagged())
    return tokenizer


def metaspace(scheme, split):
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace(prepend_scheme=scheme, split=split)
    tokenizer.decoder = decoders.Metaspace(prepend_scheme=scheme, split=split)
    return sentence_piece("bpe", tokenizer)


def llama2():
    tokenizer = Tokenizer(models.BPE())
    tokenizer.normalizer = normalizers.Sequence([normalizers.Prepend("▁"), normalizers.Replace(" ", "▁")])
    tokenizer.decoder = decoders.Sequence([decoders.Replace("▁", " "), decoders.ByteFallback(), decoders.Fuse(), decoders.Strip(" ", 1, 0)])
    return sentence_piece("bpe", tokenizer)


def gemma():
    tokenizer = Tokenizer(models.BPE())
    tokenizer.normalizer = normalizers.Replace(" ", "▁")
    tokenizer.pre_tokenizer = pre_tokenizers.Split(" ", "merged_with_previous")
    tokenizer.decoder = decoders.Sequence([decoders.Replace("▁", " "), decoders.ByteFallback(), decoders.Fuse()])
    return sentence_piece("bpe", tokenizer)


def roberta():
    tokenizer = byte_level(450, pre_tokenizers.ByteLevel(add_prefix_space=True), specials=["<s>", "<pad>", "</s>", "<unk>", "<mask>"])
    tokenizer.post_processor = processors.RobertaProcessing(("</s>", 2), ("<s>", 0), trim_offsets=True, add_prefix_space=True)
    return tokenizer


def clip():
    tokenizer = Tokenizer(models.BPE(unk_token="<|endoftext|>", end_of_word_suffix="</w>"))
    tokenizer.normalizer = normalizers.Sequence([normalizers.NFC(), normalizers.Replace(Regex(r"\s+"), " "), normalizers.Lowercase()])
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence([pre_tokenizers.Split(Regex(CLIP), "removed", invert=True), pre_tokenizers.ByteLevel(add_prefix_space=False)])
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=900, special_tokens=["<|startoftext|>", "<|endoftext|>"], initial_alphabet=sorted(pre_tokenizers.ByteLevel.alphabet()), show_progress=False,
        end_of_word_suffix="</w>")
    tokenizer.train_from_iterator(SENTENCES * 3, trainer)
    tokenizer.post_processor = processors.RobertaProcessing(("<|endoftext|>", 1), ("<|startoftext|>", 0), trim_offsets=False, add_prefix_space=False)
    return tokenizer


def llama3():
    tokenizer = with_model(byte_level(600, split_bytes(LLAMA3)), ignore_merges=True)
    tokenizer.post_processor = processors.Sequence([processors.ByteLevel(trim_offsets=True), template(tokenizer, "<|start|>", "<|end|>")])
    return tokenizer


def deepseek():
    more = [pre_tokenizers.Split(Regex("[一-龥぀-ゟ゠-ヿ]+"), "isolated"), pre_tokenizers.Split(Regex(DEEPSEEK), "isolated")]
    return byte_level(450, split_bytes(r"\p{N}{1,3}", more=more))


N, P, D = normalizers, pre_tokenizers, decoders
KINDS = {
    # byte-level BPE
    "gpt2": lambda: byte_level(450, P.ByteLevel(add_prefix_space=False)),
    "gpt2-added": lambda: added(byte_level(450, P.ByteLevel(add_prefix_space=True), N.NFC())),
    "llama3": llama3,
    "qwen2": lambda: byte_level(450, split_bytes(QWEN2), N.NFC()),
    "qwen35": lambda: byte_level(450, split_bytes(QWEN35), N.NFC()),
    "smollm": lambda: byte_level(450, P.Sequence([P.Digits(individual_digits=True), P.ByteLevel(add_prefix_space=False)])),
    "o200k": lambda: byte_level(450, split_bytes(O200K)),
    "cl100k": lambda: byte_level(450, split_bytes(CL100K, "removed", True)),
    "deepseek": deepseek,
    "roberta": roberta,
    "clip": clip,
    # SentencePiece's BPE
    "llama2": llama2,
    "llama2-added": lambda: added(llama2()),
    "gemma": gemma,
    "metaspace-always": lambda: metaspace("always", True),
    "metaspace-first": lambda: added(metaspace("first", False)),
    "metaspace-never": lambda: metaspace("never", True),
    # the others
    "unigram": lambda: added(unigram(SMALL_RULES, False)),
    "unigram-bytes": lambda: unigram(None, True, N.NFKC()),
    "bert-uncased": lambda: bert(True),
    "bert-cased": lambda: added(bert(False)),
    "wordlevel": lambda: whole_words(P.Whitespace(), N.Sequence([N.NFD(), N.Lowercase(), N.StripAccents()])),
    "openai-gpt": lambda: characters(P.BertPreTokenizer(), N.BertNormalizer(), D.BPEDecoder(), end_of_word_suffix="</w>"),
    "continuing": lambda: characters(P.Whitespace(), N.NFKD(), D.WordPiece(), continuing_subword_prefix="##", fuse_unk=True),
    # parts
    "scripts": lambda: characters(P.Sequence([P.UnicodeScripts(), P.CharDelimiterSplit("-")]), N.Nmt(), D.Fuse()),
    "punctuation": lambda: characters(P.Sequence([P.Punctuation("merged_with_next"), P.Digits()]), N.Strip(), D.CTC()),
    "contiguous": lambda: characters(P.Sequence([P.Split(Regex(r"[\p{Lu}&&\p{Latin}]|\s(?=\S)|(?<=[a-z])\d"), "contiguous"), P.Punctuation("contiguous")]), unk=False),
    "merged": lambda: characters(P.Sequence([P.Split(Regex(r"\b\w"), "merged_with_next"), P.Split("e", "merged_with_previous", True)]), N.Lowercase()),
    "replaced": lambda: characters(
        P.Sequence([P.WhitespaceSplit(), P.FixedLength(3)]),
        N.Sequence([N.NFKC(), N.Replace(Regex(r"(?<!\d)\d{2,3}?|[[:punct:]]+$|^\h"), "<>"), N.Prepend("x "), N.Strip(False, True)]),
        D.Sequence([D.Replace(Regex(r"[aeiou]{1,2}+|^t"), "*"), D.Strip("n", 1, 2), D.Fuse()])),
}
