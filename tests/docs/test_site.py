"""The site builds strictly, and loads nothing from another host."""

import re
import struct
from html.parser import HTMLParser
from urllib.parse import urljoin, urlsplit

import pytest
from typer.main import get_command

from course.cli.app import build_app
from course.paths import Root
from course.site.build import build

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
        assert (built_site / "modules" / module / "exercises.html").is_file()


def test_the_landing_page_shows_a_timeline(built_site):
    assert "lgtl" in (built_site / "index.html").read_text()


ADDRESS = "https://learn.example/some/path/"


@pytest.fixture(scope="module")
def published_site(tmp_path_factory):
    """The site, built for an address with a path."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("COURSE_SITE", ADDRESS.rstrip("/"))
        return build(Root.find(), tmp_path_factory.mktemp("published"), get_command(build_app()))


class Page(HTMLParser):
    """The addresses that a page links to or loads, and what it says of itself."""

    def __init__(self, path):
        super().__init__()
        self.addresses, self.says = [], {}
        self.feed(path.read_text())

    def handle_starttag(self, tag, attributes):
        given = dict(attributes)
        if tag == "meta" and (name := given.get("property") or given.get("name")):
            self.says[name] = given.get("content")
        if address := given.get("href") if tag in ("a", "link") else given.get("src"):
            self.addresses.append(address)


def test_every_link_leads_to_a_file_and_none_to_the_root_of_a_server(built_site):
    for path in built_site.rglob("*.html"):
        if path.name == "404.html":
            continue
        for address in Page(path).addresses:
            parts = urlsplit(address)
            if parts.scheme or not parts.path:
                continue
            assert not address.startswith("/"), f"{path}: {address}"
            assert (path.parent / parts.path).is_file(), f"{path}: {address}"


def test_every_page_tells_other_sites_its_title_text_and_picture(published_site):
    told = {}
    for path in published_site.rglob("*.html"):
        page = path.relative_to(published_site).as_posix()
        says = Page(path).says
        assert says["og:title"] and says["og:description"] and says["twitter:card"], page
        picture = says["og:image"].removeprefix(ADDRESS)
        data = (published_site / picture).read_bytes()
        assert struct.unpack(">II", data[16:24]) == (1200, 630), page
        if page != "404.html":
            assert says["og:url"] == ADDRESS + page
            told[page] = says["description"], picture
    assert len(set(told.values())) == len(told) == len({text for text, _ in told.values()})


def test_the_sitemap_lists_every_page(published_site):
    listed = re.findall("<loc>(.*?)</loc>", (published_site / "sitemap.xml").read_text())
    pages = {path.relative_to(published_site).as_posix() for path in published_site.rglob("*.html")}
    assert set(listed) == {ADDRESS + page for page in pages - {"404.html"}}


def test_the_page_for_wrong_addresses_works_at_any_depth_and_leads_on(published_site):
    page = Page(published_site / "404.html")
    linked = {urljoin(ADDRESS + "no/such/page", address) for address in page.addresses}
    for module in Root.find().module_names():
        assert f"{ADDRESS}modules/{module}/index.html" in linked
    for address in linked:
        parts = urlsplit(address)
        if address.startswith("https://learn.example/") and parts.path.startswith("/some/path/"):
            assert (published_site / parts.path.removeprefix("/some/path/")).exists(), address
        else:
            assert parts.path in ("", "/no/such/page"), address


def test_only_pages_are_published(built_site):
    kept = {path.suffix for path in built_site.rglob("*") if path.is_file()}
    assert kept <= {".html", ".css", ".js", ".json", ".map", ".svg", ".png", ".xml", ".gz", ".inv"}
    for path in built_site.rglob("*.html"):
        assert "<head>" in path.read_text(), path


def test_no_page_leaves_the_address_of_the_repository_to_the_reader(built_site):
    for path in built_site.rglob("*.html"):
        assert not re.search(r"(?:<|&lt;)(?:this|your|the) repo", path.read_text()), path
