"""Exercises that need a server, processes or other limits get them, and the others do not."""

from types import SimpleNamespace

import pytest

from autograder.grading.cells import CodeCell, grade_cells
from autograder.sandbox import http_server
from autograder.sandbox.limits import Limits
from autograder.sandbox.live_kernel import LiveNamespace
from autograder.sandbox.walls.tiers import Tier
from autograder.testing.judge import Judge
from course.learner.check import run
from course.learner.running import Running

from .conftest import DATA

ASK = """
import httpx

def ask(url):
    while True:
        reply = httpx.post(url + "/pay")
        if reply.status_code == 200:
            return reply.json()
"""
LEAVES = f"""
{ASK.replace("def ask", "def asked")}
import threading, time

def late(url):
    time.sleep(3)
    while True:
        httpx.post(url + "/late")

def ask(url):
    if threading.active_count() > 1:
        time.sleep(5)  # by now, what another exercise has left asks its server
    threading.Thread(target=late, args=(url,), daemon=True).start()
    return asked(url)
"""
THRICE = ASK.replace("while True", "for _ in range(3)") + "    return None"
TOO_MUCH = {
    "requests": THRICE,
    "bytes": THRICE.replace('"/pay")', '"/pay", content=bytes(600_000))'),
    "connections": """
import socket

def ask(url):
    port = int(url.rsplit(":")[-1])
    lines = [socket.create_connection(("127.0.0.1", port)) for _ in range(140)]
    lines[-1].recv(1)  # it's closed by then
""",
}
RUN = """
import mmap
import subprocess

def run():
    if MUCH:
        mmap.mmap(-1, 2 << 30)  # counts against the limit, and takes no time: no page is touched
        return "hello\\n"
    return subprocess.run(["echo", "hello"], capture_output=True, text=True).stdout
"""


@pytest.fixture(scope="module")
def judge():
    with Judge([DATA / "needs.py"]) as judge:
        yield judge


@pytest.fixture(scope="module", params=["A", "B"])
def tier(request, warm_zygotes):
    with warm_zygotes.start(tier=Tier(name=request.param), limits=Limits(memory_bytes=1 << 30)) as zygote:
        yield request.param, zygote


def status(judge, zygote, name, *sources):
    [result] = grade_cells(
        judge, zygote, [CodeCell(source=source) for source in sources], names=[name], seed=1
    )
    return result.status, result.tests[0].message


def test_a_server_is_supplied_and_its_ledger_is_ours(judge, tier):
    assert status(judge, tier[1], "call_backend", ASK) == ("passed", "")


def test_whoever_does_not_ask_again_is_told(judge, tier):
    once = ASK.replace("while True", "for _ in range(1)") + "    return None"
    assert status(judge, tier[1], "call_backend", once)[0] == "failed"


@pytest.mark.parametrize("bound", ["requests", "bytes", "connections"])
def test_what_no_server_takes_is_said_whatever_the_code_makes_of_it(judge, tier, bound, monkeypatch):
    bounds = {"requests": ("MOST_REQUESTS", 2), "bytes": ("MOST_BYTES", 1 << 20)}
    if bound in bounds:
        monkeypatch.setattr(http_server, *bounds[bound])
    found = status(judge, tier[1], "call_backend", TOO_MUCH[bound])
    said = {"requests": "2 requests", "bytes": "1 MB in requests", "connections": "128 connections at a time"}
    assert found == (
        "error",
        f"the test's server takes {said[bound]}, and your code sent it more: does a loop go on asking?",
    )


@pytest.mark.parametrize("name", ["reset_by_backend", "killed_by_backend", "ask_from_two_processes"])
def test_a_server_resets_and_kills(judge, tier, name):
    assert status(judge, tier[1], name, ASK) == ("passed", "")


def test_what_one_exercise_leaves_asks_nothing_of_the_next_ones_server(judge, tier):
    names = ["call_backend", "reset_by_backend"]
    found = grade_cells(judge, tier[1], [CodeCell(source=LEAVES)], names=names, seed=1)
    assert [(result.status, result.tests[0].message) for result in found] == [("passed", "")] * 2


def test_processes_where_they_can_be_ended_again(judge, tier):
    name, zygote = tier
    found, message = status(judge, zygote, "start_process", "MUCH = False", RUN)
    if name == "A":
        assert found == "passed", message
    else:
        assert (found, "course doctor" in message) == ("killed", True)


def test_an_exercise_has_the_memory_that_its_mark_says(judge, tier):
    assert status(judge, tier[1], "much_memory", "MUCH = True", RUN) == ("passed", "")


def test_in_the_live_kernel_the_server_is_there_too(judge):
    names = {}
    exec(ASK, names)
    live = LiveNamespace(names)
    try:
        assert judge.run("call_backend", live, seed=1).status == "passed"
    finally:
        live.close()


def test_a_need_that_nobody_knows_is_found_when_the_tests_are_read(tmp_path):
    wrong = (DATA / "needs.py").read_text().replace('"server"', '"sever"')
    (tmp_path / "needs.py").write_text(wrong)
    with pytest.raises(ValueError, match="sever"), Judge([tmp_path / "needs.py"]):
        pass


def test_answers_do_not_lie_where_learners_code_reads(monkeypatch, tmp_path):
    from autograder.sandbox.walls import bubblewrap

    bubblewrap.check_secrets()
    (tmp_path / "solutions").mkdir()
    monkeypatch.setattr(bubblewrap, "PACKAGE", tmp_path / "autograder")
    monkeypatch.setattr(bubblewrap, "readable", lambda: ("/usr", str(tmp_path)))
    with pytest.raises(RuntimeError, match="move the course"):
        bubblewrap.check_secrets()


@pytest.mark.parametrize("name", ["killed_by_backend", "ask_from_two_processes"])
def test_what_check_kills_has_a_server_too(judge, name):
    names = {}
    exec(ASK, names)
    entry = SimpleNamespace(name=name, defines=("ask",))
    result, notes = run(entry, judge, names, [ASK], Running(shown=False))
    assert (result.status, notes) == ("passed", ()), result
