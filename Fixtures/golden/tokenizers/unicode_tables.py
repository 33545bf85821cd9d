"""Writes Sources/LanguageModel/Tokenizer/Unicode/Tables/*.swift: what Python's tokenizers takes each character for.

The reference implementation is five libraries with five versions of Unicode (Oniguruma, Rust's standard library, its regex crate, unicode_categories,
unicode-normalization-alignments), so the tables are asked of the implementation itself, character by character, and not of any version of Unicode.
Run from the project's folder: python Fixtures/golden/tokenizers/unicode_tables.py [Table ...]
"""

import sys
import unicodedata
from pathlib import Path

import tokenizers
from tokenizers import Regex, normalizers, pre_tokenizers

OUT = Path(__file__).resolve().parents[3] / "Sources/LanguageModel/Tokenizer/Unicode/Tables"
SCALARS = [c for c in range(0x110000) if not 0xD800 <= c < 0xE000]
ALL = "".join(map(chr, SCALARS))
DIGITS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
CATEGORIES = "Cn Lu Ll Lt Lm Lo Mn Mc Me Nd Nl No Pc Pd Ps Pe Pi Pf Po Sm Sc Sk So Zs Zl Zp Cc Cf Cs Co".split()
SCRIPTS = """Adlam Ahom Anatolian_Hieroglyphs Arabic Armenian Avestan Balinese Bamum Bassa_Vah Batak Bengali Bhaiksuki Bopomofo Brahmi Braille Buginese Buhid
Canadian_Aboriginal Carian Caucasian_Albanian Chakma Cham Cherokee Chorasmian Common Coptic Cuneiform Cypriot Cypro_Minoan Cyrillic Deseret Devanagari
Dives_Akuru Dogra Duployan Egyptian_Hieroglyphs Elbasan Elymaic Ethiopic Garay Georgian Glagolitic Gothic Grantha Greek Gujarati Gunjala_Gondi Gurmukhi
Gurung_Khema Han Hangul Hanifi_Rohingya Hanunoo Hatran Hebrew Hiragana Imperial_Aramaic Inherited Inscriptional_Pahlavi Inscriptional_Parthian Javanese
Kaithi Kannada Katakana Kawi Kayah_Li Kharoshthi Khitan_Small_Script Khmer Khojki Khudawadi Kirat_Rai Lao Latin Lepcha Limbu Linear_A Linear_B Lisu Lycian
Lydian Mahajani Makasar Malayalam Mandaic Manichaean Marchen Masaram_Gondi Medefaidrin Meetei_Mayek Mende_Kikakui Meroitic_Cursive Meroitic_Hieroglyphs
Miao Modi Mongolian Mro Multani Myanmar Nabataean Nag_Mundari Nandinagari New_Tai_Lue Newa Nko Nushu Nyiakeng_Puachue_Hmong Ogham Ol_Chiki Ol_Onal
Old_Hungarian Old_Italic Old_North_Arabian Old_Permic Old_Persian Old_Sogdian Old_South_Arabian Old_Turkic Old_Uyghur Oriya Osage Osmanya Pahawh_Hmong
Palmyrene Pau_Cin_Hau Phags_Pa Phoenician Psalter_Pahlavi Rejang Runic Samaritan Saurashtra Sharada Shavian Siddham SignWriting Sinhala Sogdian
Sora_Sompeng Soyombo Sundanese Sunuwar Syloti_Nagri Syriac Tagalog Tagbanwa Tai_Le Tai_Tham Tai_Viet Takri Tamil Tangsa Tangut Telugu Thaana Thai Tibetan
Tifinagh Tirhuta Todhri Toto Tulu_Tigalari Ugaritic Vai Vithkuqi Wancho Warang_Citi Yezidi Yi Zanabazar_Square""".split()


def matched(splitter):
    """The scalars that a pre-tokenizer made of a pattern keeps."""
    found = set()
    for _, (start, end) in splitter.pre_tokenize_str(ALL):
        found.update(SCALARS[start:end])
    return found


def regex(pattern):
    return matched(pre_tokenizers.Split(Regex(pattern), "removed", invert=True))


def number(value):
    """Five bits a digit, the lowest first; the sixth says that another digit follows."""
    digits = ""
    while value >= 32:
        digits += DIGITS[value & 31 | 32]
        value >>= 5
    return digits + DIGITS[value]


def signed(value):
    return number(value * 2 if value >= 0 else -value * 2 - 1)


def runs(classes):
    """Length and class of every run of scalars, from U+0000 to U+10FFFF."""
    text, start = "", 0
    for c in range(1, 0x110001):
        if c == 0x110000 or classes[c] != classes[start]:
            text += number(c - start) + number(classes[start])
            start = c
    return text


def write(name, comment, fields):
    lines = [
        f"// Made by Fixtures/golden/tokenizers/unicode_tables.py from tokenizers {tokenizers.__version__}; do not edit.",
        "",
        f"/// {comment}",
        f"enum {name} {{",
    ]
    for field, value in fields:
        lines.append(f"  static let {field} = \"\"\"")
        lines += ["    " + value[i : i + 130] for i in range(0, len(value), 130)]
        lines.append('    """')
    lines.append("}")
    (OUT / f"{name}.swift").write_text("\n".join(lines) + "\n", encoding="utf-8")
    print(name, sum(len(v) for _, v in fields))


def categories():
    classes = [0] * 0x110000
    for c in range(0xD800, 0xE000):
        classes[c] = CATEGORIES.index("Cs")
    for place, name in enumerate(CATEGORIES):
        if name != "Cs":
            for c in regex(rf"\p{{{name}}}+"):
                classes[c] = place
    return runs(classes)


def scripts():
    classes = [0] * 0x110000
    names = []
    for name in SCRIPTS:
        try:
            found = regex(rf"\p{{{name}}}+")
        except Exception:  # a script that this Oniguruma does not know yet
            continue
        names.append(name)
        for c in found:
            classes[c] = len(names)
    return runs(classes), ",".join(names)


def flags():
    normalized = lambda n, c: n.normalize_str(chr(c))
    clean = normalizers.BertNormalizer(clean_text=True, handle_chinese_chars=False, strip_accents=False, lowercase=False)
    accents = normalizers.BertNormalizer(clean_text=False, handle_chinese_chars=False, strip_accents=True, lowercase=False)
    marks = normalizers.StripAccents()
    nfd = normalizers.NFD()
    kept = lambda n, c: "x" + chr(c) == n.normalize_str("x" + chr(c))
    sets = [
        regex(r"\w+"),
        regex(r"\p{Alphabetic}+"),
        word(),
        matched(pre_tokenizers.Digits(individual_digits=False)) - not_numeric(),
        punctuation(),
        {c for c in SCALARS if normalized(clean, c) == ""},
        # What the accents normalizer takes away is looked for after decomposition.
        {c for c in SCALARS if normalized(nfd, c) == chr(c) and normalized(accents, c) == ""},
        {c for c in SCALARS if not kept(marks, c)},
    ]
    classes = [0] * 0x110000
    for bit, members in enumerate(sets):
        for c in members:
            classes[c] |= 1 << bit
    return runs(classes)


def word():
    """\\w of Rust's regex, by the Whitespace pre-tokenizer: a word character is not parted from an "a" before it."""
    split = pre_tokenizers.Whitespace()
    return {c for c in SCALARS if len(split.pre_tokenize_str("a" + chr(c))) == 1 and split.pre_tokenize_str("a" + chr(c))[0][1] == (0, 2)}


def not_numeric():
    split = pre_tokenizers.Digits(individual_digits=False)
    return {c for c in SCALARS if len(split.pre_tokenize_str("a" + chr(c))) == 1}


def punctuation():
    split = pre_tokenizers.Punctuation("removed")
    return {c for c in SCALARS if len(split.pre_tokenize_str(chr(c))) == 0}


def combining():
    """The order of marks: each is tried against marks of known class, before and after it."""
    nfd = normalizers.NFD()
    low, high = "\u0334", "\u0345"  # classes 1 and 240

    def moves(text):
        return nfd.normalize_str("x" + text + low) != "x" + text + low or nfd.normalize_str("x" + high + text) != "x" + high + text

    known = {}
    for c in SCALARS:
        # Python may know marks that the implementation does not.
        if (value := unicodedata.combining(chr(c))) and value not in known and nfd.normalize_str(chr(c)) == chr(c) and moves(chr(c)):
            known[value] = chr(c)
    markers = sorted(known.items())
    classes = [0] * 0x110000
    for c in SCALARS:
        text = chr(c)
        if nfd.normalize_str(text) != text:
            continue
        if not moves(text):
            continue
        for value, marker in markers:
            before = nfd.normalize_str("x" + text + marker) == "x" + text + marker
            after = nfd.normalize_str("x" + marker + text) == "x" + marker + text
            if before and after:
                classes[c] = value
                break
        else:
            raise ValueError(f"U+{c:04X} has a class of its own")
    return runs(classes)


def decompositions():
    nfd, nfkd = normalizers.NFD(), normalizers.NFKD()
    parts = []
    for form, other in ((nfd, None), (nfkd, nfd)):
        text, last = "", 0
        for c in SCALARS:
            if 0xAC00 <= c < 0xD7A4:
                continue
            whole = form.normalize_str(chr(c))
            if whole == chr(c) or (other and other.normalize_str(chr(c)) == whole):
                continue
            text += number(c - last) + number(len(whole)) + "".join(signed(ord(part) - c) for part in whole)
            last = c
        parts.append(text)
    nfc = normalizers.NFC()
    text, last = "", 0
    for c in SCALARS:
        if 0xAC00 <= c < 0xD7A4 or nfc.normalize_str(chr(c)) != chr(c):
            continue
        whole = nfd.normalize_str(chr(c))
        if len(whole) < 2:
            continue
        first = nfc.normalize_str(whole[:-1])
        assert len(first) == 1 and nfc.normalize_str(first + whole[-1]) == chr(c), hex(c)
        text += number(c - last) + signed(ord(first) - c) + number(ord(whole[-1]))
        last = c
    return parts + [text]


def lowercase():
    form = normalizers.Lowercase()
    text, last = "", 0
    for c in SCALARS:
        lower = form.normalize_str(chr(c))
        if lower == chr(c):
            continue
        text += number(c - last) + number(len(lower)) + "".join(signed(ord(part) - c) for part in lower)
        last = c
    return text


def sentence_piece_scripts():
    """The UnicodeScripts pre-tokenizer's own scripts: a class for every set of characters that it does not part; 0 for what it never parts."""
    split = pre_tokenizers.UnicodeScripts()
    parted = lambda a, b: len(split.pre_tokenize_str(chr(a) + chr(b))) == 2
    classes = [0] * 0x110000
    known = []
    last, last_class = None, 0
    for c in SCALARS:
        if last is not None and not parted(last, c) and parted(last, known[0] if last_class != 1 else known[1] if len(known) > 1 else ord("あ")) and (
            parted(c, ord("a")) or parted(c, ord("あ"))
        ):
            classes[c] = last_class
            last = c
            continue
        if not parted(ord("a"), c) and not parted(ord("あ"), c):
            continue
        for place, member in enumerate(known):
            if not parted(member, c):
                classes[c] = place + 1
                break
        else:
            known.append(c)
            classes[c] = len(known)
        last, last_class = c, classes[c]
    return runs(classes)


def write_decompositions(name):
    fields = zip(("canonical", "compatible", "compositions"), decompositions())
    write(name, "Full decompositions and canonical compositions, without Hangul syllables; every entry begins with the distance from the one before.", list(fields))


TABLES = {
    "GeneralCategoryTable": lambda name: write(
        name, "Oniguruma's general category of every scalar: runs of length and place in `GeneralCategory`.", [("runs", categories())]),
    "ScriptTable": lambda name: write(
        name, "Oniguruma's script of every scalar: runs of length and place in `names`, counted from 1; 0 for none.", list(zip(("runs", "names"), scripts()))),
    "ScalarFlagTable": lambda name: write(
        name, "What the reference's libraries say of every scalar: runs of length and the bits of `ScalarFlags`.", [("runs", flags())]),
    "CombiningClassTable": lambda name: write(name, "Canonical combining class of every scalar: runs of length and class.", [("runs", combining())]),
    "DecompositionTable": write_decompositions,
    "LowercaseTable": lambda name: write(
        name, "Lower case of every scalar that has one: distance from the entry before, count, differences.", [("entries", lowercase())]),
    "SentencePieceScriptTable": lambda name: write(
        name, "Which scalars the UnicodeScripts pre-tokenizer keeps together: runs of length and class; 0 joins anything.",
        [("runs", sentence_piece_scripts())]),
}


def main():
    OUT.mkdir(parents=True, exist_ok=True)
    for name in sys.argv[1:] or TABLES:
        TABLES[name](name)


if __name__ == "__main__":
    main()
