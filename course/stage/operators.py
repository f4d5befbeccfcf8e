"""Runs `course.refund_desk` as its operators would: inboxes, processes, and the records that they leave."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any

from prometheus_client.parser import text_string_to_metric_families

from course.stage.refunds import World

LOG, SPANS = Path("desk.log"), Path("spans.jsonl")


def write_inbox(name: str, *refunds: tuple[str, str, str, int]) -> None:
    """Write requests (an id, a customer, an order, cents) into a file with one JSON object a line."""
    rows = [dict(zip(("id", "customer", "order", "cents"), refund, strict=True)) for refund in refunds]
    Path(name).write_text("".join(json.dumps(row) + "\n" for row in rows))


def desk(world: World, run: str, *words: str) -> subprocess.Popen[str]:
    """Start `python -m course.refund_desk WORDS`, logging to `desk.log`, with its metrics in `RUN.prom`."""
    settings = {"DESK_OUTSIDE": world.url, "DESK_METRICS": f"{run}.prom", "DESK_TRACES": str(SPANS)}
    command = [sys.executable, "-m", "course.refund_desk", *words]
    with LOG.open("a") as log:
        return subprocess.Popen(
            command, env={**os.environ, **settings}, stdout=log, stderr=subprocess.PIPE, text=True
        )


def log_lines(event: str) -> list[dict[str, Any]]:
    """Read the lines of an event from the log, oldest first."""
    lines = [json.loads(line) for line in LOG.read_text().splitlines()]
    return [line for line in lines if line["event"] == event]


def span_attributes() -> list[dict[str, Any]]:
    """Read the attributes of each span."""
    return [json.loads(line)["attributes"] for line in SPANS.read_text().splitlines()]


def attempts_in_metrics() -> Counter[str]:
    """Count each node's attempts, summed over the metrics of all processes."""
    found: Counter[str] = Counter()
    for file in Path().glob("*.prom"):
        for family in text_string_to_metric_families(file.read_text()):
            for sample in family.samples:
                if sample.name == "desk_attempts_total":
                    found[sample.labels["node"]] += int(sample.value)
    return found
