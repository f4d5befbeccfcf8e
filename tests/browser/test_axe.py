"""Every page of the site is accessible, light and dark, as far as axe can tell. `make audit` installs axe, from npm."""

import pytest

from course.paths import Root
from tests.support import patience

pytestmark = [pytest.mark.browser, pytest.mark.alone, pytest.mark.nightly]

AXE = Root.find().path / ".cache" / "audit" / "node_modules" / "axe-core" / "axe.min.js"
ASK = """async () => (await axe.run({resultTypes: ['violations']})).violations.map(
  found => `${found.id}: ${found.nodes.length} × ${found.nodes[0].html.slice(0, 200)}`)"""


@pytest.fixture(scope="module")
def pages(searched):
    """The addresses of all pages, relative to the site."""
    listed = {entry["location"].partition("#")[0] for entry in searched}
    assert len(listed) > 20
    return sorted({*listed, "404.html"})


@pytest.mark.timeout(1800)
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_on_any_page(site, browser, pages, scheme):
    if not AXE.is_file():
        pytest.skip("no axe here: `make audit` installs it, where there is npm")
    context = browser.new_context(viewport={"width": 1280, "height": 900}, color_scheme=scheme)
    context.set_default_timeout(1000 * patience.seconds())
    found = {}
    for path in pages:
        page = context.new_page()
        page.goto(f"{site}/{path}")
        page.add_script_tag(path=AXE)
        found[path] = page.evaluate(ASK)
        page.close()
    context.close()
    assert {path: told for path, told in found.items() if told} == {}
