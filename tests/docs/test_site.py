"""The site builds strictly, and loads nothing from another host."""

import re

import pytest

from course.paths import Root

pytestmark = [pytest.mark.slow, pytest.mark.alone]  # whoever comes first executes lessons

LOADED = re.compile(
    r"""(?:<(?:script|img|iframe|source)[^>]*\ssrc|<link(?![^>]*canonical)[^>]*\shref)=["']?([^"' >]+)"""
)


def test_nothing_is_loaded_from_another_host(built_site):
    for path in built_site.rglob("*.html"):
        for address in LOADED.findall(path.read_text()):
            assert not address.startswith(("http:", "https:", "//")), f"{path}: {address}"


def test_no_style_sheet_loads_anything_from_another_host(built_site):
    for path in built_site.rglob("*.css"):
        assert not re.search(r"url\(['\"]?(?:https?:)?//", path.read_text()), path


def test_every_module_has_its_pages(built_site):
    for module in Root.find().module_names():
        assert (built_site / "modules" / module / "index.html").is_file()
        assert (built_site / "modules" / module / "exercises" / "index.html").is_file()


def test_the_landing_page_shows_a_timeline(built_site):
    assert "lgtl" in (built_site / "index.html").read_text()
