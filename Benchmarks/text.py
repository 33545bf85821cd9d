"""Text that nobody wrote: English-like by its statistics, the same for the same seed.

Words are made of syllables; how often each occurs falls with its rank as in English (Zipf); names and compounds that occur once, numbers, punctuation and
paragraphs stand between them. What matters to a tokenizer is there: common words, rare ones, and words it has never seen.
"""

import itertools
import random

ONSETS = ["", "b", "c", "d", "f", "g", "h", "l", "m", "n", "p", "r", "s", "t", "w", "st", "tr", "pr", "th", "sh", "ch", "gr", "pl", "br", "cl", "wh"]
NUCLEI = ["a", "e", "i", "o", "u", "ea", "ou", "ai", "io", "ee"]
CODAS = ["", "", "n", "r", "t", "s", "l", "nd", "st", "ng", "d", "m", "ck", "ly", "rs", "nt"]
# What stands between two words, and how often.
BETWEEN = [(" ", 880), (", ", 55), (". ", 50), ("; ", 3), (" - ", 3), ("'s ", 6), (".\n\n", 3)]


class Language:
    def __init__(self, seed: int, words: int = 60_000) -> None:
        self.random = random.Random(seed)
        known: dict[str, None] = {}
        while len(known) < words:
            # Frequent words are short.
            known.setdefault(self._word(1 + (len(known) > 1500) + (len(known) > 12_000 and self.random.random() < 0.4)))
        self.words = list(known)
        self._weights = list(itertools.accumulate(1 / (rank + 2.7) for rank in range(words)))

    def _word(self, syllables: int) -> str:
        pick = self.random.choice
        return "".join(pick(ONSETS) + pick(NUCLEI) + pick(CODAS) for _ in range(syllables)) or "a"

    def sequence(self, count: int) -> list[str]:
        """Words as a text uses them: by frequency, with one in fifty new and one in fifty a number."""
        words = self.random.choices(self.words, cum_weights=self._weights, k=count)
        for i in range(count):
            chance = self.random.random()
            if chance < 0.02:
                words[i] = self._word(3).capitalize()
            elif chance < 0.04:
                words[i] = str(self.random.randrange(10 ** self.random.randint(1, 4)))
        return words

    def text(self, count: int) -> str:
        """Running text of so many words."""
        marks = self.random.choices([m for m, _ in BETWEEN], weights=[w for _, w in BETWEEN], k=count)
        parts, begins = [], True
        for word, mark in zip(self.sequence(count), marks):
            parts += [word[:1].upper() + word[1:] if begins else word, mark]
            begins = mark.startswith(".")
        return "".join(parts).rstrip()
