"""python -m course.refund_desk setup | work INBOX | questions INBOX | answer REFUND QUESTION yes|no"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

from langgraph.cache.sqlite import SqliteCache
from prometheus_client import REGISTRY, write_to_textfile

from course.refund_desk import storage, watch, worker
from course.refund_desk.graph import Refund, build


def read(inbox: str) -> list[Refund]:
    """Read the requests of an inbox, one JSON object a line."""
    return [json.loads(line) for line in Path(inbox).read_text().splitlines()]


def main(words: list[str]) -> int:
    """Do what the words say, and write the metrics."""
    watch.set_up()
    status = 0
    with storage.open_saver(os.environ.get("DESK_DB", "desk.db")) as saver:
        desk = build(saver, SqliteCache(path="prices.db"))
        match words:
            case ["setup"]:
                getattr(saver, "setup")()  # noqa: B009 — savers have it, their base class has not
            case ["work", inbox]:
                status = worker.work(desk, read(inbox))
            case ["questions", inbox]:
                print(*map(json.dumps, worker.questions(desk, read(inbox))), sep="\n")
            case ["answer", refund, question, word]:
                status = worker.answer(desk, refund, question, word)
            case _:
                raise SystemExit(__doc__)
    if path := os.environ.get("DESK_METRICS"):
        write_to_textfile(path, REGISTRY)  # a service that stays up would `start_http_server(port)`
    return status


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
