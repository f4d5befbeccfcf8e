"""The cheat sheet says what the installed version says."""

from __future__ import annotations

import inspect
import re

import pytest

from course.site.cheatsheet import CALL, SOURCE, cheatsheet_page, find, signature

CALLS = CALL.findall(SOURCE.read_text("utf-8"))


@pytest.mark.parametrize(("name", "path"), CALLS)
def test_a_signature_is_the_installed_one(name: str, path: str):
    shown = signature(name, path)
    names = re.findall(r"[(\s,](\w+)(?==|,|\)|$)", shown.removeprefix(name))
    assert set(names) <= set(inspect.signature(find(path)).parameters)
    assert max(map(len, shown.splitlines())) <= 80


def test_each_call_has_its_sentence():
    assert len(CALLS) > 25
    page = cheatsheet_page()
    assert "!call" not in page
    assert not re.search(r"```\n\n(```|##)", page)


def test_what_is_not_there_is_told():
    with pytest.raises(LookupError, match="is missing"):
        find("langgraph.graph.StateGraph.add_everything")
    with pytest.raises(LookupError, match="cannot be imported"):
        find("no_such_package.thing")
