"""Wrong answers that come with an attack: they earn what they would have earned without it."""

from __future__ import annotations

import pytest

from autograder.grading.cells import CodeCell, grade_cells
from autograder.sandbox.zygote_client import ZygoteClient
from autograder.testing.judge import Judge
from tests.support.cells import IMPORTS, REMEMBER, SURVIVE

from .forging import OWN, VERDICTS, Forged
from .zygotes import outside_of_tiers

FORGETFUL = (
    REMEMBER.replace("checkpointer=InMemorySaver()", "") + "\nif 'HOLD' in globals(): build_graph = HOLD\n"
)
LOST = SURVIVE.replace("sqlite3.connect(db,", "sqlite3.connect(':memory:',")
KIND = 1.0  #: points for a graph of any kind, which the wrong answer is


def points(judge: Judge, zygote: ZygoteClient, before: str) -> dict[str, tuple[str, float]]:
    cells = [
        CodeCell(source=IMPORTS),
        CodeCell(source=before),
        CodeCell(source="from langgraph.graph import StateGraph\n" + FORGETFUL, exercise="remember"),
        CodeCell(source=LOST, exercise="survive"),
    ]
    results = grade_cells(judge, zygote, cells, seed=1)
    return {result.name: (result.status, result.earned) for result in results}


def test_what_the_wrong_answers_earn(tier: str, zygote: ZygoteClient, judge: Judge):
    assert points(judge, zygote, "") == {"remember": ("failed", KIND), "survive": ("failed", 0)}


@outside_of_tiers
@pytest.mark.parametrize("attack", VERDICTS, ids=str)
def test_a_forged_verdict(
    attack: Forged, tier: str, zygote: ZygoteClient, judge: Judge, the_next_is_graded, record_property
):
    earned = points(judge, zygote, attack.code)
    record_property("saw", ", ".join(f"{name}: {status}, {n:g}" for name, (status, n) in earned.items()))
    assert earned["survive"][1] == 0
    assert earned["remember"][1] in ({0, KIND} if attack.may_end or "HOLD" in attack.code else {KIND})
    assert "passed" not in {status for status, _ in earned.values()}
    the_next_is_graded()


@outside_of_tiers
@pytest.mark.parametrize("attack", OWN, ids=str)
def test_a_forged_observation(
    attack: Forged, tier: str, zygote: ZygoteClient, judge: Judge, the_next_is_graded, record_property
):
    """What code says of itself it can say wrongly. What it leaves behind, it must really have left."""
    earned = points(judge, zygote, attack.code)
    record_property(
        "saw", f"{earned['remember'][1]:g} of 4 for return values, {earned['survive'][1]:g} of 3 for evidence"
    )
    assert earned["remember"] == ("passed", 4)
    assert earned["survive"][1] == 0
    the_next_is_graded()
    pytest.xfail("return values can be forged by whoever returns them: see docs/security.md")
