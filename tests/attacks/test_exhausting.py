"""Attacks that use up time, memory, disk, output: bounded, told for what they are, and gone afterwards."""

from __future__ import annotations

import json
import os
import signal
from pathlib import Path

import pytest

from autograder.grading.cells import grade_cells
from autograder.sandbox.limits import Needs
from autograder.sandbox.outcomes import Killed
from autograder.sandbox.walls.tiers import Tier
from autograder.sandbox.zygote_client import ZygoteClient
from tests.support import patience, processes
from tests.support.cells import notebook

from .exhausting import CRASHES, DISK, MEMORY, TIME, Cell
from .table import Attack
from .zygotes import LIMITS

MB = 1 << 20
SLACK = 300 * MB  #: what others on this machine may take meanwhile


def shared() -> int:
    """Bytes of memory that hold files: what is left behind in /dev/shm would be here."""
    lines = dict(line.split(":") for line in Path("/proc/meminfo").read_text().splitlines())
    return int(lines["Shmem"].split()[0]) << 10


def workdirs(zygote: ZygoteClient) -> list[str]:
    return [path.name for path in zygote.scratch.glob("workdir*")]


@pytest.mark.parametrize("attack", [*TIME, *MEMORY, *DISK, *CRASHES], ids=str)
def test_a_cell_that_takes_all(
    attack: Cell, tier: str, zygote: ZygoteClient, the_next_is_graded, record_property
):
    before = shared()
    seconds = patience.seconds(0.4 if attack.row == "time" else 1.5)
    with zygote.submission(
        [attack.code, "'still here'"], cell_seconds=seconds, needs=attack.needs
    ) as process:
        most = shared() - before
        first, second = process.runs[0], process.runs[1]
    ended = first.ended.status if first.ended else (first.failure or {}).get("error", "it came to its end")
    record_property("saw", ended)
    assert most < LIMITS.memory_bytes
    assert ended in attack.ends | attack.raises
    # What fills the folder in tier B stays there, for the same submission's next process to be told of.
    full = second.ended and second.ended.status == "killed" and (attack.row, tier) == ("disk", "B")
    assert full or second.outputs[0]["data"]["text/plain"] == "'still here'"
    assert workdirs(zygote) == []
    assert shared() - before < SLACK
    the_next_is_graded()


OUTPUTS = (
    ("300 MB printed", "for _ in range(300): print('x' * (1 << 20))"),
    ("300 MB past Python", "import os\nfor _ in range(300): os.write(1, bytes(1 << 20)); os.write(2, bytes(1 << 20))"),
    ("many small outputs", "for n in range(30_000): display(n)"),
    ("a huge value", "'x' * (200 << 20)"),
    ("a huge picture", "from IPython.display import Image, display\ndisplay(Image(data=b'\\x89PNG' + bytes(30 << 20), format='png'))"),
    ("a huge exception", "raise ValueError('x' * (100 << 20))"),
    ("half a character", "print('\\ud800'); raise ValueError('\\udfff')"),
)  # fmt: skip


@pytest.mark.parametrize(
    ("attack", "code"),
    [
        pytest.param(Attack(name=name, row="output", tries="to fill the gradebook"), code, id=name)
        for name, code in OUTPUTS
    ],
)
def test_a_cell_that_says_too_much(
    attack: Attack, code: str, tier: str, zygote: ZygoteClient, the_next_is_graded, record_property
):
    with zygote.submission([code], cell_seconds=patience.seconds(2)) as process:
        run = process.runs[0]
    size = len(json.dumps(run.outputs))
    record_property("saw", f"{size:,} characters kept, {run.ended.status if run.ended else 'ended'}")
    assert size < 3 * LIMITS.output_bytes
    json.dumps([run.outputs, run.failure], ensure_ascii=False).encode()  # every file can hold it
    the_next_is_graded()


def test_a_daemon_is_gone_with_its_submission(warm, the_next_is_graded_in_a):
    """Where processes are allowed, those that were left behind twice are still found."""
    daemon = f"98{os.getpid()}"
    code = f"""
import os, subprocess, time
if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        os.execv("/bin/sleep", ["sleep", "{daemon}"])
    os._exit(0)
time.sleep(0.2)
"""
    with warm.of("A").submission([code], needs=Needs(processes=True)) as process:
        assert not process.runs[0].failure, process.runs[0]
        assert running(daemon), "the canary itself does not work"
    assert not running(daemon)
    the_next_is_graded_in_a()


def test_a_fork_bomb_where_processes_are_allowed(warm, the_next_is_graded_in_a):
    code = """
import os, time
made = 0
try:
    while True:
        if os.fork() == 0: time.sleep(1000)
        made += 1
except OSError: pass
made
"""
    needs = Needs(processes=True, limits=(("processes", 40),))
    with warm.of("A").submission([code], needs=needs, cell_seconds=patience.seconds(4)) as process:
        made = int(process.runs[0].outputs[0]["data"]["text/plain"])
    assert 10 < made <= 40
    the_next_is_graded_in_a()


@pytest.fixture
def the_next_is_graded_in_a(warm, judge):
    def check() -> None:
        results = grade_cells(judge, warm.of("A"), notebook(), names=["remember"], seed=1)
        assert results[0].earned == 4

    return check


def running(word: str) -> bool:
    found = (path.read_bytes() for path in Path("/proc").glob("[0-9]*/cmdline") if path.exists())
    return any(word.encode() in line for line in found)


def test_processes_are_refused_where_they_could_not_be_ended(warm, judge):
    with pytest.raises(Killed, match="cannot be contained here"):
        warm.of("B").submission([""], needs=Needs(processes=True))


def test_nobody_outlives_a_zygote_that_is_killed():
    """In tier B nothing but a wish to be told holds a process to its parent: it may not take that back."""
    last_wish = "import ctypes, os\nctypes.CDLL(None).prctl(1, 0)\nos.getpid()"
    with ZygoteClient(tier=Tier(name="B")) as zygote, zygote.submission([last_wish]) as process:
        pid = int(process.runs[0].outputs[0]["data"]["text/plain"])
        assert processes.runs(pid)
        os.killpg(zygote.pid, signal.SIGKILL)
        processes.wait_until_ended(pid)
