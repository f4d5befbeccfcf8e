"""What a submission may use, as it is read from the command line and as it holds."""

import pytest

from autograder.sandbox.limits import Limits, Needs
from autograder.sandbox.walls.tiers import Tier
from autograder.sandbox.zygote import ZygoteClient
from course.cli.options import parse_limits
from course.errors import UsageError
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
