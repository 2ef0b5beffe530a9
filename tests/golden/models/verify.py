"""Opens a model folder with transformers, and an adapter with PEFT, and compares its logits with recorded ones. See README.md.

verify.py FOLDER EXPECTED.safetensors [--adapter DIR]

Prints one line of JSON. max_rel is max_abs over the largest recorded logit. Exits with 1 where a tensor is missing or
unexpected, or the logits are not finite; how far they may differ is for the caller to say.
"""

import argparse
import json
import math
import os
import sys
import warnings

os.environ["HF_HUB_OFFLINE"] = "1"

import torch
import transformers
from safetensors import safe_open
from safetensors.torch import load_file

arguments = argparse.ArgumentParser()
arguments.add_argument("folder")
arguments.add_argument("expected")
arguments.add_argument("--adapter")
given = arguments.parse_args()

warnings.simplefilter("ignore", FutureWarning)
transformers.logging.set_verbosity_error()
transformers.utils.logging.disable_progress_bar()
torch.set_num_threads(1)

model, loading = transformers.AutoModelForCausalLM.from_pretrained(
    given.folder, dtype=torch.float32, attn_implementation="eager", local_files_only=True, output_loading_info=True
)
missing, unexpected = set(loading["missing_keys"]), set(loading["unexpected_keys"])
if given.adapter:
    import peft

    model = peft.PeftModel.from_pretrained(model, given.adapter)
    wanted = set(peft.get_peft_model_state_dict(model))
    with safe_open(os.path.join(given.adapter, "adapter_model.safetensors"), "pt") as f:
        found = set(f.keys())
    missing |= wanted - found
    unexpected |= found - wanted

expected = load_file(given.expected)
with torch.no_grad():
    logits = model.eval()(
        input_ids=expected["input_ids"], attention_mask=expected["attention_mask"], use_cache=False
    ).logits
row, position = expected["logit_positions"].T
difference = (logits[row, position] - expected["logits"]).abs().max().item()
finite = math.isfinite(difference)
print(
    json.dumps(
        {
            "max_abs": difference if finite else None,
            "max_rel": difference / expected["logits"].abs().max().item() if finite else None,
            "missing_keys": sorted(missing),
            "unexpected_keys": sorted(unexpected),
        }
    )
)
if missing or unexpected:
    sys.exit(f"{given.folder}: {len(missing)} tensors are missing and {len(unexpected)} are unexpected")
if not finite:
    sys.exit(f"{given.folder}: the logits are not finite")
