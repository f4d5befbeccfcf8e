"""How long a large database takes to list, draw and search: 20,000 checkpoints in a thread, 50,000 threads.

    python benchmarks/timetravel_large.py [CHECKPOINTS [THREADS]]

Each line is the median of three runs of the command, imports included.
"""

from __future__ import annotations

import json
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from uuid import UUID

RUNS = 3
BEGIN = 0x1F1EB9AA7065609  # ticks of 0.1 µs, in November 2026
SECOND = 10_000_000


def checkpoint_id(number):
    """A UUIDv6, one second after the one before."""
    ticks = BEGIN + number * SECOND
    return str(UUID(int=ticks >> 12 << 80 | 6 << 76 | (ticks & 0xFFF) << 64 | 0x8000 << 48 | number))


def fill(path, threads, each):
    """Write threads of `each` checkpoints; a state holds the last 20 lines of a log."""
    from langgraph.checkpoint.serde.jsonplus import JsonPlusSerializer
    from langgraph.checkpoint.sqlite import SqliteSaver

    serde, connection = JsonPlusSerializer(), sqlite3.connect(path)
    SqliteSaver(connection).setup()
    number = 0
    for thread in range(threads):
        parent, log = None, []
        for step in range(each):
            number += 1
            log = [*log, f"line {step} words words words words words"][-20:]
            state = {"v": 4, "ts": "", "channel_values": {"log": log, "n": step}}
            kind, blob = serde.dumps_typed(state)
            metadata = json.dumps({"source": "loop", "step": step - 1, "user_id": f"user {thread % 7}"})
            row = (f"thread {thread}", "", checkpoint_id(number), parent, kind, blob, metadata)
            connection.execute("INSERT INTO checkpoints VALUES (?, ?, ?, ?, ?, ?, ?)", row)
            parent = checkpoint_id(number)
    connection.commit()
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.close()


def seconds(*command):
    """The median of some runs."""
    taken = []
    for _ in range(RUNS):
        start = time.perf_counter()
        subprocess.run([sys.executable, "-m", "timetravel", *command], check=True, stdout=subprocess.DEVNULL)
        taken.append(time.perf_counter() - start)
    return statistics.median(taken)


def main():
    """Print the figures."""
    checkpoints = int(sys.argv[1]) if len(sys.argv) > 1 else 20_000
    threads = int(sys.argv[2]) if len(sys.argv) > 2 else 50_000
    with tempfile.TemporaryDirectory() as folder:
        long, many, page = (Path(folder) / name for name in ("long.db", "many.db", "page.html"))
        fill(long, 1, checkpoints)
        fill(many, threads, 2)
        one = (str(long), "--thread", "thread 0")
        lines = [
            (f"{checkpoints:,} checkpoints: the newest 2,000", (*one,)),
            (f"{checkpoints:,} checkpoints: all, in a terminal", (*one, "--limit", str(checkpoints))),
            (f"{checkpoints:,} checkpoints: the newest 2,000 as a page", (*one, "--html", str(page))),
            (f"{threads:,} threads: a line for each", (str(many),)),
            (f"{threads:,} threads: found in their states", (str(many), "--find", "user 3")),
            (f"{threads:,} threads: as a page", (str(many), "--html", str(page))),
        ]
        for name, command in lines:
            taken = seconds(*command)
            size = f"{page.stat().st_size / 1e6:6.1f} MB" if "--html" in command else ""
            print(f"{name:55} {taken:6.1f} s {size}", flush=True)


if __name__ == "__main__":
    main()
