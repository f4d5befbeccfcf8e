"""Writes the skeleton of an exercise and of its tests, for an author to fill in.

What is written can be read, built and collected at once; `course verify` then says what is missing.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from string import Template

from course.authoring import skeletons
from course.authoring.test_marks import module_tests
from course.errors import UsageError
from course.paths import Root

MODULE = re.compile(r"[0-9]{2}_[a-z][a-z0-9_]*")
NAME = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)+")
NAME_LENGTH = 40
RESERVED = ("_prompt", "_answer")  # endings that the printer gives to the ids of other cells


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """A place that the author edits next."""

    path: Path
    line: int  #: where the skeleton begins


def name_trouble(name: str) -> str:
    """Say what is wrong with an exercise's name; nothing when it is well."""
    if not NAME.fullmatch(name):
        return "is no snake_case verb phrase such as `resume_after_crash`"
    if len(name) > NAME_LENGTH:
        return f"has {len(name)} characters, and at most {NAME_LENGTH} fit"
    if name.endswith(RESERVED):
        return (
            f"ends in `{next(end for end in RESERVED if name.endswith(end))}`, as the ids of other cells do"
        )
    return ""


def new_exercise(root: Root, module: str, name: str) -> list[Written]:
    """Append the skeleton of an exercise to a module, which is made if it is not there.

    Raises:
        UsageError: when the name of the module or of the exercise will not do.
    """
    if not MODULE.fullmatch(module):
        raise UsageError(f"`{module}` is no name for a module: write one such as `04_checkpointing`")
    if trouble := name_trouble(name):
        raise UsageError(f"`{name}` {trouble}")
    if taken := _taken(root, name):
        raise UsageError(f"`{name}` is taken: {taken} has it; choose another name")
    fill = {
        "module": module,
        "name": name,
        "title": name.replace("_", " ").capitalize(),
        "topic": _topic(module),
    }
    files = (
        (root.exercises_source(module), skeletons.SOURCE_HEAD, skeletons.EXERCISE),
        (root.public_tests(module), skeletons.TESTS_HEAD, skeletons.PUBLIC_TEST),
        (root.hidden_tests(module), skeletons.HIDDEN_HEAD, skeletons.HIDDEN_TEST),
    )
    if not root.lesson_source(module).exists():
        _append(root.lesson_source(module), skeletons.LESSON, "", fill)
    return [_append(path, head, body, fill) for path, head, body in files]


def _taken(root: Root, name: str) -> Path | None:
    """The file that has an exercise, or a test of one, by this name."""
    mark = re.compile(rf'^# %%.*\bexercise="{name}"', re.M)
    for module in root.module_names():
        source = root.exercises_source(module)
        if source.is_file() and mark.search(source.read_text("utf-8")):
            return source
        for test in module_tests(root, module):
            if test.exercise == name:
                return test.path
    return None


def _topic(module: str) -> str:
    return module[3:].replace("_", " ")


def _append(path: Path, head: str, body: str, fill: dict[str, str]) -> Written:
    before = path.read_text("utf-8").rstrip("\n") + "\n" if path.exists() else Template(head).substitute(fill)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(before + Template(body).substitute(fill), "utf-8")
    gap = len(body) - len(body.lstrip("\n"))
    return Written(path=path, line=before.count("\n") + gap + 1)
