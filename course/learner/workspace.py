"""Manages a learner's own folder: where it is, what it remembers, how files get in without a loss."""

from __future__ import annotations

import hashlib
import json
import os
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

from course.errors import UsageError

DEFAULT = Path("~/langgraph-course")
"""Outside the clone: neither `git clean` nor a fresh clone can take a learner's work away."""

MEMORY = ".course"
"""The hidden folder that makes a folder a workspace."""


def content_key(data: bytes, suffix: str) -> str:
    """Hash what a person wrote: of a notebook the sources only, so that running it is no change."""
    if suffix == ".ipynb":
        try:
            cells = cast("list[dict[str, Any]]", json.loads(data)["cells"])
            data = json.dumps([[cell["cell_type"], "".join(cell["source"])] for cell in cells]).encode()
        except (ValueError, KeyError, TypeError):
            pass  # not a notebook as we know it: every byte counts
    return hashlib.sha256(data).hexdigest()


def write_atomically(path: Path, data: bytes) -> None:
    """Write the whole file or nothing: a crash leaves the old one."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
        Path(name).chmod(0o644)
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


@dataclass(frozen=True, slots=True)
class Workspace:
    """The folder in which one learner works."""

    path: Path

    @classmethod
    def around(cls, start: Path | None = None) -> Workspace | None:
        """The workspace that `start` lies in, if any: what a notebook's kernel asks."""
        if override := os.environ.get("COURSE_WORKSPACE"):
            return cls(Path(override).expanduser().resolve())
        here = (start or Path.cwd()).resolve()
        return next((cls(folder) for folder in (here, *here.parents) if (folder / MEMORY).is_dir()), None)

    @classmethod
    def find(cls, start: Path | None = None) -> Workspace:
        """The workspace around `start`, else the default one: what the terminal's verbs ask.

        Raises:
            UsageError: when the course was never laid out.
        """
        if found := cls.around(start):
            return found
        default = DEFAULT.expanduser()
        if (default / MEMORY).is_dir():
            return cls(default)
        raise UsageError(f"no workspace here or at `{default}`: run `course lab` first, it makes one")

    def notebooks(self) -> list[Path]:
        """The exercise notebooks, in teaching order."""
        return sorted(self.path.glob("[0-9][0-9]_*/exercises.ipynb"))

    def recall(self, what: str) -> dict[str, Any]:
        """Read what was remembered under a name; a damaged file is put aside, and we start anew."""
        path = self.path / MEMORY / f"{what}.json"
        try:
            found = json.loads(path.read_bytes())
        except FileNotFoundError:
            return {}
        except ValueError:
            found = None
        if isinstance(found, dict):
            return cast("dict[str, Any]", found)
        path.replace(path.with_suffix(".damaged.json"))
        return {}

    def changed_at(self, what: str) -> int:
        """Return a number that is another one when something new is remembered under a name."""
        path = self.path / MEMORY / f"{what}.json"
        return path.stat().st_mtime_ns if path.is_file() else 0

    def remember(self, what: str, facts: dict[str, Any]) -> None:
        """Keep facts under a name, for the next call or the next day."""
        text = json.dumps(facts, indent=1, ensure_ascii=False, sort_keys=True) + "\n"
        write_atomically(self.path / MEMORY / f"{what}.json", text.encode())


def lay_out(workspace: Workspace, files: dict[str, bytes]) -> list[str]:
    """Bring files into the workspace; what a learner changed is kept, and the news laid beside it.

    Returns one line for each file that was laid beside another.
    """
    laid = workspace.recall("laid_out")
    lines = [line for name, data in files.items() if (line := _lay(workspace.path, laid, name, data))]
    workspace.remember("laid_out", laid)
    return lines


def _lay(folder: Path, laid: dict[str, Any], name: str, data: bytes) -> str:
    target, key = folder / name, content_key(data, Path(name).suffix)
    version = {"version": hashlib.sha256(data).hexdigest(), "content": key}
    before = cast("dict[str, str]", laid.get(name, {}))
    if before.get("version") == version["version"] and target.exists():
        return ""  # they have it, changed or not
    laid[name] = version
    if not _is_theirs(target, before, key):
        write_atomically(target, data)
        return ""
    beside = target.with_name(f"{target.name.split('.')[0]}.new{target.suffix}")
    if _is_theirs(beside, cast("dict[str, str]", laid.get(f"{name} (new)", {})), key):
        beside = _free(beside)
    write_atomically(beside, data)
    laid[f"{name} (new)"] = version
    return f"{target}: you changed it, so it stays; the new version lies beside it as `{beside.name}`"


def is_as_laid_out(workspace: Workspace, name: str) -> bool:
    """Whether a file is there just as it came from us."""
    before = cast("dict[str, str]", workspace.recall("laid_out").get(name, {}))
    path = workspace.path / name
    return path.is_file() and content_key(path.read_bytes(), path.suffix) == before.get("content")


def _is_theirs(path: Path, before: dict[str, str], key: str) -> bool:
    """Whether a file holds anything that did not come from us."""
    return path.exists() and content_key(path.read_bytes(), path.suffix) not in (before.get("content"), key)


def _free(path: Path) -> Path:
    number = 2
    while (free := path.with_name(f"{path.stem}-{number}{path.suffix}")).exists():
        number += 1
    return free
