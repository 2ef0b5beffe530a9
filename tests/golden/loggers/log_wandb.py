"""Logs a run with W&B's own client to the server that WANDB_BASE_URL names. See README.md.

log_wandb.py RUN.json

RUN.json: {"id", "name", "project", "config", "group", "tags", "notes", "job_type", "records": [[step, {name: value}], …]}, where a value may be
the words NaN, Infinity and -Infinity. A run that the server has already is gone on with.
"""

import json
import sys

import wandb

with open(sys.argv[1]) as f:
    given = json.load(f)
records = given.pop("records")

quiet = wandb.Settings(x_disable_stats=True, console="off", disable_git=True, save_code=False, silent=True)
run = wandb.init(resume="allow", settings=quiet, **given)
for step, values in records:
    run.log({name: float(value) if isinstance(value, str) else value for name, value in values.items()}, step=step)
run.finish()
