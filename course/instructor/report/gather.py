"""Gathers a class report from what `course grade` left in its folder, one submission after the other."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

from autograder.gradebook.lateness import Booked
from autograder.reports.output_folder import OutputFolder
from autograder.results.changes import GradeChange
from autograder.results.roster import Roster
from autograder.results.store import Store
from autograder.submissions.assignment import Handout, read_handout
from course.instructor.cautious_share import at_least
from course.instructor.report import history
from course.instructor.report.class_tally import ClassTally
from course.instructor.report.model import SCHEMA, ClassReport, ExerciseReport, ModuleReport, SinceLast
from course.instructor.similar.compare import Alike, ClassCompared, compare
from course.instructor.similar.reading import reading
from course.paths import Root

RETEACH = 3  #: exercises that are named first


@dataclass(frozen=True, slots=True, kw_only=True)
class Gathered:
    """A report, and what its page needs besides."""

    report: ClassReport
    roster: Roster
    compared: ClassCompared | None
    now: history.State  #: to remember once the report is written


def gather(root: Root, out: OutputFolder, booked: Booked, *, similar: bool = True) -> Gathered:
    """Read a graded class; answers are compared with each other if `similar` is set.

    Raises:
        StoreError: the folder's record can't be read.
    """
    with Store(out.store) as store, reading(out, list(store.places()) if similar else []) as answered:
        tally = ClassTally(root=root, booked=booked)
        for row in store.submissions():
            tally.add(row)
        roster = store.roster().with_booked(booked.people, tally.students)
        handouts = _handouts(root, tally.modules)
        modules = tuple(_modules(tally, roster, handouts))
        now = history.state_of(datetime.now(UTC).isoformat(timespec="seconds"), tally.state, modules)
        since = _since(history.before(out.report_history, now), now, tuple(store.changes()))
        compared = compare(root, out, answered(), handouts) if similar else None
    report = _report(tally, roster, modules, now, since, compared.alike if compared else None)
    return Gathered(report=report, roster=roster, compared=compared, now=now)


def _handouts(root: Root, modules: Iterable[str]) -> dict[str, Handout]:
    """Read what was handed out; a module may have gone from the course since it was graded."""
    paths = {module: root.notebook(module, "exercises") for module in modules if module}
    return {module: read_handout(path) for module, path in paths.items() if path.is_file()}


def _since(old: history.State | None, now: history.State, marks: tuple[GradeChange, ...]) -> SinceLast:
    return SinceLast(
        at=old.at if old else "",
        handed_in=now.submissions - old.submissions if old else 0,
        shifts=tuple(history.shifts(old, now)) if old else (),
        marks=marks,
    )


def _modules(tally: ClassTally, roster: Roster, handouts: dict[str, Handout]) -> Iterator[ModuleReport]:
    """Yield the modules in teaching order; what belongs to none comes last, under no name."""
    students = len(tally.students) + sum(1 for _ in roster.missing(tally.students))
    for module in sorted(tally.modules, key=lambda name: (not name, name)):
        titles = handouts[module].titles if module in handouts else {}
        yield tally.modules[module].report(titles, students)


def _report(
    tally: ClassTally,
    roster: Roster,
    modules: tuple[ModuleReport, ...],
    now: history.State,
    since: SinceLast,
    alike: tuple[Alike, ...] | None,
) -> ClassReport:
    return ClassReport(
        schema=SCHEMA,
        at=now.at,
        state=now.state,
        students=len(tally.students),
        submissions=now.submissions,
        enrolled=len(roster.people) or None,
        missing=tuple(roster.missing(tally.students)),
        provisional=sum(module.provisional for module in modules),
        ideas_known=tally.root.solutions.is_dir(),
        reteach=tuple(f"{each.module}/{each.name}" for each in reteach(modules)[:RETEACH]),
        modules=modules,
        stuck=tuple(sorted(tally.stuck, key=lambda each: (each.module, each.earned, each.student))),
        trouble=tuple(sorted(tally.trouble, key=lambda each: (each.module, each.exercise, each.student))),
        late=tuple(sorted(tally.late, key=lambda each: (each.module, -(each.seconds or 0), each.student))),
        lateness_known=tally.booked.seconds_late is not None,
        alike=alike,
        since=since,
    )


def reteach(modules: tuple[ModuleReport, ...]) -> list[ExerciseReport]:
    """Return the exercises that most of those who tried didn't get right; small groups weigh less."""
    every = [exercise for module in modules for exercise in module.exercises if exercise.short]
    return sorted(every, key=lambda each: -at_least(each.short, each.tried))
