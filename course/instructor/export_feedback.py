"""Packs the feedback pages of a graded class as Canvas, Moodle and Blackboard name what one uploads.

The system finds each student by its own ids, which were in the names of what you downloaded. The rest of a
name is for people, and is cleaned. A page whose ids are missing, or aren't unique, is left out and named.
"""

from __future__ import annotations

import zipfile
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from textwrap import fill
from typing import Literal

from autograder.reports.atomic_write import written_beside
from autograder.reports.output_folder import OutputFolder
from autograder.results.graded import GradedSubmission
from autograder.results.store import Store
from autograder.submissions.entry import Entry
from autograder.submissions.lms_names import ATTEMPT, CANVAS, CANVAS_HIDDEN, MOODLE
from autograder.submissions.safe_read import inert
from course.errors import UsageError
from course.instructor.class_summary import some

System = Literal["canvas", "moodle", "blackboard"]

UNKNOWN: Mapping[System, str] = {
    "canvas": "its file's name has no numbers of Canvas's",
    "moodle": "its file's name has no participant number of Moodle's",
    "blackboard": "its file's name isn't one of Blackboard's",
}
ELSEWHERE = "it was downloaded from another system"
SHARED = "another student's file has the same ids, so the page might reach the wrong one"
WAITS = "its mark waits for a person (--provisional adds it)"
NO_PAGE = "it has no feedback page: run `course grade` again"
_DAY = (1980, 1, 1, 0, 0, 0)  # the first that a zip can hold: the same pages give the same archive


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """Where a page goes in a system's archive, and whose it is there."""

    key: tuple[int | str, ...]  #: the system's own ids
    name: str


@dataclass(slots=True, kw_only=True)
class Packed:
    """The archive of one module."""

    path: Path
    module: str
    pages: int = 0
    left_out: dict[str, list[str]] = field(default_factory=dict[str, list[str]])  #: students, by the reason

    def leave_out(self, student: str, why: str) -> None:
        self.left_out.setdefault(why, []).append(student)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Page:
    """A submission's page, before it's packed."""

    student: str
    path: Path
    target: Target | None
    why_not: str  #: why there is no target
    waits: bool


def export_feedback(
    folder: Path,
    system: System,
    *,
    module: str | None = None,
    file: Path | None = None,
    provisional: bool = False,
) -> list[Packed]:
    """Write an archive of feedback pages for each module that was graded.

    Args:
        folder: what `course grade --out` wrote.
        system: whose layout.
        module: pack only this one.
        file: the archive to write, where there is one module; by default FOLDER/feedback-SYSTEM-MODULE.zip.
        provisional: pack pages, too, whose marks wait for a person.

    Raises:
        UsageError: nothing was graded into the folder, or not of the module, or one file can't hold all.
    """
    out = OutputFolder(folder)
    if not out.store.is_file():
        raise UsageError(f"`{folder}` is no graded class: name the folder that `course grade --out` wrote")
    with Store(out.store) as store:
        modules = sorted(filter(None, store.modules()))
        if module and module not in modules:
            raise UsageError(f"`--module`: nothing of a module `{module}` was graded: {', '.join(modules)}")
        wanted = [module] if module else modules
        if file and len(wanted) > 1:
            raise UsageError(f"`--file` is for one module: name one of {', '.join(wanted)} with --module")
        pages = [(row.module, _page(row, out, system)) for row in store.submissions() if row.module in wanted]
    return [
        _pack(
            Packed(path=file or folder / f"feedback-{system}-{name}.zip", module=name),
            [page for of_module, page in pages if of_module == name],
            provisional=provisional,
        )
        for name in wanted
    ]


def _page(row: GradedSubmission, out: OutputFolder, system: System) -> _Page:
    where = out.feedback_of(Entry(student=row.student, module=row.module, path=Path()))
    found = {known: target(known, row.receipt.lms_name, row.module) for known in UNKNOWN}
    return _Page(
        student=row.student,
        path=where,
        target=found[system],
        why_not=ELSEWHERE if any(found.values()) else UNKNOWN[system],
        waits=row.waiting > 0,
    )


def _pack(packed: Packed, pages: Sequence[_Page], *, provisional: bool) -> Packed:
    sharing = Counter(page.target.key for page in pages if page.target)
    with written_beside(packed.path) as beside, zipfile.ZipFile(beside, "w", zipfile.ZIP_DEFLATED) as archive:
        for page in pages:
            if page.target is None:
                packed.leave_out(page.student, page.why_not)
            elif sharing[page.target.key] > 1:
                packed.leave_out(page.student, SHARED)
            elif page.waits and not provisional:
                packed.leave_out(page.student, WAITS)
            elif not page.path.is_file():
                packed.leave_out(page.student, NO_PAGE)
            else:
                info = zipfile.ZipInfo(page.target.name, _DAY)
                info.external_attr = 0o644 << 16
                archive.writestr(info, page.path.read_bytes(), zipfile.ZIP_DEFLATED)
                packed.pages += 1
    return packed


def target(system: System, name: str, module: str) -> Target | None:
    """Return where a page goes, by the name of what was handed in; none if the system has no such names."""
    match system:
        case "canvas" if found := CANVAS_HIDDEN.fullmatch(name):
            hidden, attachment = found["user"], int(found["attempt"])
            page = f"{found['late'] or ''}anon_{hidden}_{attachment}_feedback.html"
            return Target(key=(hidden,), name=page)
        case "canvas" if found := CANVAS.fullmatch(name):
            user, attachment = int(found["user"]), int(found["attempt"])
            late = found["late"] or ""
            page = f"{_name(found['name'])}_{late}{user}_{attachment}_feedback.html"
            return Target(key=(user,), name=page)
        case "moodle" if (found := MOODLE.fullmatch(name)) and found["number"]:
            number = int(found["number"])
            folder = f"{_name(found['student'])}_{number}_assignsubmission_file_"
            return Target(key=(number,), name=f"{folder}/feedback-{module}.html")
        case "blackboard" if found := ATTEMPT.fullmatch(name):
            before = _name(name[: found.start("student") - 1].replace("_", " "))
            student, when = _name(found["student"]), found["timestamp"]
            key = f"{found['before'] or ''}_{found['student']}".casefold()
            return Target(key=(key,), name=f"{before}_{student}_attempt_{when}_feedback.html")
        case _:
            return None


def _name(text: str) -> str:
    """Return a part of a name that's safe to unpack anywhere, and that no importer takes for an id."""
    plain = inert(text).replace("?", "-").replace("_", "-").strip(" .-")
    return plain if plain and not plain.isdecimal() else f"student {plain}".strip()


def told(packed: Packed) -> Iterator[str]:
    """Say how many pages were packed, and who was left out for which reason."""
    yield f"{packed.pages} page{'' if packed.pages == 1 else 's'} of {packed.module}: {packed.path}"
    for why, students in packed.left_out.items():
        named = some([*map(inert, students)])
        yield fill(f"left out, {len(students)}: {why}: {named}", 79, subsequent_indent="  ")
