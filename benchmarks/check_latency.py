"""How long a learner waits for `check()`: every exercise, worked answers, one warm kernel.

    .venv/bin/python benchmarks/check_latency.py [--calls N] [--seconds N] [--module NAME …]

The first call of a kernel opens the tests; it stands apart. Exercises marked * kill and start processes.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from tempfile import mkdtemp

from benchmarks.checked_cells import run_checked
from course.authoring.exercise_source import read_module
from course.authoring.sample_class import fill, right_answers
from course.paths import Root

MEASURE = """
import json, time
def measure(name, calls, seconds):
    took = []
    while len(took) < 3 or len(took) < calls and sum(took) < 1000 * seconds:
        started = time.perf_counter()
        card = check(name)
        took.append(1000 * (time.perf_counter() - started))
    assert card.result.status == "passed", card.text()
    return took
print("TOOK", json.dumps(measure(NAME, CALLS, SECONDS)))
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--calls", type=int, default=40, help="at most so many of each exercise, and at least 3"
    )
    parser.add_argument(
        "--seconds", type=float, default=1.0, help="begin no call of an exercise after so long"
    )
    parser.add_argument("--module", action="append", help="only this one; may be repeated")
    asked = parser.parse_args()
    root = Root.find()
    print(f"{'exercise':<28} {'first':>8} {'p50':>8} {'p95':>8} {'calls':>8}   ms")
    for module in asked.module or root.module_names():
        for name, took in _measured(root, module, asked.calls, asked.seconds).items():
            later = sorted(took[1:])
            p50, p95 = later[len(later) // 2], later[int(len(later) * 0.95)]
            print(f"{name:<28} {took[0]:>8.0f} {p50:>8.0f} {p95:>8.0f} {len(took):>8}")


def _measured(root: Root, module: str, calls: int, seconds: float) -> dict[str, list[float]]:
    """Return the times of each exercise of a module, in ms, in order of the calls.

    Each is measured where the notebook asks for it: a later cell may bind the answer's names again.
    """
    notebook = json.loads(root.notebook(module, "exercises").read_text())
    cells = fill(notebook, right_answers(read_module(root, module)))["cells"]
    asked = run_checked(
        cells, lambda name: f"NAME, CALLS, SECONDS = {name!r}, {calls}, {seconds}\n{MEASURE}", Path(mkdtemp())
    )
    return {name: _times(printed) for name, printed in asked}


def _times(printed: str) -> list[float]:
    if "TOOK " not in printed:
        raise SystemExit(printed)
    return json.loads(printed.split("TOOK ")[1])


if __name__ == "__main__":
    main()
