"""What a submission may use, as it is read from the command line and as it holds."""

import pytest

from autograder.sandbox.kept_outputs import ALL_OUTPUTS
from autograder.sandbox.limits import Limits, Needs
from autograder.sandbox.walls.tiers import UNISOLATED, Tier
from autograder.sandbox.zygote import ZygoteClient
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


def test_the_time_of_a_submission_ends_all_of_it():
    cells = ["'in time'", "while True: pass", "'too late'"]
    with ZygoteClient(tier=Tier(name="A"), limits=Limits(wall_seconds=patience.seconds(1))) as zygote:
        zygote.wait_until_ready()
        with zygote.submission(cells) as process:
            ended = [run.ended for run in process.runs.values()]
    assert ended[0] is None
    assert [type(end).__name__ for end in ended[1:]] == ["TimedOut", "TimedOut"]


def test_a_submission_has_one_clock_whatever_its_exercises_need():
    limits = Limits(wall_seconds=patience.seconds(1))
    with ZygoteClient(tier=usable_tier(), limits=limits) as zygote:
        zygote.wait_until_ready()
        endless = "import time\ntime.sleep(1000)"  # until the time is up
        with zygote.submission([endless]) as process, process.beside(Needs(server=True)) as other:
            ended = other.runs[0].ended
    assert ended and "whole notebook" in ended.message


def test_what_a_cell_puts_out_is_bounded_by_the_trusted_side():
    """The process that runs learners' code cuts outputs; code that has patched it doesn't."""
    patch = "import autograder.sandbox.inside.shell as shell\nshell.OUTPUTS.take = lambda: [{made}]"
    text = {"output_type": "stream", "name": "stdout", "text": "x" * 3_000_000}
    forged = [f"{text!r}", *["[" + "[], " * 100_000 + "]"] * 2]
    with ZygoteClient(tier=UNISOLATED) as zygote:
        limit = zygote.limits.output_bytes
        for made in forged:
            with zygote.submission([patch.format(made=made), *["1"] * 3]) as process:
                kept = [run.outputs for run in process.runs.values()]
            assert all("output cut" in str(outputs[-1]) for outputs in kept)
            assert all(len(str(outputs)) < limit for outputs in kept)


def test_all_cells_together_are_bounded_too():
    with ZygoteClient(tier=UNISOLATED) as zygote:
        limit = zygote.limits.output_bytes
        with zygote.submission([f"print('x' * {limit - 1000})"] * (ALL_OUTPUTS + 3)) as process:
            kept = [len(str(run.outputs)) for run in process.runs.values()]
    assert kept[0] > limit - 1000 and kept[-1] < 1000
    assert sum(kept) < (ALL_OUTPUTS + 1) * limit
