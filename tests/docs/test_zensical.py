"""The same pages, built by Zensical, which its makers offer in the place of Material for MkDocs."""

import json
import re
import shutil
import subprocess

import pytest
from typer.main import get_command

from course.cli.app import build_app
from course.paths import Root
from course.site.build import print_pages

pytestmark = [pytest.mark.nightly, pytest.mark.slow, pytest.mark.alone]

ROOT = Root.find()
ZENSICAL = ROOT.path / ".cache" / "zensical" / "bin" / "zensical"


@pytest.fixture(scope="module")
def built_anew(tmp_path_factory):
    """The folder of the site as Zensical builds it, from a copy of what mkdocs reads, with the pages' order."""
    if not ZENSICAL.is_file():
        pytest.skip("no Zensical here: `make nightly` sets it up")
    folder = tmp_path_factory.mktemp("zensical")
    nav = print_pages(ROOT, get_command(build_app()))
    shutil.copytree(ROOT.docs, folder / "docs")
    for package in ("course", "autograder", "timetravel"):
        (folder / package).symlink_to(ROOT.path / package)
    settings = (ROOT.path / "mkdocs.yml").read_text("utf-8")
    (folder / "mkdocs.yml").write_text(f"{settings}\nnav: {json.dumps(nav)}\n", "utf-8")
    done = subprocess.run([ZENSICAL, "build"], cwd=folder, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "No issues found" in done.stdout + done.stderr
    return folder / "site"


def pages(site):
    return {path.relative_to(site).as_posix() for path in site.rglob("*.html")}


def said(site, page):
    """What a page says: its heading and its description."""
    text = (site / page).read_text("utf-8")
    heading = re.search(r"<h1[^>]*>(.*?)(?:<a class=.headerlink|</h1>)", text, re.DOTALL)
    return heading[1].strip(), re.search(r'og:description" content="(.*?)"', text)[1]


def test_it_builds_every_page(built_anew, built_site):
    assert pages(built_anew) == pages(built_site)


def test_every_page_says_the_same(built_anew, built_site):
    for page in pages(built_site):
        assert said(built_anew, page) == said(built_site, page)


def test_what_is_drawn_is_there(built_anew):
    front = (built_anew / "index.html").read_text("utf-8")
    assert "demo-before" in front and "lgtl" in front
    lesson = (built_anew / "modules" / ROOT.module_names()[0] / "index.html").read_text("utf-8")
    assert '<figure class="diagram"' in lesson and "lgtl" in lesson
