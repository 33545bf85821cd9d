r"""Regular expressions over module paths made at random, matched by Python's re and by us (PEFT reads target_modules and its kin with re.fullmatch and re.match).

    python Fixtures/golden/scripts/path_patterns.py --program .build/release/vigil-fuzz --seed 1 --count 5000     compares; ends with 1 if anything differs
    python Fixtures/golden/scripts/path_patterns.py                                                                writes Fixtures/golden/path_patterns.json

What we refuse by name (back-references, looking behind, flags, escapes beyond \d \w \s, repeats of more than 1000) is counted apart. Last run with Python 3.11.
"""
import argparse, collections, json, pathlib, random, re, signal, subprocess, sys, warnings

warnings.simplefilter("ignore")
WORDS = ["model", "layers", "self_attn", "q_proj", "k_proj", "mlp", "up_proj", "h", "c_attn", "0", "1", "12", "a", "aa", "ab", "b", "_", "-", "é", "x\n", ""]
PARTS = [
    ".", r"\.", r"\d", r"\d+", r"\w", r"\W", r"\s", r"\S", r"\D", "a", "b", "q_proj", "layers", "mlp", "1", "_", "-", "[abq]", "[^.]", "[a-z_]", r"[\w.]", r"[\d-]", "[]a]",
    "[^]a]", "[a-]", "[a&&b]", "[[a]", r"[\-a]", "[.]", "{", "}", "{x}", "a{,}", "é", "/", r"\-", r"\_", r"\n",
]
ENDS = ["^", "$", r"\A", r"\Z", r"\b", r"\B"]
REPEATS = ["*", "+", "?", "*?", "+?", "??", "{2}", "{1,2}", "{,2}", "{0}", "{1,}", "{,}", "{2}?", "{0,1}?"]
BAD = ["(", ")", "[", "*", "{3,2}", "a**", "^*", "(?<a>b)", "(?P<1>a)", "\\", "[z-a]", r"[\d-z]", "a{2}{2}", "(?P<n>a)(?P<n>b)", r"\q", "?"]


def pattern(source, depth=0):
    pieces = []
    for _ in range(source.randint(0, 4) if depth else source.randint(1, 5)):
        kind = source.random()
        if kind < 0.55 or depth > 3:
            piece = source.choice(PARTS)
        elif kind < 0.63:
            pieces.append(source.choice(ENDS))
            continue
        elif kind < 0.85:
            piece = source.choice(["(", "(?:", "(?:", f"(?P<g{source.randrange(10**6)}>"]) + pattern(source, depth + 1) + ")"
        elif kind < 0.9:
            piece = source.choice(["(?=", "(?!"]) + pattern(source, depth + 1) + ")"
        elif kind < 0.905:
            piece = source.choice(BAD)
        else:
            pieces.append(pattern(source, depth + 1) + "|" + pattern(source, depth + 1) if depth else ".*")
            continue
        pieces.append(piece + (source.choice(REPEATS) if source.random() < 0.35 else ""))
    return "".join(pieces)


def path(source):
    if source.random() < 0.3:
        return "".join(source.choice("aabq1_.-\n") for _ in range(source.randrange(8)))
    return ".".join(source.choice(WORDS) for _ in range(source.randint(1, 6)))


class TooLong(Exception):
    pass


def too_long(*_):
    raise TooLong()


def expected(text, paths):
    signal.setitimer(signal.ITIMER_REAL, 2)
    try:
        compiled = re.compile(text)
        return [2 if compiled.fullmatch(path) else 1 if compiled.match(path) else 0 for path in paths]
    except TooLong:
        return None
    except (re.error, RecursionError, OverflowError) as error:
        return str(error)
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)


def rows(seed, count):
    source = random.Random(f"path patterns {seed}")
    for _ in range(count):
        text = pattern(source)
        # Half of the paths are near to what the pattern means.
        paths = [path(source) for _ in range(4)]
        literal = re.sub(r"\\(.)", r"\1", re.sub(r"\(\?(?:[:=!]|P<\w+>)|\\[AZbB]|[()^$*+?|]", "", text))
        paths += [literal[:60], literal.replace(".", "x")[:60], path(source) + literal[:40], literal[:40] + path(source)]
        # To Python before 3.14, \B matches no empty text; no path is empty.
        paths = [path for path in paths if path or "\\B" not in text]
        yield text, paths, expected(text, paths)


def write():
    path = pathlib.Path(__file__).resolve().parent.parent / "path_patterns.json"
    chosen, seen = [], collections.Counter()
    for text, paths, found in rows("golden", 100_000):
        kind = "refused" if isinstance(found, str) else "none" if found is None else f"{max(found, default=0)} {min(found, default=0)}"
        if kind == "none" or len(text) > 40 or seen[kind] >= 60:
            continue
        seen[kind] += 1
        chosen.append({"pattern": text, "paths": paths, "found": None if isinstance(found, str) else found})
    origin = f"Fixtures/golden/scripts/path_patterns.py, Python {sys.version.split()[0]}"
    lines = ",\n".join(json.dumps(case, ensure_ascii=False) for case in chosen)
    path.write_text(f'{{"origin": {json.dumps(origin)}, "cases": [\n{lines}\n]}}\n', encoding="utf-8")
    print(len(chosen), "patterns", dict(seen))


def compare(program, seed, count):
    counts, different = collections.Counter(), []
    process = subprocess.Popen([program, "match"], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    for text, paths, wanted in rows(seed, count):
        if wanted is None:
            counts["too long for Python"] += 1
            continue
        process.stdin.write((json.dumps({"pattern": text, "paths": paths}) + "\n").encode())
        process.stdin.flush()
        answer = json.loads(process.stdout.readline() or sys.exit(f"the program died of {json.dumps(text)}"))
        if isinstance(wanted, str):
            kind = "both refuse" if "error" in answer else "different"
        elif "error" in answer:
            kind = "refused by name" if "not run" in answer["error"] else "different"
        else:
            kind = "same" if answer["found"] == wanted else "different"
            counts["paths"] += len(paths)
        counts[kind] += 1
        if kind == "different":
            different.append((text, paths, wanted, answer))
    print(dict(counts))
    for text, paths, wanted, answer in sorted(different, key=lambda one: len(one[0]))[:20]:
        print(json.dumps(text), json.dumps(paths), "\n  Python", wanted, "\n  ours  ", answer)
    sys.exit(1 if different else 0)


options = argparse.ArgumentParser()
options.add_argument("--program")
options.add_argument("--seed", default="1")
options.add_argument("--count", type=int, default=5000)
options = options.parse_args()
signal.signal(signal.SIGALRM, too_long)
if options.program:
    compare(options.program, options.seed, options.count)
else:
    write()
