"""Plays random sessions in the original WebShop and writes down everything it says. See README.md.

record.py CHECKOUT DATA synthetic|human SESSIONS OUT [SEED] [show]
"""

import gzip
import json
import os
import random
import re
import subprocess
import sys
import types
import warnings

warnings.filterwarnings("ignore")
CHECKOUT, D, KIND, N, OUT = sys.argv[1:6]
human, N, show = KIND == "human", int(N), "show" in sys.argv[6:]
HERE = os.path.dirname(os.path.abspath(__file__))


class Hit:
    def __init__(self, docid):
        self.docid = docid

    def raw(self):
        return json.dumps({"id": self.docid})


class LuceneSearcher:
    def __init__(self, _):
        self.node = subprocess.Popen(
            ["node", os.path.join(HERE, "search.mjs"), D], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )

    def search(self, query, k=50):
        self.node.stdin.write(json.dumps(query) + "\n")
        self.node.stdin.flush()
        return [Hit(asin) for asin in json.loads(self.node.stdout.readline())]

    def doc(self, docid):
        return Hit(docid)


class Token:
    def __init__(self, text):
        self.text, self.pos_ = text, "NOUN" if len(text) >= 3 else "X"


def module(name, **members):
    found = types.ModuleType(name)
    found.__dict__.update(members)
    sys.modules[name] = found


quiet = lambda *a, **k: None
module("spacy", load=lambda _: lambda title: [Token(t) for t in re.findall("[A-Za-z]+", title)])
module("torch")
module("cleantext")
module("rank_bm25", BM25Okapi=object)
module("rich", print=quiet)
module("tqdm", tqdm=lambda items, total=None: items)
for name in ("pyserini", "pyserini.search"):
    module(name)
module("pyserini.search.lucene", LuceneSearcher=LuceneSearcher)
# The packages themselves import more than is needed.
for name in ("engine", "envs", "models"):
    module(f"web_agent_site.{name}", __path__=[os.path.join(CHECKOUT, "web_agent_site", name)])
sys.path.insert(0, CHECKOUT)

import web_agent_site.utils as u

u.DEFAULT_FILE_PATH = D + "/items_shuffle_1000.json"
u.DEFAULT_ATTR_PATH = D + "/items_ins_v2_1000.json"
u.HUMAN_ATTR_PATH = D + "/items_human_ins.json"
import web_agent_site.engine.engine as en

en.print = quiet
import web_agent_site.engine.goal as gl

gl.print = quiet
import web_agent_site.envs.web_agent_text_env as we

we.print = quiet
random.seed(42)
env = we.WebAgentTextEnv(
    observation_mode="text", file_path=u.DEFAULT_FILE_PATH, num_products=1000, human_goals=human, show_attrs=show
)
srv = env.server


def goalj(g):
    return {k: v for k, v in g.items()}


def snap():
    a = env.get_available_actions()
    h = env.state["html"]
    return dict(
        text=env.convert_html_to_text(h, simple=True),
        text_rich=env.convert_html_to_text(h, simple=False),
        url=env.state["url"],
        clickables=a["clickables"],
        search=a["has_search_bar"],
    )


rng = random.Random(int(sys.argv[6]) if sys.argv[6:] and sys.argv[6].isdigit() else 1)
prods = srv.all_products


def query(goal):
    r = rng.random()
    p = rng.choice(prods)
    words = goal["instruction_text"].split()
    if r < 0.35:
        return " ".join(rng.sample(words, min(len(words), rng.randint(2, 8))))
    if r < 0.6:
        return p["Title"][: rng.randint(5, 60)]
    return rng.choice(
        [
            "zzzz qqq",
            "LAMP Desk",
            "two  blanks  here",
            "café ★ 漢字",
            "<c> beauty",
            "<c> fashion x",
            "<c> nothing",
            "<q> " + p["query"],
            "<q>  " + p["query"] + " ",
            "search_results lamp",
            "item_page lamp",
            "done lamp item_sub_page",
            " lead",
            "the of and",
            '"blue" lamp',
            "a" * 300,
            "lamp]x",
            "[lamp",
            "non slip easy clean",
            "search_results",
            "item_page sock",
            "x\u2028y lamp",
            "lamp\ttab",
            "É ñ",
        ]
    )


f = gzip.open(OUT, "wt")
f.write(json.dumps(dict(human=human, show=show, goals=[goalj(g) for g in srv.goals], prices=srv.product_prices)) + "\n")
errs = {}
for s in range(min(N, len(srv.goals))):
    i = s if human or N >= len(srv.goals) else rng.randrange(len(srv.goals))
    name = "%d" % i
    env.server.user_sessions.pop(name, None)
    env.reset(session=i)
    goal = srv.user_sessions[name]["goal"]
    rec = dict(goal=i, initial=snap(), steps=[], human=human, show=show)
    for t in range(rng.randint(4, 22)):
        st = snap()
        cl = st["clickables"]
        r = rng.random()
        if r < 0.1:
            a = rng.choice(
                [
                    "",
                    "search",
                    "search[]",
                    "click[",
                    "Search[lamp]",
                    " click[buy now]",
                    "click[a][b]",
                    "search[lamp] trailing",
                    "search[lamp\nx]",
                    "think[hm]",
                    "click[search]",
                    "click[nothing here]",
                    "search[a]]",
                    "[x]",
                    "click]x[",
                    "search[ ]",
                    "click[description] and more",
                    "xclick[buy now]",
                    "search[x][lamp]",
                    "\nsearch[lamp]",
                    "click[buy now\n]",
                ]
            )
        elif st["search"] or r < 0.2:
            a = "search[%s]" % query(goal)
        else:
            if not cl:
                a = "search[%s]" % query(goal)
            else:
                links = [c for c in cl if c.upper() in srv.product_item_dict]
                pool = cl
                z = rng.random()
                if links and z < 0.6:
                    pool = links
                elif z < 0.25:
                    pool = [c for c in cl if c not in ("back to search", "buy now")] or cl
                elif z < 0.33 and goal["asin"].lower() in cl:
                    pool = [goal["asin"].lower()]
                c = rng.choice(pool)
                if rng.random() < 0.15:
                    c = c.upper()
                a = "click[%s]" % c
        try:
            _, rew, done, _ = env.step(a)
            o = snap()
            o.update(action=a, reward=rew, done=done)
            if done:
                o["info"] = srv.user_sessions[name]["verbose_info"]
            rec["steps"].append(o)
        except Exception as e:
            k = type(e).__name__ + ": " + str(e)[:60]
            errs[k] = errs.get(k, 0) + 1
            rec["steps"].append(dict(action=a, error=k))
            break
    f.write(json.dumps(rec) + "\n")
f.close()
print(OUT, len(srv.goals), "goals", errs)
