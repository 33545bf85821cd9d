"""Golden values for Statistics and Measures, from scipy, scikit-learn and fairlearn (formulas where none of them has the method).

    python3 Fixtures/golden/scripts/golden_statistics.py > Fixtures/golden/statistics.json

Needs numpy, scipy, scikit-learn, fairlearn. Deterministic: the only generator is numpy's PCG64 with SEED.
"""
import json
import math
import sys

import fairlearn
import fairlearn.metrics as fm
import numpy as np
import scipy
import sklearn
from scipy import special, stats
from scipy.spatial.distance import jensenshannon
from sklearn.metrics import accuracy_score, f1_score, recall_score

SEED = 20260115
rng = np.random.default_rng(SEED)


def plain(x):
    if isinstance(x, dict):
        return {k: plain(v) for k, v in x.items()}
    if isinstance(x, (list, tuple, np.ndarray)):
        return [plain(v) for v in x]
    if isinstance(x, (np.floating, float)):
        x = float(x)
        assert math.isfinite(x), x
        return x
    if isinstance(x, np.integer):
        return int(x)
    return x


def special_functions():
    out = {"lgamma": [], "gammainc": [], "gammaincinv": [], "betainc": [], "betaincinv": [], "ndtr": [], "ndtri": [], "chi2": [], "ncx2": [], "t": [], "binom": []}
    for x in [1e-5, 0.1, 0.5, 1.5, 3.0, 17.25, 200.5, 1e5]:
        out["lgamma"].append([x, special.gammaln(x)])
    for a in [0.01, 0.5, 1, 2.5, 10, 99.5, 1000, 25000]:
        for f in [0.05, 0.5, 0.9, 1.0, 1.1, 2, 8]:
            x = a * f
            p, q = special.gammainc(a, x), special.gammaincc(a, x)
            if q > 1e-280 and p > 1e-280:
                out["gammainc"].append([a, x, p, q])
        for p in [1e-12, 1e-4, 0.1, 0.5, 0.9, 0.9999]:
            x = special.gammaincinv(a, p)
            if x > 1e-280:
                out["gammaincinv"].append([a, p, x, special.gammainccinv(a, p)])
    for a, b in [(0.5, 0.5), (0.5, 20), (2, 3), (30, 0.5), (12.5, 700), (900, 1100), (40000, 300), (1, 1)]:
        m = a / (a + b)
        for x in [m * 0.1, m * 0.5, m * 0.9, m, min(0.999, m * 1.2), 1 - (1 - m) * 0.3, 0.999999]:
            v = special.betainc(a, b, x)
            if 1e-280 < v:
                out["betainc"].append([a, b, x, v])
        for p in [1e-10, 1e-3, 0.2, 0.5, 0.8, 0.999]:
            out["betaincinv"].append([a, b, p, special.betaincinv(a, b, p)])
    for z in [-37, -10, -5, -1.96, -0.3, 0, 0.7, 3, 8]:
        out["ndtr"].append([z, special.ndtr(z)])
    for p in [1e-300, 1e-50, 1e-12, 1e-4, 0.02, 0.0749, 0.0751, 0.3, 0.5, 0.8, 0.975, 0.99999]:
        out["ndtri"].append([p, special.ndtri(p)])
    for x, df in [(0.1, 1), (3.84, 1), (25, 1), (11, 11), (60, 11), (500, 450), (900, 450)]:
        out["chi2"].append([x, df, stats.chi2.cdf(x, df), stats.chi2.sf(x, df), stats.chi2.isf(stats.chi2.sf(x, df), df)])
    for x, df, nc in [(3.84, 1, 5.0), (35, 11, 20.0), (15, 2, 100.0), (5, 4, 0.01)]:
        out["ncx2"].append([x, df, nc, stats.ncx2.sf(x, df, nc)])
    for t, df in [(0.0, 3), (0.5, 1), (2.2, 4.7), (-3.1, 30), (12, 9), (40, 2), (1.0, 1e6)]:
        out["t"].append([t, df, stats.t.cdf(t, df), 2 * stats.t.sf(abs(t), df)])
    out["tquantile"] = [[p, df, stats.t.ppf(p, df)] for p in [1e-6, 0.025, 0.4, 0.5, 0.95, 0.9999] for df in [1, 2.5, 10, 999]]
    for k, n, p in [(0, 10, 0.3), (3, 10, 0.3), (10, 10, 0.3), (480, 1000, 0.5), (2, 5000, 0.001), (99000, 100000, 0.99)]:
        out["binom"].append([k, n, p, stats.binom.pmf(k, n, p), stats.binom.cdf(k, n, p), stats.binom.sf(k, n, p)])
    return out


def frac(x):
    return x - np.floor(x)


# Two samples without any generator; the known values of the pair are in the field's notes (scipy 1.17).
i = np.arange(1, 1201)
R = frac(43758.5453 * np.sin(12.9898 * i))
j = np.arange(1, 901)
C = frac(43758.5453 * np.sin(78.233 * j)) ** 1.3


def two_samples():
    pairs = {
        "tiny": ([1.0, 2.0, 3.0], [2.0, 3.0, 4.0]),
        "apart": ([1.0, 2.0], [5.0, 6.0, 7.0]),
        "single": ([1.0], [2.0]),
        "equal": ([1.0, 2.0, 2.0], [1.0, 2.0, 2.0]),
        "constant": ([3.0] * 5, [3.0] * 7),
        "constants apart": ([3.0] * 20, [4.0] * 30),
        "ties": (list(rng.integers(0, 6, 60).astype(float)), list(rng.integers(1, 7, 45).astype(float))),
        "same size": (list(rng.normal(0, 1, 80)), list(rng.normal(0.4, 1, 80))),
        "primes": (list(rng.normal(0, 1, 97)), list(rng.normal(0, 1.5, 131))),
        "far": (list(rng.normal(0, 1, 150)), list(rng.normal(2, 1, 210))),
        "known": (list(R), list(C)),
    }
    out = []
    for name, (a, b) in pairs.items():
        ks = stats.ks_2samp(a, b)
        row = {"name": name, "ks": [ks.statistic, ks.pvalue], "wasserstein": stats.wasserstein_distance(a, b)}
        if name != "known":
            row["a"], row["b"] = a, b
        mw = stats.mannwhitneyu(a, b, method="asymptotic")
        row["mannwhitney"] = [mw.statistic, mw.pvalue]
        if len(a) > 1 and len(b) > 1 and np.var(a) + np.var(b) > 0:
            w = stats.ttest_ind(a, b, equal_var=False)
            ci = w.confidence_interval(0.95)
            row["welch"] = [w.statistic, w.pvalue, w.df, ci.low, ci.high]
        row["moments"] = [np.mean(a), np.var(a), *( [np.var(a, ddof=1)] if len(a) > 1 else []), *([stats.skew(a)] if np.var(a) > 0 else [])]
        out.append(row)
    # Large samples take the asymptotic road; only the statistic's whole-number parts are stored.
    large = []
    for n1, n2, d in [(20000, 15000, 0.004), (20000, 15000, 0.009), (20000, 15000, 0.0125), (20000, 15000, 0.02), (20000, 15000, 0.05), (12000, 700, 0.05), (12000, 700, 0.09)]:
        en = np.round(n1 * n2 / (n1 + n2))
        large.append([n1, n2, d, float(stats.kstwo.sf(d, en))])
    return {"pairs": out, "kstwo": large}


def tables():
    cases = {
        "channels": ([100, 200, 700], [60, 80, 260]),
        "two": ([30, 70], [10, 90]),
        "new category": ([500, 500, 0], [240, 220, 40]),
        "many": (list(rng.multinomial(2000, [1 / 12] * 12)), list(rng.multinomial(400, [1 / 12] * 12))),
        "extreme": ([1000, 10], [10, 1000]),
        "empty category": ([10, 0, 20], [15, 0, 18]),
        "equal": ([10, 10], [10, 10]),
    }
    out = []
    for name, (a, b) in cases.items():
        t = np.array([a, b]).T
        t = t[t.sum(1) > 0]
        c = stats.chi2_contingency(t)
        u = stats.chi2_contingency(t, correction=False)
        p, q = np.array(a) / sum(a), np.array(b) / sum(b)
        ps, qs = (np.where(v == 0, 0.0001 if v[v > 0].min() > 0.0001 else v[v > 0].min() / 1e6, v) for v in (p, q))
        out.append({
            "name": name, "a": a, "b": b,
            "chi2": [c.statistic, c.pvalue, c.dof, c.expected_freq.min()], "uncorrected": [u.statistic, u.pvalue],
            "js": [jensenshannon(p, q), jensenshannon(p, q, 2)],
            "tv": 0.5 * np.abs(p - q).sum(), "hellinger": math.sqrt(max(0, 1 - np.sqrt(p * q).sum())) if name != "equal" else 0.0,
            "psi": ((ps - qs) * np.log(ps / qs)).sum(),
        })
    edges = np.histogram_bin_edges(np.concatenate([R, C]), bins="sturges")
    r, c = np.histogram(R, edges)[0], np.histogram(C, edges)[0]
    p, q = r / r.sum(), c / c.sum()
    known = {"bins": len(edges) - 1, "reference": r, "current": c, "psi": ((p - q) * np.log(p / q)).sum(), "js": jensenshannon(p, q), "js2": jensenshannon(p, q, 2)}
    return {"cases": out, "known": known}


def wilson(k, n, z=stats.norm.ppf(0.975)):
    p = k / n
    centre = (p + z * z / (2 * n)) / (1 + z * z / n)
    half = z / (1 + z * z / n) * math.sqrt(p * (1 - p) / n + z * z / (4 * n * n))
    return centre - half, centre + half


def proportions():
    out = {"intervals": [], "two": [], "fisher": [], "mcnemar": []}
    for k, n in [(0, 1), (1, 1), (8, 10), (0, 20), (20, 20), (3, 1000), (500, 1000), (99999, 100000)]:
        b = stats.binomtest(k, n)
        w, e = b.proportion_ci(method="wilson"), b.proportion_ci(method="exact")
        out["intervals"].append([k, n, w.low, w.high, e.low, e.high])
    for k1, n1, k2, n2 in [(56, 70, 48, 80), (9, 10, 3, 10), (0, 10, 0, 20), (10, 10, 20, 20), (6, 7, 2, 7), (930, 1000, 180, 240), (1, 2, 1, 2)]:
        p1, p2, pooled = k1 / n1, k2 / n2, (k1 + k2) / (n1 + n2)
        (l1, u1), (l2, u2) = wilson(k1, n1), wilson(k2, n2)
        low, high = p1 - p2 - math.hypot(p1 - l1, u2 - p2), p1 - p2 + math.hypot(u1 - p1, p2 - l2)
        var = pooled * (1 - pooled) * (1 / n1 + 1 / n2)
        z = (p1 - p2) / math.sqrt(var) if var > 0 else 0.0
        out["two"].append([k1, n1, k2, n2, z, 2 * stats.norm.sf(abs(z)), low, high])
    for t in [(8, 2, 1, 5), (3, 0, 0, 3), (0, 0, 5, 5), (10, 10, 10, 10), (100, 2, 90, 30), (1, 999, 20, 980), (5, 0, 12, 3), (2000, 1500, 1800, 1700)]:
        out["fisher"].append([*t, stats.fisher_exact([[t[0], t[1]], [t[2], t[3]]]).pvalue])
    for b, c in [(5, 15), (0, 0), (0, 1), (7, 7), (30, 60), (400, 500)]:
        exact = stats.binomtest(min(b, c), b + c).pvalue if b + c else 1.0
        mid = min(1.0, 2 * stats.binom.cdf(min(b, c), b + c, 0.5) - stats.binom.pmf(min(b, c), b + c, 0.5)) if b + c else 1.0
        out["mcnemar"].append([b, c, exact, mid])
    p = [0.01, 0.04, 0.03, 0.005, 0.9, 0.04]
    order = np.argsort(p)
    running, holm = 0.0, [0.0] * len(p)
    for rank, k in enumerate(order):
        running = max(running, min(1, p[k] * (len(p) - rank)))
        holm[k] = running
    out["holm"] = {"p": p, "adjusted": holm}
    return out


def classification():
    labels = [f"queue {k:02d}" for k in range(6)]
    n = 400
    truth = rng.integers(0, 6, n)
    group = rng.choice(["a", "b", "c"], n, p=[0.5, 0.3, 0.2])
    right = rng.random(n) < np.where(group == "c", 0.6, 0.85)
    answer = np.where(right, truth, rng.integers(0, 5, n))
    y = [labels[k] for k in truth]
    h = [labels[k] for k in answer]
    frame = fm.MetricFrame(metrics=accuracy_score, y_true=y, y_pred=h, sensitive_features=group)
    gaps = {}
    for g in ["a", "b", "c"]:
        inside, outside = group == g, group != g
        per = []
        for k in range(6):
            a, b = inside & (truth == k), outside & (truth == k)
            if a.sum() >= 5 and b.sum() >= 5:
                per.append((answer[b] == k).mean() - (answer[a] == k).mean())
        gaps[g] = [accuracy_score(truth[outside], answer[outside]) - accuracy_score(truth[inside], answer[inside]), float(np.mean(per))]
    return {
        "labels": y, "answers": h, "groups": list(group),
        "accuracy": accuracy_score(y, h), "f1_macro": f1_score(y, h, average="macro", zero_division=0),
        "recall_macro": recall_score(y, h, average="macro", zero_division=0),
        "accuracy_difference": frame.difference(method="between_groups"), "by_group": frame.by_group.to_dict(), "gaps": gaps,
    }


json.dump(
    plain({
        "origin": {"script": "Fixtures/golden/scripts/golden_statistics.py", "seed": SEED, "numpy": np.__version__, "scipy": scipy.__version__, "scikit-learn": sklearn.__version__, "fairlearn": fairlearn.__version__},
        "special": special_functions(), "samples": two_samples(), "tables": tables(), "proportions": proportions(), "classification": classification(),
    }),
    sys.stdout, indent=None, separators=(",", ":"),
)
print()
