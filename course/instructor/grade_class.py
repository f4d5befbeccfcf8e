"""Grades a class for an instructor: checks the machine, shows progress, reports how it ended."""

from __future__ import annotations

import platform
import re
import sys
import time
from collections.abc import Callable, Collection, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING, Any

from autograder.executors.local import LocalExecutor
from autograder.grading.class_run import Grading
from autograder.grading.job import Material
from autograder.grading.options import Options
from autograder.reports.output_folder import OutputFolder
from autograder.results.changes import GradeChange
from autograder.results.class_list import RosterError, read_roster
from autograder.results.graded import Column, GradedSubmission
from autograder.results.roster import Person, Roster
from autograder.results.store import Store
from autograder.sandbox.find_tier import find_tier
from autograder.sandbox.scratch import sweep as sweep_scratch
from autograder.sandbox.walls.cgroup import sweep as sweep_groups
from autograder.sandbox.walls.tiers import UNISOLATED, Tier
from autograder.submissions.inbox import open_inbox
from autograder.submissions.lms_names import names_pattern
from course.errors import CourseError, UsageError
from course.instructor.chosen_students import chosen, kept_roster
from course.instructor.faults import told
from course.paths import Root

if TYPE_CHECKING:
    from autograder.grading.job import Executor, Setup


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """A grading run that has ended, or was stopped."""

    out: OutputFolder
    gradebook: str  #: where the marks are, without a password
    columns: tuple[Column, ...]
    strays: tuple[str, ...]
    changes: tuple[GradeChange, ...]  #: against the last run that came to its end
    gone: tuple[tuple[str, str], ...]  #: on record, and no longer in the inbox
    roster: Roster  #: who is enrolled, as far as we were told
    total: int  #: how many submissions there were
    unchanged: int
    graded: int
    new: int  #: how many of those for the first time
    reprinted: int  #: how many of those were not run again: people gave points, or a date moved
    failed: int  #: how many of those got no mark, since the grader failed
    troubled: bool  #: whether anything went wrong on our side
    seconds: float

    @property
    def stopped(self) -> bool:
        return self.unchanged + self.graded < self.total

    def submissions(self) -> Iterator[GradedSubmission]:
        """Yield all that is on record, by student."""
        with Store(self.out.store) as store:
            yield from store.submissions()

    def missing(self) -> list[Person]:
        """Return who is enrolled and has handed in nothing."""
        return list(self.roster.missing(self.students()))

    def strangers(self) -> list[str]:
        """Return who handed in and isn't on the class list, if we were given one."""
        with Store(self.out.store) as store:
            return list(self.roster.strangers(store.students())) if store.roster().people else []

    def students(self) -> list[str]:
        """Return who has handed in anything."""
        with Store(self.out.store) as store:
            return list(store.students())


def usable_tier(*, allow_unisolated: bool = False) -> Tier:
    """Find out which walls there are around learners' code here, and remove what killed graders left.

    Raises:
        CourseError: there are none, and that was not allowed; the text says what to do.
    """
    sweep_scratch()
    sweep_groups()
    tier = find_tier()
    if tier.name == "none" and not allow_unisolated:
        raise CourseError(
            "no sandbox here, so nothing was graded: `course doctor` says what is missing and what gets it;"
            " or pass --allow-unisolated if you trust every submission with this machine"
        )
    return tier if tier.name != "none" else UNISOLATED


def local_options(**wishes: Any) -> Options:  # noqa: ANN401 — fields of `Options`
    """Return options for grading on this machine, in the best sandbox that works here."""
    return Options(executor=LocalExecutor, tier=usable_tier(), **wishes)


def run(
    submissions: Path,
    out: Path,
    options: Options,
    *,
    module: str | None = None,
    config: Path | None = None,
    names: str | None = None,
    students: Collection[str] = (),
    roster: Path | None = None,
) -> Run:
    """Grade a class. Ctrl-C ends it early, and what is done is kept.

    `config` is nbgrader's, which says what lateness costs; by default it's the course's. `names` is a pattern
    for the names of what was handed in. Of the class, only `students` are graded, if there are any.
    `roster` is a class list, and is kept for later runs.

    Raises:
        CourseError: nothing can be graded: no submissions, no such module, tests that cannot be loaded,
            another grader at work on the same folder.
    """
    root = Root.find()
    wanted = materials(root, module)
    unknown = set(options.due) - {material.module for material in wanted}
    if unknown:
        raise UsageError(f"`--due`: there is no module `{min(unknown)}` to grade")
    options = replace(
        options, config=config or root.path / "nbgrader_config.py", roster=_roster(roster) if roster else None
    )
    modules, blanks = [m.module for m in wanted], {m.module: m.handout for m in wanted}
    for name in options.exercises:
        _check_exercise(name, wanted)
    pattern = _pattern(names) if names else None
    with told(out), open_inbox(submissions, modules, module=module, blanks=blanks, names=pattern) as inbox:
        started = time.monotonic()
        if students:
            enrolled = options.roster or kept_roster(out)
            inbox = inbox.of(chosen(students, {entry.student for entry in inbox.entries}, enrolled))
        with Grading(inbox, wanted, OutputFolder(out), options) as grading:
            with suppress(KeyboardInterrupt):
                for _ in watched(grading.run(), grading.total, grading.unchanged):
                    pass
            grading.finish()
            return Run(
                out=OutputFolder(out),
                gradebook=grading.gradebook,
                columns=tuple(grading.course.columns(grading.store.modules())),
                strays=inbox.strays,
                changes=tuple(grading.store.changes()),
                gone=tuple(grading.gone()),
                roster=grading.roster,
                total=grading.total,
                unchanged=grading.unchanged,
                graded=grading.graded,
                new=grading.new,
                reprinted=grading.reprinted,
                failed=grading.failed,
                troubled=grading.troubled,
                seconds=time.monotonic() - started,
            )


def _roster(path: Path) -> Roster:
    try:
        return read_roster(path)
    except RosterError as error:
        raise UsageError(str(error)) from None


def _check_exercise(name: str, wanted: Iterable[Material]) -> None:
    known = [path.stem.removeprefix("test_") for material in wanted for path in material.tests]
    if name not in known:
        near = get_close_matches(name, known, n=1)
        raise UsageError(f"there is no exercise `{name}`{f': did you mean `{near[0]}`?' if near else ''}")


def _pattern(names: str) -> re.Pattern[str]:
    try:
        return names_pattern(names)
    except ValueError as error:
        raise UsageError(f"`--names {names}`: {error}") from None


def materials(root: Root, module: str | None = None) -> list[Material]:
    """What the modules are graded with.

    Raises:
        UsageError: there is no such module, or its notebook is not printed.
    """
    names = [name for name in root.module_names() if root.public_tests(name)]
    if module and module not in names:
        raise UsageError(f"there is no module `{module}` to grade; there is {', '.join(names) or 'none'}")
    found: list[Material] = []
    for name in names:
        handout = root.notebook(name, "exercises")
        if not handout.is_file():
            raise UsageError(f"{handout}:1: is not there: run `course build`")
        found.append(Material(module=name, handout=handout, tests=root.test_files(name)))
    return found


def watched(rows: Iterable[GradedSubmission], total: int, unchanged: int = 0) -> Iterator[GradedSubmission]:
    """Pass rows on, and show how far the class is: a bar on a terminal, plain lines elsewhere."""
    if sys.stderr.isatty():
        from course.instructor.progress_bar import with_bar

        yield from with_bar(rows, total, unchanged)
        return
    if unchanged:
        print(f"{unchanged}/{total} unchanged since they were graded", file=sys.stderr, flush=True)
    for number, row in enumerate(rows, unchanged + 1):
        mark = f"{row.earned:g} of {row.points:g}{', provisional' if row.waiting else ''}"
        print(f"{number}/{total} {row.student} {row.module}: {mark}", file=sys.stderr, flush=True)
        yield row


def dask_executor(address: str, out: Path) -> Callable[[Setup, int], Executor]:
    """Return what makes an executor of a Dask cluster's workers, however many there are.

    Args:
        address: the scheduler's.
        out: where the grades go, which tells this run from others that use the cluster.

    Raises:
        CourseError: Dask is not installed.
    """
    try:
        from autograder.executors.dask.executor import DaskExecutor
    except ModuleNotFoundError as error:
        if error.name not in {"dask", "distributed"}:
            raise
        raise CourseError(
            "`--scheduler` needs Dask, which is not installed: uv pip install --editable '.[cluster]'"
        ) from None
    place = f"{platform.node()}:{out.resolve()}"
    return lambda setup, _at_a_time: DaskExecutor(setup, address=address, place=place)
