"""Takes in what waits in the inbox of TRACKIO_DIR, as every server of trackio does, and prints all runs as one line of JSON. See README.md."""

import json
import math

from trackio import fragments
from trackio.sqlite_storage import SQLiteStorage

fragments.import_inbox_dir()


def plain(value):
    return value if not isinstance(value, float) or math.isfinite(value) else str(value)


print(
    json.dumps(
        [
            {
                "project": project,
                "name": run["name"],
                "id": run["id"],
                "config": SQLiteStorage.get_run_config(project, run["name"], run_id=run["id"]),
                "rows": [
                    {name: plain(value) for name, value in row.items()}
                    for row in SQLiteStorage.get_logs(project, run["name"], run_id=run["id"])
                ],
            }
            for project in SQLiteStorage.get_projects()
            for run in SQLiteStorage.get_run_records(project)
        ]
    )
)
