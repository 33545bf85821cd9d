"""Byte-level byte-pair encoding, learned: the `tokenizer.json` of a model that was never trained.

Counts of all pairs are kept up to date while pairs are merged, so that plain Python learns 50,000 in half a minute.
"""

import collections
import heapq
import re

# The words that GPT-2's pattern cuts, for text of ASCII letters and digits; digits stand alone, as in the tokenizers below.
WORDS = re.compile(r"'s| ?[A-Za-z]+|[0-9]| ?[^\sA-Za-z0-9]+|\s+(?!\S)|\s+")
QWEN2_WORDS = (
    r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
)


def byte_letters() -> list[str]:
    """The letter that stands for each byte: itself where it can be seen, else one from U+0100 on."""
    seen = [*range(33, 127), *range(161, 173), *range(174, 256)]
    others = iter(range(256, 512))
    return [chr(byte) if byte in seen else chr(next(others)) for byte in range(256)]


def learn(text: str, merges: int) -> list[tuple[str, str]]:
    """The most frequent pairs, in the order they are merged; fewer than `merges` when every word is one token."""
    letters = byte_letters()
    counts = collections.Counter(WORDS.findall(text))
    words = [[letters[byte] for byte in word.encode()] for word in counts]
    uses = list(counts.values())
    pairs: collections.Counter[tuple[str, str]] = collections.Counter()
    places: dict[tuple[str, str], set[int]] = collections.defaultdict(set)
    for i, word in enumerate(words):
        for pair in zip(word, word[1:]):
            pairs[pair] += uses[i]
            places[pair].add(i)
    queue = [(-count, pair) for pair, count in pairs.items()]
    heapq.heapify(queue)
    learned: list[tuple[str, str]] = []
    while queue and len(learned) < merges:
        count, best = heapq.heappop(queue)
        if pairs[best] != -count or count == 0:
            # An entry from before the pair was counted again.
            continue
        learned.append(best)
        changed: set[tuple[str, str]] = set()
        for i in places.pop(best):
            word = words[i]
            for pair in zip(word, word[1:]):
                pairs[pair] -= uses[i]
                changed.add(pair)
            merged, j = [], 0
            while j < len(word):
                if j + 1 < len(word) and (word[j], word[j + 1]) == best:
                    merged.append(word[j] + word[j + 1])
                    j += 2
                else:
                    merged.append(word[j])
                    j += 1
            words[i] = merged
            for pair in zip(merged, merged[1:]):
                pairs[pair] += uses[i]
                places[pair].add(i)
                changed.add(pair)
        for pair in changed:
            if pairs[pair] > 0:
                heapq.heappush(queue, (-pairs[pair], pair))
    return learned


def tokenizer(merges: list[tuple[str, str]], size: int, special: list[str], qwen2: bool) -> dict:
    """`tokenizer.json` with exactly `size` tokens: bytes, merges, tokens that never occur, and at the end the special ones."""
    tokens = byte_letters()
    known = set(tokens)
    kept = []
    for left, right in merges:
        if left + right in known:
            # Two ways to one token: the first way is its merge.
            continue
        known.add(left + right)
        tokens.append(left + right)
        kept.append([left, right])
    tokens = tokens[: size - len(special)]
    kept = kept[: len(tokens) - 256]
    tokens += [f"<unused{i}>" for i in range(size - len(special) - len(tokens))]
    vocabulary = {token: i for i, token in enumerate(tokens)}
    added = [
        {"id": len(tokens) + i, "content": token, "single_word": False, "lstrip": False, "rstrip": False, "normalized": False, "special": True}
        for i, token in enumerate(special)
    ]
    byte_level = {"type": "ByteLevel", "add_prefix_space": False, "trim_offsets": True, "use_regex": not qwen2}
    first = (
        {"type": "Split", "pattern": {"Regex": QWEN2_WORDS}, "behavior": "Isolated", "invert": False}
        if qwen2
        else {"type": "Digits", "individual_digits": True}
    )
    return {
        "version": "1.0",
        "truncation": None,
        "padding": None,
        "added_tokens": added,
        "normalizer": {"type": "NFC"} if qwen2 else None,
        "pre_tokenizer": {"type": "Sequence", "pretokenizers": [first, byte_level]},
        "post_processor": None,
        "decoder": {"type": "ByteLevel", "add_prefix_space": True, "trim_offsets": True, "use_regex": True},
        "model": {
            "type": "BPE",
            "dropout": None,
            "unk_token": None,
            "continuing_subword_prefix": None,
            "end_of_word_suffix": None,
            "fuse_unk": False,
            "byte_fallback": False,
            "ignore_merges": False,
            "vocab": vocabulary,
            "merges": kept,
        },
    }
