"""Reads the exercises of a module from `solutions/MODULE/`: `module.md`, and a folder for each exercise."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from course.authoring.answers import (
    RightAnswer,
    WrongAnswer,
    check_python,
    check_regions,
    read_right,
    read_wrong,
)
from course.authoring.percent import Cell, read_cells, read_text
from course.errors import SourceError
from course.paths import Root

H1, H2 = re.compile(r"\A\s*# +(.+?) *$", re.M), re.compile(r"\A\s*## +(.+?) *$", re.M)
ORDER = "## Order of the exercises"  #: the last heading of `module.md`; the list under it isn't printed
BETWEEN_HINTS = re.compile(r"^---[ \t]*$", re.M)
IGNORED = {"__pycache__", ".ipynb_checkpoints", ".pytest_cache"}  #: made by tools, kept out of git
ROLES = ("warm-up", "core", "further")
"""What an exercise is in its module. The core exercises are the shortest way through."""

_ITEM = re.compile(r"- (\w+)(?: \(([a-z-]+), (\d+) minutes\))? *")
_POINTS = re.compile(r"\Apoints: ([0-9]+(?:\.[0-9]+)?)[ \t]*\n+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where `module.md` lists an exercise, and what it says of it."""

    line: int
    role: str  #: one of `ROLES`; empty where nothing is said
    minutes: int  #: about how long it takes; 0 where nothing is said


@dataclass(frozen=True, slots=True, kw_only=True)
class ExerciseSource:
    """One exercise, with everything in its folder."""

    name: str
    folder: Path
    place: Place
    title: str  #: the prompt's H2; the name where there is none
    prompt: str  #: Markdown; empty where it is missing
    answer: str  #: code; Markdown for a question that a person grades
    hints: tuple[str, ...]
    near_misses: tuple[WrongAnswer, ...]
    alternatives: tuple[RightAnswer, ...]
    manual_points: float | None  #: what a question graded by a person is worth; None for code

    @property
    def answer_path(self) -> Path:
        return self.folder / ("answer.py" if self.manual_points is None else "answer.md")


@dataclass(frozen=True, slots=True, kw_only=True)
class ModuleSource:
    """A module's exercises in teaching order, and the cells of its notebook."""

    module: str
    path: Path  #: of `module.md`
    title: str
    cells: tuple[Cell, ...]
    exercises: tuple[ExerciseSource, ...]


def read_module(root: Root, module: str, *, first_cells: bool = True) -> ModuleSource:
    """Read a module's exercises. Without the notebook's first cells it takes no Jupytext, and no 2 s.

    Raises:
        SourceError: a file that the notebook needs is missing, or it can't be read.
    """
    path = root.module_text(module)
    text = read_text(path)
    title = H1.search(text)
    if not title:
        raise SourceError(path, 1, "this file has no title: begin it with `# Exercises: …`")
    head = text.partition(f"\n{ORDER}\n")[0]
    places = read_order(path)
    exercises = [_read_exercise(root.exercise(module, name), place) for name, place in places.items()]
    cells = [Cell(kind="markdown", text=head.strip("\n"))]
    cells += _first_cells(root.first_cells(module)) if first_cells else []
    for exercise in exercises:
        cells += _cells_of(exercise)
    return ModuleSource(
        module=module, path=path, title=title[1], cells=tuple(cells), exercises=tuple(exercises)
    )


def read_order(path: Path) -> dict[str, Place]:
    """Read the exercises that a `module.md` lists, in order; each has a folder, and each folder is listed.

    Raises:
        SourceError: the list is missing or broken, or it doesn't agree with the folders.
    """
    lines = read_text(path).splitlines()
    if ORDER not in lines:
        advice = f"end it with the heading `{ORDER}` and a list of their names"
        raise SourceError(path, 1, f"this file doesn't list the exercises: {advice}")
    first = lines.index(ORDER) + 2
    found: dict[str, Place] = {}
    for number, line in enumerate(lines[first - 1 :], first):
        if line.strip():
            name, place = _read_item(path, number, line)
            if name in found:
                raise SourceError(path, number, f"`{name}` is listed twice: take one out")
            found[name] = place
    if unlisted := sorted(folders(path.parent) - set(found)):
        advice = f"add `- {unlisted[0]}` where it belongs, or remove the folder"
        raise SourceError(path, first - 1, f"the folder `{unlisted[0]}` isn't listed: {advice}")
    return found


def _read_item(path: Path, number: int, line: str) -> tuple[str, Place]:
    """Read `- NAME` or `- NAME (core, 30 minutes)`."""
    item = _ITEM.fullmatch(line)
    if not item:
        example = "`- name_of_an_exercise` or `- name_of_an_exercise (core, 30 minutes)`"
        raise SourceError(path, number, f"this is no list item: write {example}")
    name, role, minutes = item[1], item[2] or "", int(item[3] or 0)
    if role and role not in ROLES:
        raise SourceError(
            path, number, f"`{role}` is no role of an exercise: write one of {', '.join(ROLES)}"
        )
    if not (path.parent / name).is_dir():
        advice = f"take it out, or run `course new {path.parent.name} {name}`"
        raise SourceError(path, number, f"there is no folder `{name}`: {advice}")
    return name, Place(line=number, role=role, minutes=minutes)


def folders(module: Path) -> set[str]:
    """Return the names of the folders in a module's."""
    found = module.iterdir() if module.is_dir() else ()
    return {path.name for path in found if path.is_dir() and path.name not in IGNORED}


def _first_cells(path: Path) -> list[Cell]:
    """Read the cells before the first exercise: imports, as a rule."""
    cells = read_cells(path)
    for cell in cells:
        if "BEGIN SOLUTION" in cell.text:
            raise SourceError(path, cell.line, "this cell has a solution region: only an answer has one")
    return cells


def _read_exercise(folder: Path, place: Place) -> ExerciseSource:
    prompt, hints = (_optional(folder / name) for name in ("prompt.md", "hints.md"))
    by_hand = (folder / "answer.md").is_file()
    path = folder / ("answer.md" if by_hand else "answer.py")
    text = read_text(path)
    check_regions(path, text)
    if not by_hand:
        check_python(path, text)
    points = _POINTS.match(text) if by_hand else None
    if by_hand and not points:
        raise SourceError(path, 1, "this question doesn't say what it is worth: begin with `points: 3`")
    title = H2.search(prompt)
    return ExerciseSource(
        name=folder.name,
        folder=folder,
        place=place,
        title=title[1] if title else folder.name,
        prompt=prompt,
        answer=(text[points.end() :] if points else text).strip("\n"),
        hints=tuple(part.strip("\n") for part in BETWEEN_HINTS.split(hints)) if hints else (),
        near_misses=tuple(map(read_wrong, sorted((folder / "wrong").glob("*.py")))),
        alternatives=tuple(map(read_right, sorted((folder / "right").glob("*.py")))),
        manual_points=_number(points[1]) if points else None,
    )


def _cells_of(exercise: ExerciseSource) -> list[Cell]:
    prompt = Cell(kind="markdown", text=_prompt(exercise), role="prompt", exercise=exercise.name)
    answer = Cell(
        kind="code" if exercise.manual_points is None else "markdown",
        text=exercise.answer,
        role="answer" if exercise.manual_points is None else "question",
        exercise=exercise.name,
        points=exercise.manual_points,
    )
    return [prompt, answer] if exercise.prompt else [answer]


def _prompt(exercise: ExerciseSource) -> str:
    """Return the prompt, with what `module.md` says of the exercise under its title."""
    place = exercise.place
    if not place.role:
        return exercise.prompt
    return H2.sub(
        rf"\g<0>\n\n*{place.role.capitalize()} · {place.minutes} minutes*", exercise.prompt, count=1
    )


def _number(text: str) -> float:
    return float(text) if "." in text else int(text)  # as it is written, so it is printed


def _optional(path: Path) -> str:
    return path.read_text("utf-8").strip("\n") if path.is_file() else ""
