"""Makes tiny models and records what transformers and PEFT compute with them in float32. See README.md.

make.py [NAME…]   makes the named folders beside this file, or all of them and manifest.json
"""

import json
import os
import shutil
import sys
import tempfile
import warnings
from typing import NamedTuple

# PEFT writes a set as a list; without this its order changes from run to run.
if os.environ.get("PYTHONHASHSEED") != "0":
    os.execve(sys.executable, [sys.executable, *sys.argv], {**os.environ, "PYTHONHASHSEED": "0"})
os.environ["HF_HUB_OFFLINE"] = "1"

import peft
import torch
import transformers
from safetensors.torch import save_file

warnings.simplefilter("ignore", FutureWarning)
transformers.logging.set_verbosity_error()
transformers.utils.logging.disable_progress_bar()
torch.set_num_threads(1)
torch.use_deterministic_algorithms(True)
os.chdir(os.path.dirname(os.path.abspath(__file__)))

LENGTHS = (120, 29, 5)  # rows of input_ids
EVERY = 7  # of the longest row's positions, this share of the logits is kept
PROMPTS, NEW_TOKENS = (70, 6), 24
MIN_MARGIN = 1e-3  # between the best and the second best token of a greedy step
TRAIN_LENGTHS = (110, 60)
RESPONSES = (((40, 60), (75, 110)), ((6, 20), (50, 60)))  # half-open ranges of each row
TEMPERATURE = 0.7
COMMON = dict(
    vocab_size=96,
    hidden_size=32,
    intermediate_size=48,
    num_hidden_layers=2,
    num_attention_heads=4,
    num_key_value_heads=2,
    max_position_embeddings=256,
    rms_norm_eps=1e-6,
    bos_token_id=1,
    eos_token_id=2,
)
QWEN2, QWEN3, LLAMA = transformers.Qwen2Config, transformers.Qwen3Config, transformers.LlamaConfig
ALL_LINEAR = ["q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"]


def rope(kind="default", theta=10000.0, **rest):
    return dict(rope_type=kind, rope_theta=theta, **rest)


def llama3(theta, factor, original):
    return rope(
        "llama3",
        theta,
        factor=factor,
        low_freq_factor=1.0,
        high_freq_factor=4.0,
        original_max_position_embeddings=original,
    )


class Variant(NamedTuple):
    covers: str
    seed: int
    config: type
    fields: dict
    dtype: torch.dtype = torch.bfloat16  # of the file; everything is computed in float32
    shard: str | None = None
    adapter: dict | None = None


# A seed whose greedy answers are unambiguous, varied and without the end of sequence.
VARIANTS = {
    "qwen2-tied": Variant(
        "Qwen2 with biases on q, k, v, a tied head, float32 in the file, rope_theta 1e6; an adapter on all seven kinds of matrices.",
        3,
        QWEN2,
        dict(tie_word_embeddings=True, rope_parameters=rope(theta=1e6)),
        torch.float32,
        adapter=dict(target_modules=ALL_LINEAR),
    ),
    "qwen2-untied": Variant(
        "Qwen2 with a head of its own, an odd vocabulary of 101 and rms_norm_eps 1e-3.",
        3,
        QWEN2,
        dict(tie_word_embeddings=False, rope_parameters=rope(), vocab_size=101, rms_norm_eps=1e-3),
    ),
    "qwen2-sharded": Variant(
        "Qwen2 of three layers in four shards with an index, float16 in the files, tied.",
        6,
        QWEN2,
        dict(tie_word_embeddings=True, rope_parameters=rope(), num_hidden_layers=3),
        torch.float16,
        shard="16KB",
    ),
    "qwen2-yarn": Variant(
        "Qwen2 with YaRN as Qwen2.5 documents it: factor 4, and max_position_embeddings stays at the original 32, which the "
        "longer sequences here exceed; two heads of 16 and one key-value head, so that one frequency lies on YaRN's ramp; tied.",
        4,
        QWEN2,
        dict(
            tie_word_embeddings=True,
            rope_parameters=rope("yarn", factor=4.0, original_max_position_embeddings=32),
            max_position_embeddings=32,
            num_attention_heads=2,
            num_key_value_heads=1,
        ),
    ),
    "qwen3-tied": Variant(
        "Qwen3 with norms on queries and keys, head_dim 16 where hidden/heads is 8, tied; an adapter on q and v with rsLoRA.",
        2,
        QWEN3,
        dict(tie_word_embeddings=True, rope_parameters=rope(theta=1e6), head_dim=16),
        adapter=dict(target_modules=["q_proj", "v_proj"], use_rslora=True),
    ),
    "qwen3-untied": Variant(
        "Qwen3 with attention_bias, so biases on q, k, v and o, and a head of its own; head_dim 8.",
        3,
        QWEN3,
        dict(tie_word_embeddings=False, rope_parameters=rope(), head_dim=8, attention_bias=True),
    ),
    "llama3": Variant(
        "Llama with rope scaling llama3, factor 8 over 32 original positions, a head of its own; head_dim 16, so that of the eight "
        "frequencies one stays, one is interpolated and six are divided; an adapter on k, o and down.",
        5,
        LLAMA,
        dict(tie_word_embeddings=False, rope_parameters=llama3(10000.0, 8.0, 32), head_dim=16, rms_norm_eps=1e-5),
        adapter=dict(target_modules=["k_proj", "o_proj", "down_proj"]),
    ),
    "llama32-tied": Variant(
        "Llama 3.2: tied, rope scaling llama3 with factor 32, rope_theta 5e5; of the four frequencies one stays, one is interpolated.",
        3,
        LLAMA,
        dict(tie_word_embeddings=True, rope_parameters=llama3(500000.0, 32.0, 256), rms_norm_eps=1e-5),
    ),
    "llama-plain": Variant(
        "Llama without scaling, as many key-value heads as heads, a head of its own, a vocabulary of 113.",
        4,
        LLAMA,
        dict(tie_word_embeddings=False, rope_parameters=rope(), num_key_value_heads=4, vocab_size=113),
    ),
    "llama-bias": Variant(
        "Llama with attention_bias and mlp_bias: a bias on all seven matrices of a layer; rms_norm_eps 1e-2, tied.",
        3,
        LLAMA,
        dict(tie_word_embeddings=True, rope_parameters=rope(), attention_bias=True, mlp_bias=True, rms_norm_eps=1e-2),
    ),
    "llama-linear": Variant(
        "Llama with linear rope scaling, factor 2, tied.",
        6,
        LLAMA,
        dict(tie_word_embeddings=True, rope_parameters=rope("linear", factor=2.0)),
    ),
}
SLIDING = (
    "qwen2-sliding",
    "A configuration only, to be refused: Qwen2 whose second layer attends through a sliding window of 16.",
)


def classic(config):
    """The fields of config.json as folders older than transformers 5 lay them out."""
    new = ("rope_parameters", "dtype", "layer_types", "transformers_version", "pad_token_id")
    old = {k: v for k, v in config.items() if k not in new}
    scaling = dict(config["rope_parameters"])
    old["rope_theta"] = scaling.pop("rope_theta")
    old["torch_dtype"] = config["dtype"]
    kind = scaling.pop("rope_type")
    # The oldest scalings were written with "type", later ones with "rope_type"; Qwen2 leaves the field out when there is none.
    if kind != "default":
        old["rope_scaling"] = {"type" if kind in ("linear", "yarn") else "rope_type": kind, **scaling}
    elif config["model_type"] != "qwen2":
        old["rope_scaling"] = None
    if config["model_type"] == "llama" and config["head_dim"] * config["num_attention_heads"] == config["hidden_size"]:
        del old["head_dim"]
    # Qwen's folders name a window even though use_sliding_window is false.
    if config.get("use_sliding_window") is False:
        old["sliding_window"] = 16
    return old


def write_json(path, value):
    with open(path, "w") as f:
        f.write(json.dumps(value, indent=2, sort_keys=True) + "\n")


def write_classic(name):
    with open(f"{name}/config.json") as f:
        write_json(f"{name}/config.classic.json", classic(json.load(f)))


def load(folder):
    return transformers.AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32, attn_implementation="eager").eval()


def randomize(model, draw):
    """Weights that give sharp logits: the usual initial ones leave every token about as likely as any other."""
    for name, p in model.named_parameters():
        if name.endswith("norm.weight"):
            p.data = 0.5 + torch.rand(p.shape, generator=draw)
        else:
            p.data = (0.3 if p.dim() == 1 else 0.25) * torch.randn(p.shape, generator=draw)


def make_model(name, v):
    shutil.rmtree(name, ignore_errors=True)
    model = transformers.AutoModelForCausalLM.from_config(v.config(**{**COMMON, **v.fields}))
    randomize(model, torch.Generator().manual_seed(v.seed))
    model.to(v.dtype).save_pretrained(name, **({"max_shard_size": v.shard} if v.shard else {}))
    write_classic(name)


def inputs_of(vocab, seed):
    """Everything a recording begins from, by its name in the file."""
    draw = torch.Generator().manual_seed(1000 + seed)
    tokens = lambda *shape: torch.randint(3, vocab, shape, generator=draw)
    mask_of = lambda lengths: (torch.arange(max(lengths)) < torch.tensor(lengths)[:, None]).long()
    attention, train = mask_of(LENGTHS), mask_of(TRAIN_LENGTHS)
    positions = [(b, t) for b, n in enumerate(LENGTHS) for t in range(0, n, EVERY if b == 0 else 1)]
    response = torch.zeros_like(train)
    for b, ranges in enumerate(RESPONSES):
        for start, end in ranges:
            response[b, start:end] = 1
    return {
        "input_ids": tokens(len(LENGTHS), max(LENGTHS)) * attention,
        "attention_mask": attention,
        "logit_positions": torch.tensor(positions),
        "greedy.prompt": tokens(len(PROMPTS), max(PROMPTS)) * mask_of(PROMPTS),
        "greedy.prompt_lengths": torch.tensor(PROMPTS),
        "train.tokens": tokens(len(TRAIN_LENGTHS), max(TRAIN_LENGTHS)) * train,
        "train.attention_mask": train,
        "train.response_mask": response,
        "train.weights": torch.randn(response.shape, generator=draw) * response,
        "train.temperature": torch.tensor(TEMPERATURE),
    }


@torch.no_grad()
def logits_of(model, given):
    logits = model(input_ids=given["input_ids"], attention_mask=given["attention_mask"], use_cache=False).logits
    b, t = given["logit_positions"].T
    return logits[b, t].contiguous()


@torch.no_grad()
def greedy(model, given, eos):
    ids, margins = [], []
    for prompt, n in zip(given["greedy.prompt"], given["greedy.prompt_lengths"]):
        tokens, margin = prompt[:n].tolist(), []
        for _ in range(NEW_TOKENS):
            best = model(input_ids=torch.tensor([tokens]), use_cache=False).logits[0, -1].topk(2)
            tokens.append(best.indices[0].item())
            margin.append(best.values[0] - best.values[1])
        ids.append(tokens[n:])
        margins.append(torch.stack(margin))
    ids, margins = torch.tensor(ids), torch.stack(margins)
    assert margins.min() > MIN_MARGIN, f"a greedy step is ambiguous ({margins.min():.1e}): choose another seed"
    assert not (ids == eos).any(), "a greedy answer holds the end of sequence: choose another seed"
    return {"greedy.ids": ids, "greedy.margins": margins}


def train(model, given, names):
    """loss = −Σ w · log softmax(logits / temperature)[token], and its gradient for every parameter in `names`."""
    tokens, response = given["train.tokens"], given["train.response_mask"]
    logits = model(input_ids=tokens, attention_mask=given["train.attention_mask"], use_cache=False).logits
    # The logits at t − 1 say how likely token t is; token 0 has no probability and is never a response.
    likely = torch.log_softmax(logits[:, :-1] / TEMPERATURE, -1).gather(-1, tokens[:, 1:, None])[..., 0]
    logprobs = torch.nn.functional.pad(likely, (1, 0)) * response
    loss = -(given["train.weights"] * logprobs).sum()
    parameters = list(names.values())
    gradients = torch.autograd.grad(loss, parameters)
    return {
        "train.loss": loss.detach(),
        "train.token_logprobs": logprobs.detach(),
        **{f"grad.{name}": g.contiguous() for name, g in zip(names, gradients)},
    }


def record_lora(name, v, given, base_logits):
    config = peft.LoraConfig(task_type="CAUSAL_LM", r=4, lora_alpha=8, lora_dropout=0.0, **v.adapter)
    model = peft.get_peft_model(load(name), config).eval()
    draw = torch.Generator().manual_seed(2000 + v.seed)
    for full, p in model.named_parameters():
        if p.requires_grad:
            p.data = (0.3 if "lora_A" in full else 0.15) * torch.randn(p.shape, generator=draw)
    model.save_pretrained(f"{name}/adapter")
    os.remove(f"{name}/adapter/README.md")  # a form to fill in
    model = peft.PeftModel.from_pretrained(load(name), f"{name}/adapter", is_trainable=True).eval()
    names = {full.replace(".default.", "."): p for full, p in model.named_parameters() if p.requires_grad}
    logits = logits_of(model, given)
    out = {"logits": logits, **train(model, given, names)}
    out["logits_merged"] = logits_of(model.merge_and_unload(), given)
    assert (logits - base_logits).abs().max() > 1
    torch.testing.assert_close(out["logits_merged"], logits, rtol=1e-4, atol=1e-4)
    kept = {k: v for k, v in given.items() if not k.startswith("greedy.")}
    save_file({**kept, **out}, f"{name}/expected-lora.safetensors")


def make(name):
    v = VARIANTS[name]
    make_model(name, v)
    model = load(name)
    given = inputs_of(model.config.vocab_size, v.seed)
    logits = logits_of(model, given)
    with tempfile.TemporaryDirectory() as copy:
        shutil.copytree(name, copy, dirs_exist_ok=True)
        os.replace(f"{copy}/config.classic.json", f"{copy}/config.json")
        assert torch.equal(logits, logits_of(load(copy), given)), f"{name}: the two layouts of config.json disagree"
    out = {
        "logits": logits,
        **greedy(model, given, model.config.eos_token_id),
        **train(model, given, dict(model.named_parameters())),
    }
    save_file({**given, **out}, f"{name}/expected.safetensors")
    if v.adapter:
        record_lora(name, v, given, logits)
    print(f"{name}: smallest greedy margin {out['greedy.margins'].min():.4f}, loss {out['train.loss']:.4f}")


def make_sliding(name):
    shutil.rmtree(name, ignore_errors=True)
    fields = dict(use_sliding_window=True, sliding_window=16, max_window_layers=1, rope_parameters=rope())
    config = QWEN2(**COMMON, **fields, architectures=["Qwen2ForCausalLM"], dtype="float32")
    config.save_pretrained(name)
    write_classic(name)


if __name__ == "__main__":
    for name in sys.argv[1:] or VARIANTS:
        make(name)
    if not sys.argv[1:]:
        make_sliding(SLIDING[0])
        write_json(
            "manifest.json",
            {
                "torch": torch.__version__,
                "transformers": transformers.__version__,
                "peft": peft.__version__,
                "variants": {**{name: v.covers for name, v in VARIANTS.items()}, SLIDING[0]: SLIDING[1]},
            },
        )
