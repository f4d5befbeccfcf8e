"""What a submission may use, as it is read from the command line and as it holds."""

import pytest

from autograder.sandbox.kept_outputs import ALL_OUTPUTS
from autograder.sandbox.limits import Limits, Needs
from autograder.sandbox.live_kernel import LiveNamespace
from autograder.sandbox.outcomes import TimedOut
from autograder.sandbox.probes import Probe
from autograder.sandbox.time_up import read_dump, timed_out
from autograder.sandbox.walls.tiers import UNISOLATED, Tier
from course.cli.options import parse_limits
from course.errors import UsageError
from course.instructor.grade_class import usable_tier
from tests.support import patience


def test_amounts_are_read_with_their_units():
    limits = parse_limits(["memory=2g", "disk=512k", "wall=600", "open-files=64"])
    assert (limits.memory_bytes, limits.disk_bytes) == (2 << 30, 512 << 10)
    assert (limits.wall_seconds, limits.open_files) == (600, 64)
    assert limits.cell_seconds == Limits().cell_seconds


@pytest.mark.parametrize("word", ["memory=2q", "memory=-1", "memory", "wall=0", "wall=2m", "speed=3"])
def test_no_amount_is_guessed(word):
    with pytest.raises(UsageError, match=word):
        parse_limits([word])


def test_an_exercise_may_have_other_limits():
    needs = Needs(limits=(("memory_bytes", 1),))
    assert needs.within(Limits()).memory_bytes == 1
    assert needs.within(Limits()).disk_bytes == Limits().disk_bytes


def test_the_time_of_a_submission_ends_all_of_it(warm_zygotes):
    cells = ["'in time'", "while True: pass", "'too late'"]
    with warm_zygotes.start(tier=Tier(name="A"), limits=Limits(wall_seconds=patience.seconds(1))) as zygote:
        zygote.wait_until_ready()
        with zygote.submission(cells) as process:
            ended = [run.ended for run in process.runs.values()]
    assert ended[0] is None
    assert [type(end).__name__ for end in ended[1:]] == ["TimedOut", "TimedOut"]


def test_a_submission_has_one_clock_whatever_its_exercises_need(warm_zygotes):
    limits = Limits(wall_seconds=patience.seconds(1))
    with warm_zygotes.start(tier=usable_tier(), limits=limits) as zygote:
        zygote.wait_until_ready()
        endless = "import time\ntime.sleep(1000)"  # until the time is up
        with zygote.submission([endless]) as process, process.beside(Needs(server=True)) as other:
            ended = other.runs[0].ended
    assert ended and "whole notebook" in ended.message


def test_what_a_cell_puts_out_is_bounded_by_the_trusted_side(warm_zygotes):
    """The process that runs learners' code cuts outputs; code that has patched it doesn't."""
    patch = "import autograder.sandbox.inside.shell as shell\nshell.OUTPUTS.take = lambda: [{made}]"
    text = {"output_type": "stream", "name": "stdout", "text": "x" * 3_000_000}
    forged = [f"{text!r}", *["[" + "[], " * 100_000 + "]"] * 2]
    with warm_zygotes.start(tier=UNISOLATED) as zygote:
        limit = zygote.limits.output_bytes
        for made in forged:
            with zygote.submission([patch.format(made=made), *["1"] * 3]) as process:
                kept = [run.outputs for run in process.runs.values()]
            assert all("output cut" in str(outputs[-1]) for outputs in kept)
            assert all(len(str(outputs)) < limit for outputs in kept)


def test_all_cells_together_are_bounded_too(warm_zygotes):
    with warm_zygotes.start(tier=UNISOLATED) as zygote:
        limit = zygote.limits.output_bytes
        with zygote.submission([f"print('x' * {limit - 1000})"] * (ALL_OUTPUTS + 3)) as process:
            kept = [len(str(run.outputs)) for run in process.runs.values()]
    assert kept[0] > limit - 1000 and kept[-1] < 1000
    assert sum(kept) < (ALL_OUTPUTS + 1) * limit


LOCKED = """\
def answer():
    for tup in saver.list(thread):
        graph.get_state(tup.config)
"""
SAVER = """
import sqlite3
from typing import TypedDict
from langgraph.checkpoint.sqlite import SqliteSaver
from langgraph.graph import START, StateGraph

class State(TypedDict):
    x: int

thread = {"configurable": {"thread_id": "t"}}
saver = SqliteSaver(sqlite3.connect(":memory:", check_same_thread=False))
graph = StateGraph(State).add_node("a", lambda state: {"x": 1}).add_edge(START, "a").compile(checkpointer=saver)
graph.invoke({"x": 0}, thread)
"""
ENDLESS = "def answer():\n    number = 0\n    while True:\n        number += 1\n"
ENTERS = "def probe(answer):\n    return answer()\n"


@pytest.mark.parametrize("name", ["A", pytest.param("B", marks=pytest.mark.nightly)])
@pytest.mark.parametrize(
    ("source", "line", "says"),
    [
        (
            LOCKED,
            "line 3, in answer\n    graph.get_state(tup.config)",
            "`for tup in list(saver.list(config))`",
        ),
        (ENDLESS, ", in answer\n    ", "is there a loop that never ends?"),
    ],
    ids=["locked", "endless"],
)
def test_what_ran_out_of_time_is_told_where_it_was(
    name: str, source: str, line: str, says: str, warm_zygotes
):
    with warm_zygotes.start(tier=Tier(name=name)) as zygote, zygote.submission([SAVER, source]) as process:
        question = Probe(source=ENTERS, name="probe", kwargs={}, folder=process.folder / "t", seconds=3)
        with pytest.raises(TimedOut) as late:
            process.ask(question)
    assert says in late.value.message
    assert line in late.value.traceback
    assert len(late.value.message.split()) <= 40


def test_the_kernel_tells_where_it_was_too():
    names: dict[str, object] = {}
    exec(compile(SAVER + LOCKED, "<ipython-input-1-x>", "exec"), names)
    live = LiveNamespace(names)
    try:
        with pytest.raises(TimedOut, match=r"`for tup in list\(saver.list") as late:
            live.ask(Probe(source=ENTERS, name="probe", kwargs={}, folder=live.folder, seconds=2))
    finally:
        live.close()
    assert ", in answer" in late.value.traceback


@pytest.mark.parametrize(
    "written",
    [
        "",
        "Thread 0x1 (most recent call first):\n" + '  File "/etc/passwd", line 1 in <script>\n' * 5000,
        "x" * 70_000,
        '  File "<ipython-input-1-a>", line 99999999999 in f\n',
        '  File "<ipython-input-999999999999999-a>", line 1 in f\n',
    ],
)
def test_a_dump_that_learners_code_wrote_is_text_and_no_more(written: str):
    frames = read_dump(written)
    outcome = timed_out(frames, lambda file, line: "")
    assert "passwd" not in outcome.traceback
    assert len(outcome.traceback) < 1000
