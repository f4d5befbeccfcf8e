"""The pages to look things up lead to the lessons: each row to a section that is there."""

from __future__ import annotations

import re

import pytest
from markdown.extensions.toc import slugify

from course.paths import Root

ROOT = Root.find()
LINK = re.compile(r"\]\(modules/(\w+)/index\.md#([^)]+)\)")


def rows(page: str) -> list[str]:
    """Return the rows of a page's tables, without their heads."""
    text = (ROOT.docs / f"{page}.md").read_text("utf-8")
    tables = re.findall(r"(?:^\|.*\n)+", text, re.MULTILINE)
    return [row for table in tables for row in table.splitlines()[2:]]


def sections(module: str) -> set[str]:
    headings = re.findall(r"^# ## (.+)$", ROOT.lesson_source(module).read_text("utf-8"), re.MULTILINE)
    return {slugify(heading.replace("`", ""), "-") for heading in headings}


@pytest.mark.parametrize("page", ["decisions", "best-practices", "pitfalls"])
def test_each_row_leads_to_a_section_of_a_lesson(page: str):
    found = rows(page)
    assert len(found) > 20
    for row in found:
        links = LINK.findall(row)
        assert links, row
        for module, anchor in links:
            assert anchor in sections(module), row
