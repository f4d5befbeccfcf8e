"""Collects what became of each attack, and gives the tests the tiny course to attack."""

from __future__ import annotations

from collections.abc import Generator

import pytest

from tests.support.tiny_course import notebook, root, source  # noqa: F401 — fixtures

from . import table
from .zygotes import judge, outside, the_next_is_graded, tier, warm, zygote  # noqa: F401 — fixtures

_OUTCOMES = pytest.StashKey[list[table.Outcome]]()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Note how the test of an attack ended."""
    report = yield
    params = item.callspec.params if isinstance(item, pytest.Function) and hasattr(item, "callspec") else {}
    attack = params.get("attack")
    if not isinstance(attack, table.Attack) or not (report.when == "call" or report.failed):
        return report
    saw = [str(value) for name, value in item.user_properties if name == "saw"]
    if call.excinfo and not report.skipped:
        saw.append(str(call.excinfo.value).split("\n")[0][:200])
    if not report.skipped or hasattr(report, "wasxfail"):
        outcome = table.Outcome(
            row=attack.row,
            name=attack.name,
            tier=str(params.get("tier", "")),
            tries=attack.tries,
            blocked=report.passed,
            saw="; ".join(saw),
        )
        item.config.stash.setdefault(_OUTCOMES, []).append(outcome)
    return report


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Write the table."""
    if outcomes := session.config.stash.get(_OUTCOMES, None):
        table.keep(outcomes)
