"""Trains two small byte-level tokenizers, in the layouts of Qwen2 and of Llama 3, and records what `tokenizers` makes of texts."""

import json
import random
import unicodedata
from pathlib import Path

from tokenizers import Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, trainers

HERE = Path(__file__).parent
CONTRACTIONS = "(?i:'s|'t|'re|'ve|'m|'ll|'d)"
REST = r"[^\r\n\p{L}\p{N}]?\p{L}+|%s| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
QWEN2 = CONTRACTIONS + "|" + REST % r"\p{N}"
LLAMA3 = CONTRACTIONS + "|" + REST % r"\p{N}{1,3}"

CORPUS = [
    "The mug stands on the shelf beside the sink, and the lamp isn't lit. We'll clean it; they've cleaned theirs.",
    "Take the mug from the shelf, wash the mug in the sink, then put the clean mug on the table. Don't drop it!",
    "Open the drawer 1. The drawer 1 is open. In it you see a spoon 2, a knife 3 and a pencil 14.",
    "You are a helpful assistant. What is the weather in Paris today? The weather in Paris is 21 degrees.",
    "def clean(mug):\n    for step in range(10):\n        mug.wash(step)\n    return mug\n\n\nprint(clean(mug))\n",
    '{"name": "get_weather", "arguments": {"city": "Paris", "unit": "celsius"}}\n' * 3,
    "Поставь чистую кружку на полку рядом с раковиной. Кружка стоит на полке, полка стоит у стены.",
    "把干净的杯子放在架子上。杯子在架子上,架子在水槽旁边。",
    "きれいなマグカップを棚に置いてください。マグカップは棚の上にあります。",
    "깨끗한 머그잔을 선반 위에 놓으세요. 머그잔은 선반 위에 있습니다.",
    "ضع الكوب النظيف على الرف. الكوب على الرف بجانب الحوض.",
    "साफ मग को शेल्फ पर रखो। मग शेल्फ पर है।",
    "Đặt chiếc cốc sạch lên kệ. Chiếc cốc ở trên kệ cạnh bồn rửa.",
    "Ställ den rena muggen på hyllan. Größe, Straße, naïve café, œuvre, señor.",
] * 4

QWEN2_SPECIAL = ["<|endoftext|>", "<|im_start|>", "<|im_end|>"]
QWEN2_TEXT = ["<tool_call>", "</tool_call>", "<tool_response>", "</tool_response>", "<think>", "</think>"]
LLAMA3_SPECIAL = ["<|begin_of_text|>", "<|end_of_text|>", "<|reserved_special_token_0|>", "<|finetune_right_pad_id|>"]
LLAMA3_SPECIAL += ["<|start_header_id|>", "<|end_header_id|>", "<|eom_id|>", "<|eot_id|>", "<|python_tag|>"]
LLAMA3_SPECIAL += [f"<|reserved_special_token_{i}|>" for i in range(1, 8)]


def layout(pattern: str, normalizer) -> Tokenizer:
    tokenizer = Tokenizer(models.BPE())
    if normalizer is not None:
        tokenizer.normalizer = normalizer
    split = pre_tokenizers.Split(Regex(pattern), "isolated")
    byte_level = pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence([split, byte_level])
    tokenizer.decoder = decoders.ByteLevel()
    return tokenizer


def trained(pattern: str, normalizer, size: int) -> dict:
    tokenizer = layout(pattern, normalizer)
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    trainer = trainers.BpeTrainer(vocab_size=size, initial_alphabet=alphabet, show_progress=False)
    tokenizer.train_from_iterator(CORPUS, trainer)
    return json.loads(tokenizer.to_str())


def added(contents: list[str], first: int, special: bool, **flags: bool) -> list[dict]:
    plain = {"single_word": False, "lstrip": False, "rstrip": False, "normalized": False}
    return [{"id": first + i, "content": c, **plain, "special": special, **flags} for i, c in enumerate(contents)]


def config(tokens: list[dict], **fields) -> dict:
    decoder = {str(t["id"]): {k: v for k, v in t.items() if k != "id"} for t in tokens}
    return {"added_tokens_decoder": decoder, "clean_up_tokenization_spaces": False, "model_max_length": 4096, **fields}


def qwen2() -> tuple[dict, dict]:
    file = trained(QWEN2, normalizers.NFC(), 600)
    size = len(file["model"]["vocab"])
    tokens = added(QWEN2_SPECIAL, size, True) + added(QWEN2_TEXT, size + len(QWEN2_SPECIAL), False)
    file["added_tokens"] = tokens
    file["post_processor"] = {"type": "ByteLevel", "add_prefix_space": False, "trim_offsets": False, "use_regex": False}
    return file, config(
        tokens,
        tokenizer_class="PreTrainedTokenizerFast",
        bos_token=None,
        eos_token="<|im_end|>",
        pad_token="<|endoftext|>",
        unk_token=None,
    )


def llama3() -> tuple[dict, dict]:
    """As the tokenizers of tiktoken are converted: every way to make a token is a merge, and whole words go first."""
    file = trained(LLAMA3, None, 600)
    vocab = file["model"]["vocab"]
    merges = []
    for token, rank in sorted(vocab.items(), key=lambda entry: entry[1]):
        ways = [(token[:i], token[i:]) for i in range(1, len(token)) if token[:i] in vocab and token[i:] in vocab]
        merges += sorted(ways, key=lambda way: (vocab[way[0]], vocab[way[1]]))
    size = len(vocab)
    # Words that no merge leads to, as Llama 3 has some.
    for word in ["Ġqqqq", "zzz", "ĠÐ¶Ð¶"]:
        vocab[word] = size
        size += 1
    file["model"] |= {"vocab": vocab, "merges": [list(way) for way in merges], "ignore_merges": True}
    tokens = added(LLAMA3_SPECIAL, size, True)
    file["added_tokens"] = tokens
    begin = {"SpecialToken": {"id": "<|begin_of_text|>", "type_id": 0}}
    single = [begin, {"Sequence": {"id": "A", "type_id": 0}}]
    pair = [*single, {"SpecialToken": {"id": "<|begin_of_text|>", "type_id": 1}}, {"Sequence": {"id": "B", "type_id": 1}}]
    first = {"id": "<|begin_of_text|>", "ids": [size], "tokens": ["<|begin_of_text|>"]}
    template = {
        "type": "TemplateProcessing",
        "single": single,
        "pair": pair,
        "special_tokens": {"<|begin_of_text|>": first},
    }
    byte_level = {"type": "ByteLevel", "add_prefix_space": True, "trim_offsets": True, "use_regex": False}
    file["post_processor"] = {"type": "Sequence", "processors": [byte_level, template]}
    bos = {"content": "<|begin_of_text|>", "lstrip": False, "normalized": False, "rstrip": False, "single_word": False}
    return file, config(
        tokens,
        tokenizer_class="PreTrainedTokenizerFast",
        bos_token={"__type": "AddedToken", **bos},
        eos_token="<|eot_id|>",
        pad_token="<|finetune_right_pad_id|>",
    )


def texts(count: int) -> list[str]:
    """Texts of all scripts, spaces, digits, contractions, marks, special tokens and pieces of them."""
    rand = random.Random(1)
    assigned = [c for c in map(chr, range(0xD800)) if unicodedata.category(c) not in ("Cn", "Co")]
    assigned += [c for c in map(chr, range(0xF900, 0x20000)) if unicodedata.category(c) not in ("Cn", "Co")]
    marks = [chr(c) for c in (0x300, 0x301, 0x323, 0x327, 0x328, 0x308, 0x345, 0x5B0, 0x64B, 0x93C, 0x3099, 0x20D0)]
    marks += [chr(c) for c in (0x7FD, 0x898, 0x8CA, 0x1AC1, 0x11A8, 0x1161)]  # some are older than the library's tables, some not
    special = QWEN2_SPECIAL + QWEN2_TEXT + LLAMA3_SPECIAL
    spaces = [" ", "  ", "   ", "\n", "\n\n", "\r\n", "\t", "\u00a0", "\u2003", "\u3000", "\u0085", "\u2028", "\ufeff"]
    spaces += ["\u200b", "\v", "\f", "\x1c", "\u1680", "\r", "\n \n", "    "]
    words = ["qqqq", " qqqq", "zzz", " жж", "жжж", "mug", " shelf", "İ", "ß", "ﬁ", "👩‍👩‍👧", "🏳️‍🌈", "½", "٣٤", "Ⅷ", "ſ", "K"]
    ends = ["s", "S", "t", "re", "RE", "rE", "ve", "m", "ll", "LL", "d", "ſ", "x", "", "ſx", "l"]

    def piece() -> str:
        kind = rand.randrange(10)
        if kind == 0:
            text = rand.choice(CORPUS)
            at = rand.randrange(len(text))
            return text[at : at + rand.randrange(1, 30)]
        if kind == 1:
            return "".join(rand.choice(assigned) for _ in range(rand.randint(1, 4)))
        if kind == 2:
            return rand.choice(spaces) * rand.choice([1, 1, 2, 5])
        if kind == 3:
            return rand.choice(special)
        if kind == 4:
            return rand.choice(special)[: rand.randrange(8)]
        if kind == 5:
            return "".join(rand.choice("0123456789") for _ in range(rand.randint(1, 8)))
        if kind == 6:
            return "'" + rand.choice(ends)
        if kind == 7:
            return rand.choice("aeAnc가나") + "".join(rand.choice(marks) for _ in range(rand.randint(1, 3)))
        if kind == 8:
            return "".join(rand.choice("!@#$%^&*()_+-=[]{}|;:,./<>?~`\\\"'") for _ in range(rand.randint(1, 5)))
        return rand.choice(words)

    fixed = ["", " ", "\n", "a" * 300, " " * 100 + "x", "ab" * 120, *CORPUS[:14]]
    return fixed + ["".join(piece() for _ in range(rand.randint(1, 8))) for _ in range(count - len(fixed))]


def encoded(file: dict, inputs: list[str]) -> list[list[int]]:
    tokenizer = Tokenizer.from_str(json.dumps(file))
    return [tokenizer.encode(text, add_special_tokens=False).ids for text in inputs]


def added_token_cases(file: dict) -> dict:
    """The same tokens with every flag, and with all pairs of them."""
    rand = random.Random(2)
    pieces = ["<|im_end|>", "MARK", "mark", "<é>", "<e\u0301>", " ", "  ", "\n", "\u00a0", "\ufeff", "\x85", "a", "_", "日", "5", "."]
    inputs = ["".join(rand.choice(pieces) for _ in range(rand.randint(2, 8))) for _ in range(60)]
    names = ["single_word", "lstrip", "rstrip", "normalized"]
    cases = []
    for chosen in [[], *[[n] for n in names], *[[a, b] for i, a in enumerate(names) for b in names[i + 1 :]]]:
        size = len(file["model"]["vocab"])
        flags = {name: True for name in chosen}
        tokens = added(["<|im_end|>", "mark"], size, True, **flags) + added(["<é>", "MARK"], size + 2, False)
        cases.append({"added_tokens": tokens, "ids": encoded(file | {"added_tokens": tokens}, inputs)})
    return {"texts": inputs, "cases": cases}


def write(path: str, value) -> None:
    target = HERE / path
    target.parent.mkdir(exist_ok=True)
    target.write_text(json.dumps(value, ensure_ascii=True, separators=(",", ":")) + "\n")


if __name__ == "__main__":
    inputs = texts(200)
    both = {"qwen2": qwen2(), "llama3": llama3()}
    for name, (file, settings) in both.items():
        write(f"{name}/tokenizer.json", file)
        write(f"{name}/tokenizer_config.json", settings)
    write("encoded.json", {"texts": inputs, **{name: encoded(file, inputs) for name, (file, _) in both.items()}})
    write("added-tokens.json", added_token_cases(both["qwen2"][0]))
