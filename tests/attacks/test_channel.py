"""Attacks on the line to the grader: garbage, forged replies, and replies of shapes that nobody asked for."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

import pytest

from autograder.grading.cells import CodeCell, grade_cells
from autograder.sandbox.probes import Probe
from autograder.sandbox.process import Process
from autograder.sandbox.zygote_client import ZygoteClient
from autograder.testing.judge import Judge
from tests.support import patience
from tests.support.cells import IMPORTS, SURVIVE, notebook

from .table import Attack
from .zygotes import outside_of_tiers

SAY = """
import json, os, struct, sys, threading, time

def token():
    frame = sys._getframe()
    while frame:
        call = frame.f_locals.get("call")
        if isinstance(call, dict) and "token" in call:
            return call["token"]
        frame = frame.f_back

def write(data):
    while data:
        data = data[os.write(3, data):]

def say(data):
    write(struct.pack("!I", len(data)) + data)

def reply(**words):
    say(json.dumps({"token": token(), **words}).encode())
"""
"""What an attacker's cells define: the grader's own protocol, with the token of the call that is running."""


@dataclass(frozen=True, kw_only=True)
class Line(Attack):
    """What a learner's function does while it is observed."""

    row: str = "the channel"
    code: str = field(repr=False)
    kinds: frozenset[str] = frozenset({"tampered"})  #: what the call may come to
    later: str = ""  #: kind of the call after it; empty: it is answered


def line(name: str, tries: str, code: str, *kinds: str, later: str = "") -> Line:
    return Line(name=name, tries=tries, code=code, kinds=frozenset(kinds or {"tampered"}), later=later)


WAIT = "; time.sleep(9)"
BOMB = 'b\'{"token":"\' + token().encode() + b\'","value":\' + '
LINES = (
    line("garbage", "bytes that mean nothing", "write(b'garbage' * 99)" + WAIT),
    line("wrong token", "the right words with a token of its own", "say(json.dumps({'token': '0' * 32, 'kind': 'value', 'value': 1}).encode())" + WAIT),
    line("no token", "the right words alone", "say(b'{\"kind\": \"value\", \"value\": 1}')" + WAIT),
    line("replayed token", "the token of the call before", "say(json.dumps({'token': OLD, 'kind': 'value', 'value': 1}).encode())" + WAIT),
    line("prepared reply", "an answer to the next question", "threading.Thread(target=lambda t=token(): (time.sleep(.05), say(json.dumps({'token': t, 'kind': 'value', 'value': 1}).encode()))).start()", "value", later="tampered"),
    line("two replies", "its own answer before the true one", "reply(kind='value', value='forged')", "value", later="tampered"),
    line("a header of 4 GB", "a length that nobody can hold", "write(b'\\xff' * 4)" + WAIT),
    line("a header alone", "to promise 1000 bytes and end", "write(struct.pack('!I', 1000)); os._exit(0)", "killed"),
    line("slow drip", "a byte at a time, for ever", "write(struct.pack('!I', 1000))\nwhile True: write(b' '); time.sleep(.05)", "timed out"),
    line("not a word", "to close its end", "import socket; socket.socket(fileno=3).close(); time.sleep(9)", "killed"),
    line("9 MB", "a reply above the limit", "return 'x' * (9 << 20)"),
    line("200 MB", "a reply far above it", "return 'x' * (200 << 20)", "tampered", "timed out"),
    line("a list", "JSON that is no object", "say(json.dumps([token()]).encode())" + WAIT),
    line("a number", "JSON that is no object", "say(b'7')" + WAIT),
    line("nested", "100,000 lists in one another", "say(" + BOMB + "b'[' * 100_000 + b']' * 100_000 + b'}')" + WAIT),
    line("a long number", "five million digits", "say(" + BOMB + "b'1' * 5_000_000 + b'}')" + WAIT),
    line("many values", "three million lists in 8 MB", "say(" + BOMB + "b'[' + b'[],' * 2_700_000 + b'0]}')" + WAIT),
    line("no UTF-8", "bytes that are no text", "say(" + BOMB + "b'\"\\xff\\xfe\"}')" + WAIT),
    line("token twice", "an object that says its token twice", "say(b'{\"token\": \"' + token().encode() + b'\", \"token\": 1}')" + WAIT),
    line("other shapes", "names that are no names", "reply(kind='missing', names=7, printed=[1], value={'a': None}); os._exit(0)", "missing", later="killed"),
    line("reached", "to say that the node was reached", "reply(kind='reached'); os._exit(0)", "reached"),
    line("descriptors", "to send the grader a descriptor", "import socket; s = socket.socket(fileno=os.dup(3)); socket.send_fds(s, [b'x'], [3])", "raised"),
)  # fmt: skip


def ask(process: Process, name: str, starts: float = 0.5) -> str:
    from autograder.sandbox.outcomes import Outcome

    source = f"def probe({name}):\n    return {name}()\n"
    question = Probe(
        source=source, name="probe", kwargs={}, folder=process.folder / "t", seconds=patience.seconds(starts)
    )
    try:
        return process.ask(question)["kind"]
    except Outcome as outcome:
        return outcome.status


@outside_of_tiers
@pytest.mark.parametrize("attack", LINES, ids=str)
def test_the_line_to_the_grader(
    attack: Line, tier: str, zygote: ZygoteClient, the_next_is_graded, record_property
):
    body = attack.code.replace("\n", "\n    ")
    cells = [
        SAY,
        f"def attack():\n    {body}",
        "def remember():\n    global OLD\n    OLD = token()\n    return 1",
    ]
    with zygote.submission(cells) as process:
        assert ask(process, "remember") == "value"
        kind = ask(process, "attack", starts=0.3 if attack.name == "slow drip" else 1)
        if attack.name == "prepared reply":
            import time

            time.sleep(0.1)
        later = ask(process, "remember")
        last = ask(process, "remember")
    record_property("saw", f"{kind}, then {later}, then {last}")
    assert kind in attack.kinds
    assert later == (attack.later or "value")
    assert last == "value"
    the_next_is_graded()


CELLS = (
    (
        "an ending of its own",
        "reply(outputs=[], execution_count=1, failure=None, ended={'status': 'passed'})",
    ),
    ("a failure that is none", "reply(outputs=[], execution_count=1, failure=[1])"),
    ("outputs that are none", "reply(outputs=7, execution_count='x', failure=None)"),
    ("nothing", "reply()"),
    ("a probe's reply", "reply(kind='value', value=1)"),
)


@pytest.mark.parametrize(
    ("attack", "code"),
    [
        pytest.param(Attack(name=n, row="the channel", tries="a cell's reply of another shape"), c, id=n)
        for n, c in CELLS
    ],
)
def test_what_a_cell_says_it_gave(
    attack: Attack,
    code: str,
    tier: str,
    zygote: ZygoteClient,
    judge: Judge,
    the_next_is_graded,
    record_property,
):
    cells = [
        CodeCell(source=IMPORTS + SAY),
        CodeCell(source=code + "\ntime.sleep(9)", exercise="remember"),
        CodeCell(source=SURVIVE, exercise="survive"),
    ]
    results = {result.name: result for result in grade_cells(judge, zygote, cells, seed=1)}
    record_property("saw", f"{results['remember'].status}; the other exercise: {results['survive'].status}")
    assert (results["remember"].status, results["remember"].earned) == ("tampered", 0)
    assert results["survive"].status == "passed"
    the_next_is_graded()


SHAPES: tuple[tuple[str, dict[str, Any]], ...] = (
    ("names", {"kind": "missing", "names": 7}),
    ("no names", {"kind": "missing"}),
    ("texts", {"kind": "raised", "error": [1], "message": {"a": 1}, "traceback": 7, "in_cell": "yes"}),
    ("a million characters", {"kind": "raised", "error": "E" * 10**6, "message": "m" * 10**6, "traceback": "t" * 10**6, "in_cell": True}),
    ("half a character", {"kind": "raised", "error": "\ud800", "message": "\udfff", "traceback": "\ud800", "in_cell": True}),
    ("no number", {"kind": "value", "value": float("nan")}),
    ("another kind", {"kind": {"passed": True}, "status": "passed", "points": 100}),
)  # fmt: skip


@pytest.mark.parametrize(
    ("attack", "words"),
    [
        pytest.param(
            Attack(name=f"shapes: {n}", row="the channel", tries="the right token, and other words"), w, id=n
        )
        for n, w in SHAPES
    ],
)
def test_what_an_answer_says_of_itself(
    attack: Attack,
    words: dict[str, Any],
    tier: str,
    zygote: ZygoteClient,
    judge: Judge,
    the_next_is_graded,
    record_property,
):
    forged = "def build_graph():\n    say(json.dumps({'token': token(), **WORDS}).encode())\n    os._exit(0)"
    text = f"WORDS = json.loads({json.dumps(words)!r})\n"
    cells = [CodeCell(source=IMPORTS + SAY), CodeCell(source=text + forged, exercise="remember")]
    (result,) = grade_cells(judge, zygote, cells, names=["remember"], seed=1)
    record_property("saw", f"{result.status}, {result.earned:g} points")
    assert result.earned == 0
    for test in result.tests:
        assert len(test.message) < 3000 and len(test.traceback) < 5000
        (test.message + test.traceback + test.printed).encode()
    the_next_is_graded()


def test_an_honest_notebook_is_graded_all_the_while(zygote: ZygoteClient, judge: Judge):
    results = grade_cells(judge, zygote, notebook(), seed=1)
    assert [(result.status, result.earned) for result in results] == [("passed", 4), ("passed", 3)]
