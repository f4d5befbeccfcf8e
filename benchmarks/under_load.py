"""Whether a verdict depends on how busy the machine is: grades every answer again and again, and compares.

    .venv/bin/python -m benchmarks.under_load [--times N] [--module NAME …] [--jobs N]

First all answers that the course knows, right and wrong, are graded one at a time. Then, so many times, with
as many at a time as memory allows, beside an endless loop on each processor. Inputs are the same each time.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

from benchmarks.grading.classroom import REPOSITORY
from benchmarks.whole_modules import Took, grade, hand_in_all_answers
from course.paths import Root

LOOP = "while True: pass"


@contextmanager
def busy_loops() -> Generator[None]:
    """Keep every processor busy meanwhile: a loop on each, in a session of its own, as submissions are."""
    loops: list[subprocess.Popen[bytes]] = []
    try:
        for processor in sorted(os.sched_getaffinity(0)):
            loops.append(subprocess.Popen([sys.executable, "-S", "-c", LOOP], start_new_session=True))
            os.sched_setaffinity(loops[-1].pid, {processor})
        yield
    finally:
        for loop in loops:
            loop.kill()
            loop.wait()


def differences(alone: Took, crowded: Took) -> list[str]:
    """Say which tests have another verdict."""
    return [
        f"{' '.join(place)}: {status}, and {crowded.verdicts.get(place)} on a busy machine"
        for place, status in alone.verdicts.items()
        if crowded.verdicts.get(place) != status
    ]


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.under_load",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--times", type=int, default=20)
    parser.add_argument("--module", action="append", help="only this one; may be repeated")
    parser.add_argument(
        "--jobs", type=int, default=8 * (os.cpu_count() or 1), help="at most so many at a time"
    )
    asked = parser.parse_args()
    modules = asked.module or Root(REPOSITORY).module_names()
    found: Counter[str] = Counter()
    with tempfile.TemporaryDirectory(prefix="bench-") as name:
        submitted = hand_in_all_answers(Path(name) / "submitted", modules)
        alone = grade(submitted, Path(name) / "alone", jobs=1)
        print(f"{len(alone.verdicts)} verdicts, one submission at a time: {alone.seconds:.0f} s", flush=True)
        with busy_loops():
            for number in range(asked.times):
                out = Path(name) / f"crowded{number}"
                crowded = grade(submitted, out, jobs=asked.jobs, command=("-m", "benchmarks.steady"))
                other = differences(alone, crowded)
                found.update(other)
                again = f"{crowded.again} tests were tried once more, alone"
                print(f"{number + 1}: {len(other)} differ; {crowded.seconds:.0f} s; {again}", flush=True)
    for line, times in found.most_common():
        print(f"{times} of {asked.times} times: {line}")
    sys.exit(bool(found))


if __name__ == "__main__":
    main()
