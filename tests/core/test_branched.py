"""A zygote that another has forked: as warm, as closed, and with an end of its own."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator

import pytest

from autograder.grading.cells import grade_cells
from autograder.sandbox.find_tier import find_tier
from autograder.sandbox.walls.tiers import OPTIONAL, Tier
from autograder.sandbox.zygote_client import ZygoteClient
from autograder.sandbox.zygote_process import ZygoteDied
from autograder.testing.judge import Judge
from tests.support.cells import notebook
from tests.support.processes import descendants, wait_until_ended


@pytest.fixture(scope="module", params=("A", "B"))
def first(request: pytest.FixtureRequest) -> Iterator[ZygoteClient]:
    if request.param == "A" and find_tier().name != "A":
        pytest.skip("tier A does not work here: see `course doctor`")
    with ZygoteClient(tier=Tier(name=request.param)) as zygote:
        yield zygote


@pytest.fixture
def branch(first: ZygoteClient) -> Iterator[ZygoteClient]:
    with ZygoteClient(tier=first.tier, branch=first.branch()) as zygote:
        yield zygote


def test_it_grades_behind_walls_that_hold(branch: ZygoteClient, judge: Judge):
    faults = branch.wait_until_ready()
    assert {name for name, fault in faults.items() if fault} <= OPTIONAL
    results = grade_cells(judge, branch, notebook(), names=["remember"], seed=1)
    assert [(result.status, result.earned) for result in results] == [("passed", 4)]


def test_it_is_there_at_once(first: ZygoteClient):
    """A tenth of what a start from nothing takes; both are measured here, on the machine as it is."""
    began = time.monotonic()
    with ZygoteClient(tier=first.tier) as anew:
        anew.wait_until_ready()
    whole, branched = time.monotonic() - began, []
    for _ in range(3):
        began = time.monotonic()
        with ZygoteClient(tier=first.tier, branch=first.branch()) as zygote:
            zygote.wait_until_ready()
            branched.append(time.monotonic() - began)
    assert min(branched) < whole / 5, (branched, whole)


def test_one_that_has_just_been_forked_forks_another(first: ZygoteClient):
    with (
        ZygoteClient(tier=first.tier, branch=first.branch()) as branch,
        ZygoteClient(tier=first.tier, branch=branch.branch()) as other,
    ):
        assert other.wait_until_ready() == branch.wait_until_ready()


ENDS_AT_ONCE = """
import os, signal, socket, time
from autograder.sandbox.inside.confine import Settings
from autograder.sandbox.inside.zygote_server import ZygoteServer
signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # as in a zygote: what has ended is gone at once
open_pidfd = os.pidfd_open
os.pidfd_open = lambda pid: (time.sleep(0.3), open_pidfd(pid))[1]  # a busy machine
line, _ = socket.socketpair()
told = Settings(tier="B", workdirs=".", first_user=0, readable=[], preload=[], canary="", filter="")
server = ZygoteServer(line, told, None)
print(server.fork({"workdir": "which isn't there"}, line.fileno()) > 0)
"""


def test_a_process_that_ends_at_once_has_been_named_before():
    told = subprocess.run([sys.executable, "-c", ENDS_AT_ONCE], capture_output=True, text=True, check=False)
    assert told.stdout == "True\n", told.stderr


def test_what_a_branch_of_a_branch_prints_is_at_hand(branch: ZygoteClient):
    other = branch.branch()
    assert other.log.exists()
    other.end()


WRITE = "open('mine.txt', 'w').write('a secret of one submission')"
LOOK = """
import glob, os
seen = [path for folder in ("/workdirs", "/tmp", "/dev/shm", "/learner", ".", "..") for path in glob.glob(f"{folder}/**", recursive=True)]
print([path for path in seen if path.endswith("mine.txt")])
"""


def test_branches_share_no_workdir(first: ZygoteClient, branch: ZygoteClient):
    with (
        ZygoteClient(tier=first.tier, branch=first.branch()) as other,
        other.submission([WRITE]) as theirs,
        branch.submission([LOOK]) as process,
    ):
        assert theirs.runs[0].failure is None
        assert process.runs[0].outputs[0]["text"] == "[]\n"


def test_one_that_is_killed_takes_its_own_children_along_and_no_other(
    first: ZygoteClient, branch: ZygoteClient
):
    with ZygoteClient(tier=first.tier, branch=first.branch()) as other:
        with branch.submission(["x = 1"]), other.submission(["x = 1"]) as theirs:
            pid = branch.pid  # which nobody can ask for once it has ended
            below = descendants(pid)
            assert below
            os.kill(pid, signal.SIGKILL)
            wait_until_ended(pid, *below)
            with pytest.raises(ZygoteDied):
                branch.check()
            theirs.restart()  # a fork of the other: it lives
        branch.restart()  # a start from nothing
        with branch.submission(["print(2)"]) as process:
            assert process.runs[0].outputs[0]["text"] == "2\n"


def test_it_ends_with_whoever_holds_it(first: ZygoteClient):
    zygote = ZygoteClient(tier=first.tier, branch=first.branch())
    zygote.wait_until_ready()
    process = zygote.submission(["x = 1"])
    everything = {zygote.pid, *descendants(zygote.pid)}
    zygote.let_go()  # as when its owner is killed: nobody holds the line to it
    wait_until_ended(*everything)
    with pytest.raises(ZygoteDied):
        process.restart()
    zygote.close()


def test_one_that_nobody_took_ends_too(first: ZygoteClient):
    first.check()
    before = descendants(first.pid)
    first.branch().let_go()
    first.check()  # it has answered, so it has also forked that one
    wait_until_ended(*descendants(first.pid) - before)
