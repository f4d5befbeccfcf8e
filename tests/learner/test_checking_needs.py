"""`check` supplies what an exercise needs also where its process is killed and started again."""

from pathlib import Path
from types import SimpleNamespace

from autograder.testing.judge import Judge
from course.learner import check
from course.learner.running import Running

NEEDS = Path(__file__).parents[1] / "core" / "data" / "needs.py"

ASK = """
import httpx

def ask(url):
    return httpx.post(url + "/pay").json()
"""


def test_a_killed_exercise_has_its_server():
    names = {"In": ["", ASK]}
    exec(ASK, names)
    entry = SimpleNamespace(name="killed_by_backend", defines=("ask",))
    with Judge([NEEDS]) as judge:
        result, notes = check.run(entry, judge, names, [ASK], Running(shown=False))
    assert (result.status, result.tests[0].message, notes) == ("passed", "", ())
