"""Attacks on other submissions: on the one beside, and on the one after."""

from __future__ import annotations

import os

import pytest

from autograder.sandbox.walls.tiers import Tier
from autograder.sandbox.zygote_client import ZygoteClient

from .table import Attack
from .zygotes import HELPERS, SECRET, Try, ask


def other_scratch(W, each):
    """To find and read another submission's files."""
    import os

    places = [
        W["theirs"],
        os.path.dirname(W["theirs"]),
        W["theirs"] + "/answer.txt",
        "/workdirs",
        os.path.dirname(os.getcwd()) + "/..",
    ]
    said = each(lambda path: [f for f in os.listdir(path) if "answer" in f] and "REACHED", places)
    said += each(lambda path: open(path).read() and "REACHED", [W["theirs"] + "/answer.txt"])
    return said + each(
        lambda path: open(path, "w") and "REACHED", [W["theirs"] + "/answer.txt", W["theirs"] + "/new"]
    )


def other_process(W, each):
    """To signal, trace or read the process of another submission."""
    import os

    mine = os.getpid()
    pids = [pid for pid in range(max(2, mine - 30), mine + 30) if pid != mine] if mine > 1 else range(2, 60)
    said = each(lambda pid: os.kill(pid, 0) or "REACHED", pids)
    said += each(lambda pid: open(f"/proc/{pid}/mem", "rb") and "REACHED", pids)
    return sorted(set(said))


BESIDE = [
    Try(
        name=probe.__name__.replace("_", " "),
        row="the submission beside",
        tries=(probe.__doc__ or "").strip("."),
        probe=probe,
    )
    for probe in (other_scratch, other_process)
]


@pytest.mark.parametrize("attack", BESIDE, ids=str)
def test_the_submission_beside(
    attack: Try, tier: str, zygote: ZygoteClient, the_next_is_graded, record_property
):
    answer = f"open('answer.txt', 'w').write({SECRET!r})\nimport os\nwhere = os.getcwd()"
    with zygote.submission([answer]) as victim, zygote.submission([HELPERS]) as attacker:
        theirs = str(victim.folder) if tier == "B" else f"/workdirs/{victim.workdir.name}"
        text = str(ask(attacker, attack.probe, W={"theirs": theirs}))
        kept = victim.fetch(victim.folder, "answer.txt").read_text()
    record_property("saw", text[:150])
    assert "REACHED" not in text
    assert SECRET not in text
    assert kept == SECRET
    the_next_is_graded()


LEAVE = """
import builtins, os, sys, threading, random, json, langgraph.graph, autograder.sandbox.inside.child as child
for folder in (os.getcwd(), "/tmp", "/dev/shm", os.environ["TMPDIR"], os.environ["HOME"]):
    try: open(folder + "/left-behind", "w").write("x")
    except OSError: pass
os.environ["LEFT"] = "x"
builtins.left = langgraph.graph.left = child.left = sys.left = "x"
json.dump = langgraph.graph.StateGraph = None
random.seed(7)
threading.Thread(target=threading.Event().wait, daemon=True).start()
os.umask(0o777); os.nice(3)
"""
LOOK = """
import builtins, os, sys, threading, random, json, langgraph.graph, autograder.sandbox.inside.child as child
found = [f for folder in (os.getcwd(), "/tmp", "/dev/shm", os.environ["TMPDIR"], os.environ["HOME"]) if os.access(folder, os.R_OK) and os.path.exists(folder + "/left-behind") for f in [folder]]
found += [n for n in ("LEFT",) if n in os.environ]
found += [str(place) for place in (builtins, langgraph.graph, child, sys) if hasattr(place, "left")]
found += ["umask"] * (os.umask(0o77) == 0o777) + ["nice"] * (os.nice(0) != NICE)
found += ["modules"] * (json.dump is None or langgraph.graph.StateGraph is None) + ["threads"] * (threading.active_count() - 1)
print(found, random.random())
"""


@pytest.mark.parametrize(
    "attack",
    [Attack(name="leftovers", row="the submission after", tries="files, variables, patched modules, a seed")],
    ids=str,
)
def test_the_submission_after(
    attack: Attack, tier: str, zygote: ZygoteClient, the_next_is_graded, record_property
):
    look = f"NICE = {os.nice(0)}\n{LOOK}"
    with zygote.submission([LEAVE, look]) as first:
        assert "'LEFT', " in first.runs[1].outputs[0]["text"], first.runs
    drawn: list[str] = []
    for _ in range(2):
        with zygote.submission([look]) as after:
            text = after.runs[0].outputs[0]["text"]
            drawn.append(text)
            assert text.startswith("[] ")
    assert drawn[0] != drawn[1], "random numbers repeat"
    record_property("saw", "nothing was left")
    the_next_is_graded()


BOMB = """
import threading, time
try:
    for _ in range(400):
        threading.Thread(target=time.sleep, args=(60,), daemon=True).start()
except RuntimeError:
    pass  # as many as it may have
"""
POOL = """
import threading, time
for _ in range(100):
    threading.Thread(target=time.sleep, args=(0.1,)).start()
done = True
"""


def test_a_thread_bomb_takes_no_threads_from_another_zygote(tier: str, warm_zygotes):
    """Each grader's zygote has users of its own: the kernel counts threads by user, whoever's child they are."""
    with (
        warm_zygotes.start(tier=Tier(name=tier)) as one,
        warm_zygotes.start(tier=Tier(name=tier)) as other,
        one.submission([BOMB]) as bomb,
        other.submission([POOL]) as pool,
    ):
        assert bomb.runs[0].failure is None
        assert pool.runs[0].failure is None, pool.runs[0].failure
