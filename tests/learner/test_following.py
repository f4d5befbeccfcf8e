"""A long check says what it's doing, in the words of its test."""

from __future__ import annotations

import io
from pathlib import PurePosixPath
from types import SimpleNamespace

import pytest
from rich.console import Console

from autograder.testing.judge import Judge
from course.learner.running import Running, TerminalRunning

TESTS = """
import pytest

@pytest.mark.exercise("night", points=1)
def test_night(submission):
    \"\"\"A night with two kills.\"\"\"
    for time in (1, 2):
        submission.tell(f"killed, {time} of 2 <times>")
"""


class Heard:
    def __init__(self) -> None:
        self.all: list[str] = []

    def test(self, info) -> None:
        self.all.append(info.title)

    def doing(self, what: str) -> None:
        self.all.append(what)


def run_the_night(tmp_path, follower) -> str:
    (tmp_path / "test_night.py").write_text(TESTS)
    with Judge([tmp_path / "test_night.py"]) as judge:
        nowhere = SimpleNamespace(folder=PurePosixPath("/nowhere"))  # nothing is observed
        return judge.run("night", nowhere, seed=1, follower=follower).status


def test_a_test_tells_what_it_does(tmp_path):
    heard = Heard()
    assert run_the_night(tmp_path, heard) == "passed"
    assert heard.all == ["A night with two kills.", "killed, 1 of 2 <times>", "killed, 2 of 2 <times>"]
    assert run_the_night(tmp_path, None) == "passed", "whoever grades a class hears nothing"


def test_the_card_shows_it_behind_the_title(tmp_path):
    running = Running(shown=False)
    run_the_night(tmp_path, running)
    assert "A night with two kills. · killed, 2 of 2 &lt;times&gt;" in running._line()
    running.say("Starting another process for your code")
    assert "killed" not in running._line()


@pytest.mark.parametrize("looked_at", [True, False])
def test_a_terminal_shows_it_and_a_file_stays_empty(tmp_path, looked_at):
    out = io.StringIO()
    with TerminalRunning(Console(file=out, force_terminal=looked_at, width=80)) as running:
        run_the_night(tmp_path, running)
    assert ("killed, 2 of 2" in out.getvalue()) == looked_at
