"""The first answer of a fresh process with PyTorch and transformers: imports, loading, one prompt scored, the end. Who starts it measures it."""

import common

options = common.arguments("fp32", "bf16")
torch, transformers = common.need("torch", "transformers")
torch.set_num_threads(common.THREADS)
with torch.no_grad():
    model = transformers.AutoModelForCausalLM.from_pretrained(options.model, dtype=torch.float32 if options.precision == "fp32" else torch.bfloat16)
    tokenizer = transformers.AutoTokenizer.from_pretrained(options.model)
    ids = tokenizer("What is the first answer?", return_tensors="pt").input_ids
    token = model(input_ids=ids, logits_to_keep=1).logits[0, -1].argmax()
common.say({"answer": tokenizer.decode(token)})
