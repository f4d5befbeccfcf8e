"""Public tests of `read_from_the_cursor`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from autograder.counts import counted

from common import THINGS

if TYPE_CHECKING:
    import random


def read_on(read_from_the_cursor, path, text, size, most):
    """Read a file to its end, and once more; note what each call returned."""
    from pathlib import Path

    Path(path).unlink(missing_ok=True)  # another file, although its name is the same
    Path(path).write_bytes(text.encode())
    cursor, told = 0, []
    while len(told) < most:
        answer = read_from_the_cursor(path, cursor, size)
        if not isinstance(answer, tuple) or len(answer) != 2 or type(answer[1]) is not int:
            return {"returned": str(answer)[:60]}
        if not isinstance(answer[0], list):
            return {"returned": f"a tuple of a {type(answer[0]).__name__} and a number"}
        told.append([list(answer[0]), answer[1]])
        cursor = answer[1]
    return {"told": told, "again": list(read_from_the_cursor(path, told[0][1], size))}


def read_in_the_middle(read_from_the_cursor, path, before, lines, after):
    """Read lines from the middle of a large file, and watch how much of it is read."""
    import tracemalloc
    from pathlib import Path

    with Path(path).open("wb") as file:
        file.seek(before - 1)
        file.write(("\n" + "".join(f"{line}\n" for line in lines)).encode())
        file.write(b"x" * after)  # one line: reading it, too, is reading the rest
    tracemalloc.start()
    found, _ = read_from_the_cursor(path, before, len(lines))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    Path(path).unlink()
    return {"found": [line[:60] for line in found], "peak": peak}


def draw_lines(rng: random.Random, count: int) -> list[str]:
    """Draw lines, in which not every character is one byte."""
    return [f"{rng.choice('éöß→日')}{rng.choice(THINGS)} {rng.randrange(10**5)}" for _ in range(count)]


def assert_read(submission: Any, lines: list[str], size: int, *, ended: bool = True) -> None:
    """Expect a file to be read from cursor to cursor."""
    text = "\n".join(lines) + ("\n" if ended and lines else "")
    starts = range(0, len(lines), size)
    most = len(starts) + 2
    seen = submission.observe(read_on, path=submission.path("orders.jsonl"), text=text, size=size, most=most)
    assert "told" in seen, f"it returned {seen['returned']}: return a list of lines, and the next cursor"
    cursor = 0
    for place, (found, after) in enumerate(seen["told"]):
        wanted = lines[place * size : (place + 1) * size]
        taken = "".join(f"{line}\n" for line in wanted)
        right = min(cursor + len(taken.encode()), len(text.encode()))
        asked = f"asked for {size} lines from byte {cursor}, it returned"
        assert found == wanted, (
            f"{asked} {first_other(found, wanted)}: {why_other_lines(found, wanted, text)}"
        )
        lines_so_far = place * size + len(wanted)
        assert after == right, (
            f"{asked} the cursor {after}, and the next line begins at byte {right}: "
            + why_other_cursor(after - right, len(taken) - len(taken.encode()), after == lines_so_far, ended)
        )
        cursor = after
    (again, end), (before, end_before) = seen["again"], seen["told"][1]
    other = first_other(again, before) if again != before else f"the cursor {end}, not {end_before}"
    assert seen["again"] == seen["told"][1], (
        f"asked from byte {seen['told'][0][1]} a second time, it returned {other}: the cursor alone says where to begin, as "
        "after a kill"
    )


def first_other(found: list[str], wanted: list[str]) -> str:
    """Show the first line that differs, or how many there are; lists of lines are too long for a sentence."""
    for one, right in zip(found, wanted, strict=False):
        if one != right:
            shown, expected = (
                repr(line) if len(line) <= 20 else f"{line[:15]!r}… ({len(line):,} characters)"
                for line in (one, right)
            )
            return f"{shown} in place of {expected}"
    return f"{counted(len(found), 'line')}, not {len(wanted)}"


def why_other_lines(found: list[str], wanted: list[str], text: str) -> str:
    """Guess why other lines came."""
    if not all(line in text for line in found):
        return "a line isn't in this file: open the path anew at each call, and change nothing in a line"
    one, right = next(((a, b) for a, b in zip(found, wanted, strict=False) if a != b), ("", ""))
    begun = one.rstrip("\u2028\x0b\r\x85")
    if (
        one
        and right.startswith(begun)
        and right[len(begun) :][:1] in tuple("\u2028\x0b\r\x85")
        and right[len(begun) + 1 :]
    ):
        return 'only `"\\n"` ends a line here'
    if found == wanted[: len(found)] and len("".join(wanted[len(found) : len(found) + 1])) > 1000:
        return "go on until you have `size` lines: a line may be longer than any block that you read"
    if "" in wanted and found[: wanted.index("") + 1] != wanted[: wanted.index("") + 1] and "" not in found:
        return "an empty line is a line, too, and not the end of the file"
    if found[: len(wanted)] == wanted:
        return "return no more lines than asked for, and count the empty ones, too"
    if found == wanted[: len(found)] and len(wanted) > len(found) + 1:
        return "return as many lines as asked for, if the file has them"
    if found == wanted[:-1]:
        return "the last line may have no end, and is a line all the same"
    marks = "\ufeff \t\r\0"
    if one and one in right and one.strip(marks) == right.strip(marks):
        return 'take nothing but the `"\\n"` away: blanks, `"\\r"`, NUL and U+FEFF belong to the line'
    if one and right.startswith(one):
        return "the line goes on: it may be longer than any block, or begin at the end of one"
    return "a cursor is a number of bytes, so go to that byte, and read on from there"


def why_other_cursor(off: int, fewer_characters: int, counts_lines: bool, ended: bool) -> str:
    """Guess why another cursor came."""
    if counts_lines:
        return "a cursor is a number of bytes, not of lines"
    if off == fewer_characters:
        return "it counts characters, and some are more than one byte"
    if off == 1 and not ended:
        return "the last line has no end, so count the bytes that were read"
    return "the cursor jumped; a file that was read ahead tells where it is, not where your lines ended"


@pytest.mark.exercise("read_from_the_cursor", points=1, rules=(1, 2, 3))
def test_a_file_is_read_to_its_end(submission):
    """A file is read a few lines at a time, to its end and once more."""
    rng = submission.rng
    assert_read(submission, draw_lines(rng, 7), 3)
    assert_read(submission, draw_lines(rng, 4), 2)
