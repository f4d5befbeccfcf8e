"""Writes a learner's bundle: the course without worked answers, and proof that none slipped in."""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Iterator
from fnmatch import fnmatch
from pathlib import Path

from course.errors import CourseError, UsageError
from course.paths import Root

MANIFEST = "MANIFEST.sha256"
"""As `sha256sum --check` reads it."""

PARTS = (
    *("autograder", "course", "timetravel", "modules", "docs"),
    *(
        "README.md",
        "LICENSE",
        "CHANGELOG.md",
        "Makefile",
        "pyproject.toml",
        "requirements.lock",
        "mkdocs.yml",
    ),
)
"""Named one by one: what is new in the repository stays out until someone has thought about it."""

WITHOUT = (
    *("__pycache__", "*.pyc", ".ipynb_checkpoints", ".*", "*.egg-info"),
    *("docs/modules", "docs/reference/commands.md"),
)
"""Left out of the parts: what is made, and the site's pages, which hold the worked answers."""


def write_bundle(root: Root, folder: Path) -> int:
    """Write the bundle to a new folder; return how many files it has.

    Raises:
        UsageError: the folder is there already.
        CourseError: an answer or a hidden test is in what would be released; nothing is left behind.
    """
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise UsageError(f"`{folder}` is there already: name a new folder, or empty it")
    try:
        files = {*_copied(root.path, folder), "README.md"}
        shutil.copyfile(Path(__file__).parent / "bundle.md", folder / "README.md")  # ours is for authors
        leaks = list(leaked(root, folder))
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    if leaks:
        shutil.rmtree(folder)
        raise CourseError("nothing was released:\n" + "\n".join(leaks))
    lines = [f"{_hash(folder / name)}  {name}\n" for name in sorted(files)]
    (folder / MANIFEST).write_text("".join(lines), "utf-8")
    return len(files)


def check_bundle(folder: Path) -> list[str]:
    """Compare a bundle with its manifest; return a line for each file that is missing, changed or new."""
    manifest = folder / MANIFEST
    if not manifest.is_file():
        raise UsageError(f"`{folder}` has no {MANIFEST}: it is no bundle of `course release`")
    known = {name: digest for digest, name in (line.split("  ", 1) for line in _lines(manifest))}
    there = {str(path.relative_to(folder)) for part in PARTS for path in _files(folder, folder / part)}
    changed = [name for name in known if name in there and _hash(folder / name) != known[name]]
    return [
        *(
            f"{folder / name}:1: is missing: take it from the bundle again"
            for name in sorted(set(known) - there)
        ),
        *(f"{folder / name}:1: is not as it was released" for name in sorted(changed)),
        *(f"{folder / name}:1: was not released" for name in sorted(there - set(known))),
    ]


def leaked(root: Root, folder: Path) -> Iterator[str]:
    """Find text of `solutions/` in a bundle; yield a line for each place."""
    secrets = list(_secrets(root))
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        if path.suffix not in {".py", ".ipynb", ".md", ".json", ".txt", ".html"}:
            continue
        text = _plain(_text(path))
        for where, secret in secrets:
            if secret in text:
                yield f"{path.relative_to(folder)}:1: holds what is secret in {where}: take it out"


def _secrets(root: Root) -> Iterator[tuple[str, str]]:
    """Yield what learners must not see, and where it is from: whole answers, their regions, hidden tests."""
    from course.authoring.answers import BEGIN, END  # late: Jupytext takes 1 s
    from course.authoring.exercise_source import read_module

    for module in root.module_names():
        if not root.module_text(module).is_file():
            continue
        for exercise in read_module(root, module).exercises:
            yield str(exercise.answer_path), _plain(exercise.answer)
            for other in (*exercise.near_misses, *exercise.alternatives):
                yield str(other.path), _plain(other.code)
            for region in exercise.answer.split(f"### {BEGIN}")[1:]:
                if (plain := _plain(region.split(f"### {END}")[0])).count("\n") >= 3:
                    yield str(exercise.answer_path), plain
            if (hidden := root.hidden_test(module, exercise.name)).is_file():
                for function in hidden.read_text("utf-8").split("\n\n\n")[1:]:
                    if (plain := _plain(function)).count("\n") >= 2:
                        yield str(hidden), plain


def _plain(text: str) -> str:
    """Text without indents, blank lines and nbgrader's marks, so that a copy is known in whatever place."""
    lines = (line.strip() for line in text.splitlines())
    return "\n".join(line for line in lines if line and not line.startswith("### "))


def _text(path: Path) -> str:
    if path.suffix != ".ipynb":
        return path.read_text("utf-8")
    cells = json.loads(path.read_text("utf-8"))["cells"]
    return "\n".join("".join(cell["source"]) for cell in cells)


def _copied(source: Path, folder: Path) -> Iterator[str]:
    for part in PARTS:
        for path in _files(source, source / part):
            name = path.relative_to(source)
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, folder / name)
            yield str(name)


def _files(base: Path, path: Path) -> Iterator[Path]:
    name = path.relative_to(base)
    if any(fnmatch(path.name, pattern) or str(name) == pattern for pattern in WITHOUT):
        return
    if path.is_file():
        yield path
    elif path.is_dir():
        for child in sorted(path.iterdir()):
            yield from _files(base, child)


def _hash(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _lines(path: Path) -> list[str]:
    return path.read_text("utf-8").splitlines()
