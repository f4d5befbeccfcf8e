"""Says where learners' code was when its time was up: lines of their own cells, and what it waits for."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from autograder.sandbox.inside.probe import is_cell
from autograder.sandbox.outcomes import TimedOut

ENDLESS = "is there a loop that never ends?"
WAITS_FOR_SAVER = (
    "it waits for SqliteSaver, which is locked while a loop over `saver.list(…)` is open. "
    "Make a list first: `for tup in list(saver.list(config))`."
)
MOST_LINES = 6
_FRAME = re.compile(r'^  File "([^"\n]{1,300})", line ([0-9]{1,7}) in ([^\n]{1,80})$', re.MULTILINE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """One line that a call has come to."""

    file: str
    line: int
    function: str


def read_dump(text: str) -> tuple[Frame, ...]:
    """Return the frames of the thread that runs learners' code, the innermost first.

    Args:
        text: what `faulthandler` wrote, or whatever learners' code has put in its place.
    """
    threads = [
        tuple(Frame(file=file, line=int(line), function=name) for file, line, name in _FRAME.findall(part))
        for part in re.split(r"^(?:Current )?[Tt]hread ", text, flags=re.MULTILINE)
    ]
    # The main thread comes last; what it waits for may be in another.
    return next((frames for frames in reversed(threads) if _of_cells(frames)), ())


def timed_out(
    frames: Sequence[Frame],
    source: Callable[[str, int], str],
    within: str = "in time",
    *,
    slowed: bool = False,
) -> TimedOut:
    """Return the outcome of a call whose time is up.

    Args:
        frames: where it was, the innermost first.
        source: gives the text of a line of a cell, by the cell's file name and the line's number.
        within: how long it had, in words.
        slowed: whether others had the processors meanwhile.
    """
    inner = frames[0] if frames else None
    waits = inner and inner.function == "cursor" and "checkpoint/sqlite" in inner.file
    lines = [
        f"line {frame.line}, in {frame.function.replace('<module>', 'the cell')}\n"
        f"    {source(frame.file, frame.line).strip()}"
        for frame in reversed(_of_cells(frames)[:MOST_LINES])
    ]
    reason = WAITS_FOR_SAVER if waits else ENDLESS
    said = f"your code did not come back {within}: {reason}"
    return TimedOut(said, traceback="\n".join(lines), slowed=slowed)


def _of_cells(frames: Iterable[Frame]) -> list[Frame]:
    return [frame for frame in frames if is_cell(frame.file)]
