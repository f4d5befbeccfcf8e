"""Shows a progress bar with rate and remaining time while a class is graded."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from autograder.results.graded import GradedSubmission

REDRAWN = 0.1  #: seconds between two drawings


def with_bar(rows: Iterable[GradedSubmission], total: int, unchanged: int) -> Iterator[GradedSubmission]:
    """Pass rows on and draw a bar, which begins at those that are `unchanged`."""
    columns = (TextColumn("Grading"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    words = (TextColumn("{task.fields[rate]}"), TextColumn("{task.fields[student]}"))
    # It is drawn from here: a thread that did so would be in the way of the forks of the executor.
    progress = Progress(*columns, *words, console=Console(stderr=True), transient=True, auto_refresh=False)
    with progress:
        task = progress.add_task("", total=total, completed=unchanged, student="", rate="")
        started = drawn = time.monotonic()
        progress.refresh()
        for number, row in enumerate(rows, 1):
            now = time.monotonic()
            rate = f"{number / max(now - started, 0.001):.1f}/s"
            progress.update(task, advance=1, student=row.student[:24], rate=rate)
            if now - drawn > REDRAWN:
                drawn = now
                progress.refresh()
            yield row
