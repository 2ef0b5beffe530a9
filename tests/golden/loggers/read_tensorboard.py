"""Reads a folder of event files as TensorBoard does and prints what it finds as one line of JSON. See README.md.

read_tensorboard.py FOLDER

Scalars are read by EventAccumulator and, since the server uses another one, by its own accumulator as well; they must agree.
"""

import json
import math
import sys

from tensorboard.backend.event_processing import event_accumulator, plugin_event_accumulator
from tensorboard.plugins.hparams import metadata as hparams
from tensorboard.plugins.text import metadata as text
from tensorboard.util import tensor_util

EVERYTHING = 0
folder = sys.argv[1]


def number(value):
    return value if math.isfinite(value) else str(value)


accumulator = event_accumulator.EventAccumulator(
    folder, size_guidance={event_accumulator.SCALARS: EVERYTHING, event_accumulator.TENSORS: EVERYTHING}
).Reload()
scalars = {
    tag: [[e.step, e.wall_time, number(e.value)] for e in accumulator.Scalars(tag)]
    for tag in accumulator.Tags()["scalars"]
}

server = plugin_event_accumulator.EventAccumulator(
    folder, size_guidance={plugin_event_accumulator.TENSORS: EVERYTHING}
).Reload()


def numbers(tag):
    return [
        [e.step, e.wall_time, number(tensor_util.make_ndarray(e.tensor_proto).item())] for e in server.Tensors(tag)
    ]


served = {tag: numbers(tag) for tag in server.PluginTagToContent("scalars")}
if served != scalars:
    sys.exit(f"{folder}: the server's accumulator reads other scalars than EventAccumulator: {served} and {scalars}")

texts = {}
for tag, content in server.PluginTagToContent(text.PLUGIN_NAME).items():
    text.parse_plugin_metadata(content)
    texts[tag] = [tensor_util.make_ndarray(e.tensor_proto).item().decode() for e in server.Tensors(tag)]

content = server.PluginTagToContent(hparams.PLUGIN_NAME)[hparams.SESSION_START_INFO_TAG]
session = hparams.parse_session_start_info_plugin_data(content)
print(
    json.dumps(
        {
            "scalars": scalars,
            "text": texts,
            "group": session.group_name,
            "start": session.start_time_secs,
            "hparams": {k: getattr(v, v.WhichOneof("kind")) for k, v in session.hparams.items()},
        }
    )
)
