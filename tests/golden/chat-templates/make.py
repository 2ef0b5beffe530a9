"""Records what transformers makes of conversations with four chat templates, and of random templates."""

import datetime
import gzip
import json
import random
import re
import tempfile
import warnings
from pathlib import Path

from transformers import PreTrainedTokenizerFast
from transformers.utils import chat_template_utils

HERE = Path(__file__).parent
TEMPLATES = {"chatml": "qwen2", "thinking": "qwen2", "headers": "llama3", "signatures": "qwen2"}
NOW = datetime.datetime(2025, 3, 9, 7, 5, 3)

rand = random.Random(5)
WORDS = ["hello", "mug", "Привет", "日本", "😀", "naïve", "e\u0301", "12", "{{", "%}", "<think>", "</think>", "<tool_call>"]
WORDS += ["<|im_end|>", "<|eot_id|>", "<tool_response>", "'", '"', "\\", "\u00a0", "\x1f", "\u2028", "\x7f", "<&>"]
SPACES = ["", " ", "\n", "\n\n", "  ", "\t", "\r\n", "\u3000", "\x85", "\x1c", "\ufeff"]


class Clock(datetime.datetime):
    @classmethod
    def now(cls, tz=None):
        return NOW


def text(most: int = 5) -> str:
    if rand.random() < 0.07:
        return ""
    start = rand.choice(SPACES) if rand.random() < 0.4 else ""
    words = "".join(rand.choice(WORDS) + rand.choice([" ", " ", "", "\n"]) for _ in range(rand.randint(1, most)))
    return start + words + (rand.choice(SPACES) if rand.random() < 0.4 else "")


def value(depth: int = 0):
    kind = rand.randrange(9 if depth < 2 else 6)
    if kind < 3:
        return text(2)
    if kind == 3:
        return rand.choice([0, 1, -7, 10**6, 2**60, 123456789012345678901])
    if kind == 4:
        return rand.choice([0.5, 1.0, -2.0, 1e-7, 1e16, 3.14159, -0.0])
    if kind == 5:
        return rand.choice([True, False, None])
    if kind == 6:
        return [value(depth + 1) for _ in range(rand.randint(0, 3))]
    return {rand.choice(["a", "b", "ключ", "x y", "items", "get", "10", "9"]): value(depth + 1) for _ in range(rand.randint(0, 3))}


def arguments() -> dict:
    return {rand.choice(["city", "q", "path", "текст", "2", "1"]): value() for _ in range(rand.randint(0, 3))}


def schema(depth: int = 0) -> dict:
    kind = rand.choice(["string", "integer", "boolean", "array", "object"] if depth < 3 else ["string"])
    described = {"type": kind}
    if kind == "array":
        described["items"] = schema(depth + 1)
    elif kind == "object":
        described["properties"] = {name: schema(depth + 1) for name in rand.sample(["b", "A", "c"], rand.randint(0, 2))}
        described["required"] = ["A"]
    elif rand.random() < 0.2:
        described["enum"] = ["x", 1, None]
    return described


def tool(number: int) -> dict:
    parameters = {"type": "object", "properties": {name: schema() for name in rand.sample(["city", "unit", "n"], 2)}}
    return {"type": "function", "function": {"name": f"fn_{number}", "description": text(8), "parameters": parameters}}


def conversation() -> list[dict]:
    messages = [{"role": "system", "content": text()}] if rand.random() < 0.6 else []
    for _ in range(rand.randint(1, 3)):
        asked = "<tool_response>" + text(2) + "</tool_response>" if rand.random() < 0.1 else text()
        messages.append({"role": "user", "content": asked})
        if rand.random() < 0.5:
            count = rand.choice([1, 1, 1, 2])
            calls = [
                {"id": f"call_{i}", "type": "function", "function": {"name": f"fn_{i}", "arguments": arguments()}}
                for i in range(count)
            ]
            message = {"role": "assistant", "content": rand.choice([None, "", text()]), "tool_calls": calls}
            if rand.random() < 0.3:
                message["reasoning_content"] = rand.choice([None, text(3)])
            messages.append(message)
            messages += [
                {"role": "tool", "name": f"fn_{i}", "tool_call_id": f"call_{i}", "content": text()} for i in range(count)
            ]
        if rand.random() < 0.8:
            thought = rand.randrange(5)
            message = {"role": "assistant", "content": text()}
            if thought == 0:
                message["content"] = "<think>\n" + text(3) + "\n</think>\n\n" + text()
            elif thought == 1:
                message["content"] = rand.choice(SPACES) + "<think>" + text(3) + "</think>" + rand.choice(SPACES) + text()
            elif thought == 2:
                message["reasoning_content"] = text(3)
            messages.append(message)
    return messages


def options() -> dict:
    chosen = {"addGenerationPrompt": rand.random() < 0.5}
    if rand.random() < 0.4:
        chosen["tools"] = [tool(i) for i in range(rand.randint(1, 3))]
    variables = {}
    if rand.random() < 0.4:
        variables["enable_thinking"] = rand.random() < 0.5
    if rand.random() < 0.2:
        variables["date_string"] = "01 Jan 2025"
    if rand.random() < 0.3:
        variables["tools_in_user_message"] = rand.random() < 0.5
    if rand.random() < 0.15:
        variables["builtin_tools"] = rand.choice([["interpreter"], ["search", "interpreter"], ["fn_0"]])
    return {**chosen, "variables": variables}


def as_given(messages: list[dict]) -> list[dict]:
    """The OpenAI form: arguments are JSON, in one of its spellings."""
    spellings = [(", ", ": "), (",", ":")]
    given = json.loads(json.dumps(messages))
    for message in given:
        for call in message.get("tool_calls", []):
            function = call["function"]
            function["arguments"] = json.dumps(function["arguments"], ensure_ascii=False, separators=rand.choice(spellings))
    return given


def recorded(tokenizers: dict, name: str) -> dict:
    tokenizer = tokenizers[name]
    messages, chosen = conversation(), options()
    called = dict(tools=chosen.get("tools"), add_generation_prompt=chosen["addGenerationPrompt"], **chosen["variables"])
    case = {"template": name, "messages": as_given(messages), "options": chosen}
    # What vLLM gives to templates where the content is null.
    for message in messages:
        message["content"] = message["content"] or ""
    try:
        case["text"] = tokenizer.apply_chat_template(messages, tokenize=False, **called)
    except Exception as error:
        return {**case, "error": str(error)}
    ids = tokenizer.apply_chat_template(messages, return_dict=False, **called)
    assert ids == tokenizer(case["text"], add_special_tokens=False)["input_ids"]
    escaped = tokenizer.apply_chat_template(messages, return_dict=False, sanitize_control_tokens=True, **called)
    if escaped != ids:
        case["escaped"] = escaped
    return case


def opened(name: str, layout: str) -> PreTrainedTokenizerFast:
    source = HERE.parent / "tokenizers" / layout
    with tempfile.TemporaryDirectory() as folder:
        for file in ("tokenizer.json", "tokenizer_config.json"):
            (Path(folder) / file).write_text((source / file).read_text())
        (Path(folder) / "chat_template.jinja").write_text((HERE / f"{name}.jinja").read_text())
        return PreTrainedTokenizerFast.from_pretrained(folder)


VARIABLES = {
    "i": 3, "j": -7, "z": 0, "f": 2.5, "g": -0.125, "h": 3.0, "t": True, "u": False, "n": None, "s": "Hello World", "e": "",
    "w": " \t pad\n ", "m": "a,b,,c", "uni": "naïve 😀 日本", "num": "42", "fl": " 3.75 ", "lst": [3, 1, 2], "el": [],
    "strs": ["b", "A", "c", "B"], "nest": [[1, 2], [3]], "mix": [1, "a", None, 2.5], "d": {"a": 1, "b": "two", "c": None},
    "ed": {}, "dd": {"x": {"y": [1, {"z": "deep"}]}, "items": 5, "k": True},
    "objs": [{"n": "x", "v": 2, "o": None}, {"n": "Y", "v": 1, "q": "1"}, {"n": "z", "v": 2}],
    "big": 123456789012345678901234567890, "quote": "it's \"q\" \\ \n",
}
FILTERS = """abs;capitalize;count;d('x');default('x', true);dictsort;first;float;float(1.5);indent(2);indent(2, true)
indent('> ', first=true, blank=true);int;int(7);int(base=16);items|list;join('-');join(', ', attribute='n');last;length;list
lower;map('upper')|list;map(attribute='n')|list;map(attribute='q', default='D')|list;max;min;max(attribute='v')
reject('none')|list;rejectattr('o')|list;rejectattr('n','equalto','x')|list;replace('l','LL',1);replace('','.');reverse|list
round;round(1);round(2,'floor');select|list;select('string')|list;select('in',[1,2])|list;selectattr('v','gt',1)|list
selectattr('q','defined')|list;sort;sort(reverse=true);sort(case_sensitive=true);sort(attribute='v,n');string;sum
sum(attribute='v');title;tojson;tojson(indent=2);tojson(ensure_ascii=true);tojson(sort_keys=true);tojson(separators=(',',':'))
trim;trim('Hd ');truncate(8,true);truncate(9,false,'~',0);unique|list;upper;wordcount;groupby('v')|list;batch(2,'f')|list
slice(2)|list;center(20);format(1)""".replace("\n", ";").split(";")
TESTS = """defined;undefined;none;string;number;integer;float;boolean;true;false;mapping;iterable;sequence;callable;odd;even
divisibleby 2;eq 3;ne(1);lt(2);ge(3);in [1,2,3];sameas none;lower;upper;filter""".replace("\n", ";").split(";")
METHODS = """upper();lower();strip();lstrip();rstrip();strip('Hd');rstrip('\\n');title();capitalize();swapcase();split();split(',')
split(',', 1);split(None, 1);rsplit(',', 1);splitlines();splitlines(true);startswith('He');startswith(('x','H'));endswith('o',0,5)
replace('l','L',1);find('o',5);rfind('o');count('l');isdigit();isalpha();isspace();isupper();zfill(5);center(15,'*');ljust(14)
removeprefix('He');partition(' ');rpartition('o');format(1,2);get('a');get('zz','def');items()|list;keys()|list;values()
append(1);count(1);index(2);pop();join(['a','b'])""".replace("\n", ";").split(";")
LITERALS = """1;-2;2.0;1e3;'lit';"x\\ny";'a' 'b';true;none;[];[1, 'a'];{'k': 1, 'l': [2]};(1,);();range(3);range(5,0,-2)
dict(a=1);namespace(a=2).a;10**3;'\\x41\\u00e9\\q'""".replace("\n", ";").split(";")
INDEXES = "[0];[-1];[5];['a'];['zz'];['items'];[1:];[:-1];[::-1];[-2:];.a;.items;.zz;.x.y[1].z;.n;[none];[0][0]".split(";")
OPERATORS = "+;-;*;/;//;%;**;~;==;!=;<;>;<=;>=;in;not in;and;or".split(";")


def expression(depth: int = 0) -> str:
    kind = rand.random()
    if depth > 2 or kind < 0.2:
        return rand.choice(list(VARIABLES) + ["missing"])
    if kind < 0.3:
        return rand.choice(LITERALS)
    if kind < 0.5:
        return f"{operand(depth)}|{rand.choice(FILTERS)}"
    if kind < 0.62:
        return f"{operand(depth)}.{rand.choice(METHODS)}"
    if kind < 0.72:
        # Of constants Jinja works out items beforehand, and forgives what it does not forgive of variables.
        return f"{rand.choice(list(VARIABLES))}{rand.choice(INDEXES)}"
    if kind < 0.8:
        return f"({expression(depth + 1)} is {'not ' if rand.random() < 0.3 else ''}{rand.choice(TESTS)})"
    if kind < 0.95:
        return f"({expression(depth + 1)} {rand.choice(OPERATORS)} {expression(depth + 1)})"
    return f"({expression(depth + 1)} if {expression(depth + 1)} else {expression(depth + 1)})"


def operand(depth: int) -> str:
    return rand.choice(list(VARIABLES)) if rand.random() < 0.8 else f"({expression(depth + 1)})"


def sign() -> str:
    return rand.choice(["", "", "-", "-", "+"])


def tag(inside: str) -> str:
    return "{%" + sign() + " " + inside + " " + sign() + "%}"


def block(depth: int = 0) -> str:
    out = ""
    for _ in range(rand.randint(1, 3)):
        out += rand.choice(["", " ", "\n", "  ", "\n\n", "\t", " \n ", "x", "x\n", "\nx", "\r\n"])
        kind = rand.random() if depth < 3 else 0
        if kind < 0.3:
            dash = rand.choice(["", "-"])
            out += "{{" + dash + " " + rand.choice(["i", "s", "x", "loop.index", "'q'", "lst"]) + " " + dash + "}}"
        elif kind < 0.36:
            out += "{#" + sign() + " c\n " + sign() + "#}"
        elif kind < 0.5:
            other = tag("else") + block(depth + 1) if rand.random() < 0.5 else ""
            out += tag("if " + rand.choice(["t", "u", "e", "i"])) + block(depth + 1) + other + tag("endif")
        elif kind < 0.7:
            inner = rand.choice(["", "{% break %}", "{% continue %}", "{{ loop.last }}", "{% set i = i + 1 %}"])
            items = rand.choice(["lst", "el", "strs if x != 'A'", "range(2)", "s", "d", "missing"])
            other = tag("else") + block(depth + 1) if rand.random() < 0.3 else ""
            out += tag("for x in " + items) + block(depth + 1) + inner + other + tag("endfor")
        elif kind < 0.78:
            out += tag("set i = " + rand.choice(["i + 1", "5", "lst|length", "(1,2)"]))
        elif kind < 0.84:
            out += tag("set e " + rand.choice(["", "| upper"])) + block(depth + 1) + tag("endset")
        elif kind < 0.88:
            out += tag("raw").replace("+", "") + rand.choice(["{{ a }}", " {% x %} "]) + tag("endraw")
        elif kind < 0.92:
            out += tag("macro mm(a, b=i)") + block(depth + 1) + "{{ a }}{{ b }}" + tag("endmacro") + "{{ mm(1) }}{{ mm(b=2) }}"
        elif kind < 0.94:
            out += tag("generation") + block(depth + 1) + tag("endgeneration")
        elif kind < 0.96:
            out += "{% for q in nest recursive %}{{ loop.depth }}{% if q is not number %}{{ loop(q) }}{% endif %}{% endfor %}"
        elif kind < 0.98:
            out += tag("with i = 9, q = i") + block(depth + 1) + "{{ q }}" + tag("endwith")
        else:
            out += "{% macro vv() %}{{ varargs }}{{ kwargs }}{{ caller and caller() }}{% endmacro %}"
            out += "{{ vv(*lst, **d) }}{% call vv(1) %}" + block(depth + 1) + "{% endcall %}"
    return out


def construct(template: str) -> dict | None:
    compiled = chat_template_utils._cached_compile_jinja_template
    try:
        made = compiled(template).render(**json.loads(json.dumps(VARIABLES)))
    except Exception as error:
        return {"template": template, "error": f"{type(error).__name__}: {error}"}
    return None if re.search(r" at 0x|<built-in|<bound", made) else {"template": template, "text": made}


def write(name: str, value) -> None:
    text = json.dumps(value, ensure_ascii=True, separators=(",", ":")) + "\n"
    (HERE / name).write_bytes(gzip.compress(text.encode(), mtime=0))


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    chat_template_utils.datetime = Clock
    tokenizers = {name: opened(name, layout) for name, layout in TEMPLATES.items()}
    cases = [recorded(tokenizers, name) for name in TEMPLATES for _ in range(60)]
    write("conversations.json.gz", {"now": NOW.isoformat(), "tokenizers": TEMPLATES, "cases": cases})
    constructs = [construct("{{ " + expression() + " }}") for _ in range(900)] + [construct(block()) for _ in range(300)]
    cases = [case for case in constructs if case is not None and len(case["template"]) < 400]
    write("constructs.json.gz", {"variables": VARIABLES, "cases": cases})
    print(sum("error" in case for case in cases), "of", len(cases), "constructs are refused")
