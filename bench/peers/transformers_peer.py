"""transformers_peer.py train-full|train-full-compiled|train-lora|generate FOLDER: the same work in PyTorch, float32, on THREADS threads.

Prints one line of JSON. Training: an update of 4 x 256 tokens with all weights, or of 2 x 256 with adapters of rank 16 and a loss on the last 32.
Generating: prompts of 128 tokens, then 16 more, for every batch size of BATCHES.
"""

import json
import os
import sys
import time
import warnings

os.environ["HF_HUB_OFFLINE"] = "1"
warnings.simplefilter("ignore")

import torch
import transformers

transformers.logging.set_verbosity_error()
transformers.utils.logging.disable_progress_bar()
torch.set_num_threads(int(os.environ.get("THREADS", "2")))
torch.manual_seed(0)
what, folder = sys.argv[1:]
model = transformers.AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32, local_files_only=True)
vocabulary = model.config.vocab_size


def updates_per_second(step, least=3, seconds=15):
    step()
    count, begin = 0, time.perf_counter()
    while count < least or time.perf_counter() - begin < seconds:
        step()
        count += 1
    return count / (time.perf_counter() - begin)


def train(model, rows, targets):
    trained = [p for p in model.parameters() if p.requires_grad]
    optimizer = torch.optim.AdamW(trained, lr=1e-4)
    ids = torch.randint(0, vocabulary, (rows, 256))

    def step():
        logits = model(input_ids=ids, use_cache=False, logits_to_keep=targets + 1).logits[:, :-1]
        loss = torch.nn.functional.cross_entropy(logits.reshape(-1, vocabulary), ids[:, -targets:].reshape(-1))
        loss.backward()
        optimizer.step()
        optimizer.zero_grad(set_to_none=True)

    return rows * 256 * updates_per_second(step)


@torch.no_grad()
def generate(batch):
    ids = torch.randint(0, vocabulary, (batch, 128))

    def run(new):
        begin = time.perf_counter()
        model.generate(ids, attention_mask=torch.ones_like(ids), max_new_tokens=new, min_new_tokens=new, do_sample=True, pad_token_id=0)
        return time.perf_counter() - begin

    run(1)
    read = run(1)
    return {"batch": batch, "read": 128 * batch / read, "drawn": 16 * batch / (run(17) - read)}


if what == "generate":
    result = [generate(int(batch)) for batch in os.environ["BATCHES"].split(",")]
elif what == "train-lora":
    import peft

    linear = ["q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"]
    adapted = peft.get_peft_model(model, peft.LoraConfig(task_type="CAUSAL_LM", r=16, lora_alpha=32, target_modules=linear))
    result = train(adapted.train(), 2, 32)
else:
    model.train()
    result = train(torch.compile(model) if what == "train-full-compiled" else model, 4, 255)
print(json.dumps(result))
