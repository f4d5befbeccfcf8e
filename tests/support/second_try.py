"""A plugin of pytest's: what fails is noted, and `--second-try` runs it once more, alone; what passes then is flaky.

A flaky test is told by its name and its first failure, at the end of the second try. Where it fails again, it fails.
"""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass, field

import pytest

NOTES = "course/first_try"  #: in the cache that pytest keeps beside the tests


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--second-try", action="store_true", help="run what failed in the last run once more")


def pytest_configure(config: pytest.Config) -> None:
    if hasattr(config, "workerinput") or config.option.collectonly or not hasattr(config, "cache"):
        return
    if config.option.second_try:
        first = config.cache.get(NOTES, {})
        config.pluginmanager.register(SecondTry(first), "second try")
    else:
        config.pluginmanager.register(FirstTry(config.cache), "first try")


def failure(report: pytest.TestReport) -> str:
    """Return the line that says most of why a test failed."""
    lines = report.longreprtext.splitlines() or ["no reason is known"]
    said = [line.removeprefix("E").strip() for line in lines if line.startswith("E  ")]
    return f"{report.when}: {(said or lines[-1:])[0]}"


@dataclass(eq=False)
class FirstTry:
    """Notes what failed, and why."""

    cache: pytest.Cache
    failed: dict[str, str] = field(default_factory=dict[str, str])

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.failed:
            self.failed.setdefault(report.nodeid, failure(report))

    def pytest_sessionfinish(self) -> None:
        self.cache.set(NOTES, self.failed)


@dataclass(eq=False)
class SecondTry:
    """Runs what failed first, and tells what fails no more."""

    first: dict[str, str]
    ran: set[str] = field(default_factory=set[str])
    failed: set[str] = field(default_factory=set[str])

    @pytest.hookimpl(wrapper=True)
    def pytest_collection_modifyitems(
        self, config: pytest.Config, items: list[pytest.Item]
    ) -> Generator[None, None, None]:
        yield
        left_out = [item for item in items if item.nodeid not in self.first]
        items[:] = [item for item in items if item.nodeid in self.first]
        config.hook.pytest_deselected(items=left_out)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        self.ran.add(report.nodeid)
        if report.failed:
            self.failed.add(report.nodeid)

    @pytest.hookimpl(trylast=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        if not set(self.first) <= self.ran:
            session.exitstatus = pytest.ExitCode.TESTS_FAILED

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        flaky = {name: why for name, why in self.first.items() if name in self.ran - self.failed}
        for name in sorted(set(self.first) - self.ran):
            terminalreporter.line(f"NOT RUN AGAIN {name}", red=True)
        if flaky:
            terminalreporter.section("FLAKY: failed beside other tests, passed alone", yellow=True)
        for name, why in flaky.items():
            terminalreporter.line(f"FLAKY {name}", yellow=True, bold=True)
            terminalreporter.line(f"      first, {why}")
