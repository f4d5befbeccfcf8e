"""Finds the address that learners can clone the course from, so that the site's commands can be copied."""

from __future__ import annotations

import os
import re
import subprocess
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from mkdocs.utils.yaml import yaml_load

if TYPE_CHECKING:
    from course.paths import Root

_SCP = re.compile(r"\A(?:[\w.-]+@)?(?P<host>[\w-]+(?:\.[\w-]+)+):(?P<path>[^/\s]\S*)\Z")


def clone_address(root: Root) -> str:
    """Return the address: `COURSE_REPOSITORY`, or `repo_url` in mkdocs.yml, or that of the remote `origin`.

    Empty where there's none that works on another machine: a remote may be a folder.
    """
    if given := os.environ.get("COURSE_REPOSITORY"):
        return given
    settings = yaml_load((root.path / "mkdocs.yml").read_text("utf-8"))
    return str(settings.get("repo_url") or "") or public_address(_origin(root))


def public_address(remote: str) -> str:
    """Turn a remote into an address that anybody can read from: over HTTPS, and without anyone's password."""
    if found := _SCP.match(remote):
        return f"https://{found['host']}/{found['path']}"
    parts = urlsplit(remote)
    if parts.scheme in {"https", "http", "ssh", "git"} and parts.hostname:
        scheme = "http" if parts.scheme == "http" else "https"
        port = f":{parts.port}" if parts.port and parts.scheme.startswith("http") else ""
        return f"{scheme}://{parts.hostname}{port}{parts.path}"
    return ""


def _origin(root: Root) -> str:
    """The remote of the course's own repository, not of one that its folder happens to lie in."""
    top = _git(root, "rev-parse", "--show-toplevel")
    return _git(root, "remote", "get-url", "origin") if top == str(root.path.resolve()) else ""


def _git(root: Root, *words: str) -> str:
    try:
        done = subprocess.run(["git", "-C", str(root.path), *words], capture_output=True, text=True)
    except FileNotFoundError:  # no git here
        return ""
    return done.stdout.strip() if done.returncode == 0 else ""
