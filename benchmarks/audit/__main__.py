"""Rates ten pages of the site with Lighthouse, on a phone and on a desktop; each rating must be 95 at least.

    .venv/bin/python -m benchmarks.audit [--site DIR] [--page NAME …] [--floor N]

The site is built, and served compressed from here. A page that falls short is rated twice more and has
the median of the three: a rating of speed depends on what else the machine does. axe looks at every page, in
`tests/browser/test_axe.py`. Both come from npm: `make audit` installs them.
"""

from __future__ import annotations

import argparse
import os
import shutil
import statistics
import tempfile
from collections.abc import Iterator
from pathlib import Path

from benchmarks.audit.lighthouse import KINDS, Ratings, rate
from benchmarks.audit.serving import served
from course.paths import Root

PAGES = (
    *("index", "modules/01_basic/index", "modules/02_robust/index", "modules/06_time_travel/index"),
    *("modules/02_robust/exercises", "pitfalls", "timeline", "instructors"),
    *("reference/cheatsheet", "reference/api"),
)
FLOOR = 95


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--site", type=Path, help="a folder that is built already")
    asked.add_argument("--page", action="append", help="rate only this one; may be given again")
    asked.add_argument("--floor", type=int, default=FLOOR)
    options = asked.parse_args()
    root = Root.find()
    with tempfile.TemporaryDirectory() as scratch:
        site = options.site or _built(root, Path(scratch))
        short = list(_short(root, site, options.page or PAGES, options.floor))
    if short:
        raise SystemExit(f"Below {options.floor}: {', '.join(short)}")


def _short(root: Root, site: Path, pages: list[str] | tuple[str, ...], floor: int) -> Iterator[str]:
    """Print each page's ratings; name those that fall short."""
    print(f"{'':<28} {'':<8} {' '.join(f'{kind:>14}' for kind in KINDS)}   load {os.getloadavg()[0]:.1f}")
    with served(site) as address:
        for page in pages:
            for screen in ("phone", "desktop"):
                found = _rated(root, f"{address}/{_path(site, page)}", screen, floor)
                print(f"{page:<28} {screen:<8} {' '.join(f'{n:>14}' for n in found)}", flush=True)
                if min(found) < floor:
                    yield f"{page} on a {screen}"


def _rated(root: Root, url: str, screen: str, floor: int) -> Ratings:
    first = rate(root, url, screen)
    if min(first) >= floor:
        return first
    several = [first, rate(root, url, screen), rate(root, url, screen)]
    return tuple(round(statistics.median(kind)) for kind in zip(*several, strict=True))


def _path(site: Path, page: str) -> str:
    if page == "index":
        return ""
    return f"{page}.html" if (site / f"{page}.html").is_file() else f"{page}/"


def _built(root: Root, out: Path) -> Path:
    from typer.main import get_command

    from course.cli.app import build_app
    from course.site.build import build

    return build(root, out, get_command(build_app()))


if __name__ == "__main__":
    if not shutil.which("node"):
        raise SystemExit(
            "No node here: Lighthouse needs it. Install Node.js 20 or newer with npm, then `make audit`."
        )
    main()
