"""Runs Lighthouse, as a person would in a browser's tools, and reads what it rates."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from course.paths import Root

KINDS = ("performance", "accessibility", "best-practices", "seo")
Ratings = tuple[int, ...]  #: of 100, in that order
SCREENS: dict[str, tuple[str, ...]] = {"phone": (), "desktop": ("--preset=desktop",)}
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "chromium-headless-shell")


def rate(root: Root, url: str, screen: str) -> Ratings:
    """Rate one page on one kind of screen; Lighthouse slows network and processor down to that of a phone."""
    installed = root.path / ".cache" / "audit" / "node_modules" / "lighthouse" / "cli" / "index.js"
    browser = next((found for name in BROWSERS if (found := shutil.which(name))), "")
    words = ["node", str(installed), url, "--quiet", "--output=json", "--no-enable-error-reporting"]
    words += ["--chrome-flags=--headless=new --no-sandbox --disable-gpu", *SCREENS[screen]]
    environment = {**os.environ, "CHROME_PATH": browser}
    done = subprocess.run(words, capture_output=True, text=True, env=environment, timeout=600)
    if done.returncode:
        raise SystemExit(f"Lighthouse could not rate {url}: {done.stderr.strip()[-600:]}")
    categories = json.loads(done.stdout)["categories"]
    return tuple(round(100 * (categories[kind]["score"] or 0)) for kind in KINDS)
