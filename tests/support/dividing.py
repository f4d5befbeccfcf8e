"""A plugin of pytest's: how tests are divided between the processes of `pytest -n 3 --dist loadfile`.

The tests of a file stay together, and so do all files that are marked `alone`, all that need the site, and those
that are `together` under one name. They run one after the other: what is dear is made once, and what is sensitive
has few others beside it. (xdist's own groups do not work with pytest 9.2.) A mark is read in the file's text:
whoever divides imports no test.
"""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

import pytest
from xdist.scheduler import LoadScopeScheduling

TESTS = Path(__file__).parents[1]
MARK = re.compile(
    r"^pytestmark = .*?pytest\.mark\.(?:(alone)\b|together\(\"(\w+)\"\))", re.MULTILINE | re.DOTALL
)
SITE = re.compile(
    r"from tests\.lesson import executed|import executed_lesson|built_site|published_site|def \w+\((?:\w+, )*site\b"
)
"""Who says so reads lessons that were executed in kernels, or the site, which executes them: one process does that,
once. It takes minutes, and so the others that are `alone` don't wait for it."""

FIRST = {"alone", "site", "kills"}
"""Groups that are begun first: they take longest."""

DEAREST = ("author/test_the_course", "lesson", "attacks", "instructor")
"""What is begun next, for the same reason."""


@cache
def group(path: str) -> str:
    """Return the group of a file of tests, by its path below the repository: by default it is one of its own."""
    text = (TESTS.parent / path).read_text("utf-8")
    if SITE.search(text):
        return "site"
    found = MARK.search(text)
    return (found[1] or found[2]) if found else path


class Dividing(LoadScopeScheduling):
    """Gives each process whole groups."""

    def _split_scope(self, nodeid: str) -> str:
        return group(nodeid.partition("::")[0])


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: object) -> LoadScopeScheduling | None:
    here = config.rootpath == TESTS.parent and config.getvalue("dist") == "loadfile"
    return Dividing(config, log) if here else None


@pytest.hookimpl(tryfirst=True)  # before xdist counts them
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Begin with the groups that take longest, then with the files that do."""

    def place(item: pytest.Item) -> int:
        path = item.path.relative_to(config.rootpath).as_posix()
        if group(path) in FIRST:
            return -1
        starts = (i for i, start in enumerate(DEAREST) if path.startswith(f"tests/{start}"))
        return next(starts, len(DEAREST))

    if config.rootpath == TESTS.parent:
        items.sort(key=place)
