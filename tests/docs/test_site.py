"""The site builds strictly, and loads nothing from another host."""

import re

import pytest
from typer.main import get_command

from course.cli.app import build_app
from course.paths import Root
from course.site.build import build

LOADED = re.compile(
    r"""(?:<(?:script|img|iframe|source)[^>]*\ssrc|<link(?![^>]*canonical)[^>]*\shref)=["']?([^"' >]+)"""
)


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    return build(Root.find(), tmp_path_factory.mktemp("site"), get_command(build_app()))


@pytest.mark.slow
def test_nothing_is_loaded_from_another_host(site):
    for path in site.rglob("*.html"):
        for address in LOADED.findall(path.read_text()):
            assert not address.startswith(("http:", "https:", "//")), f"{path}: {address}"


@pytest.mark.slow
def test_no_style_sheet_loads_anything_from_another_host(site):
    for path in site.rglob("*.css"):
        assert not re.search(r"url\(['\"]?(?:https?:)?//", path.read_text()), path


@pytest.mark.slow
def test_every_module_has_its_pages(site):
    for module in Root.find().module_names():
        assert (site / "modules" / module / "index.html").is_file()
        assert (site / "modules" / module / "exercises" / "index.html").is_file()


@pytest.mark.slow
def test_the_landing_page_shows_a_timeline(site):
    assert "lgtl" in (site / "index.html").read_text()
