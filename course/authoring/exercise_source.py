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
_POINTS = re.compile(r"\Apoints: ([0-9]+(?:\.[0-9]+)?)[ \t]*\n+")


@dataclass(frozen=True, slots=True, kw_only=True)
class ExerciseSource:
    """One exercise, with everything in its folder."""

    name: str
    folder: Path
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
    exercises = [_read_exercise(root.exercise(module, name)) for name in read_order(path)]
    cells = [Cell(kind="markdown", text=head.strip("\n"))]
    cells += _first_cells(root.first_cells(module)) if first_cells else []
    for exercise in exercises:
        cells += _cells_of(exercise)
    return ModuleSource(
        module=module, path=path, title=title[1], cells=tuple(cells), exercises=tuple(exercises)
    )


def read_order(path: Path) -> dict[str, int]:
    """Read the names that a `module.md` lists, with their lines; each has a folder, and each folder a name.

    Raises:
        SourceError: the list is missing or broken, or it doesn't agree with the folders.
    """
    lines = read_text(path).splitlines()
    if ORDER not in lines:
        advice = f"end it with the heading `{ORDER}` and a list of their names"
        raise SourceError(path, 1, f"this file doesn't list the exercises: {advice}")
    found: dict[str, int] = {}
    for number, line in enumerate(lines[lines.index(ORDER) + 1 :], lines.index(ORDER) + 2):
        name = re.fullmatch(r"- (\w+) *", line)
        if name and name[1] in found:
            raise SourceError(path, number, f"`{name[1]}` is listed twice: take one out")
        if name and not (path.parent / name[1]).is_dir():
            advice = f"take it out, or run `course new {path.parent.name} {name[1]}`"
            raise SourceError(path, number, f"there is no folder `{name[1]}`: {advice}")
        if name:
            found[name[1]] = number
        elif line.strip():
            raise SourceError(path, number, "this is no list item: write `- name_of_an_exercise`")
    if unlisted := sorted(folders(path.parent) - set(found)):
        advice = f"add `- {unlisted[0]}` where it belongs, or remove the folder"
        raise SourceError(path, lines.index(ORDER) + 1, f"the folder `{unlisted[0]}` isn't listed: {advice}")
    return found


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


def _read_exercise(folder: Path) -> ExerciseSource:
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
        title=title[1] if title else folder.name,
        prompt=prompt,
        answer=(text[points.end() :] if points else text).strip("\n"),
        hints=tuple(part.strip("\n") for part in BETWEEN_HINTS.split(hints)) if hints else (),
        near_misses=tuple(map(read_wrong, sorted((folder / "wrong").glob("*.py")))),
        alternatives=tuple(map(read_right, sorted((folder / "right").glob("*.py")))),
        manual_points=_number(points[1]) if points else None,
    )


def _cells_of(exercise: ExerciseSource) -> list[Cell]:
    prompt = Cell(kind="markdown", text=exercise.prompt, role="prompt", exercise=exercise.name)
    answer = Cell(
        kind="code" if exercise.manual_points is None else "markdown",
        text=exercise.answer,
        role="answer" if exercise.manual_points is None else "question",
        exercise=exercise.name,
        points=exercise.manual_points,
    )
    return [prompt, answer] if exercise.prompt else [answer]


def _number(text: str) -> float:
    return float(text) if "." in text else int(text)  # as it is written, so it is printed


def _optional(path: Path) -> str:
    return path.read_text("utf-8").strip("\n") if path.is_file() else ""
