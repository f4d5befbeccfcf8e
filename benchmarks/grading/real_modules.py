"""What the course's own modules cost: a notebook of each, in parts, and a class that hands in several."""

from __future__ import annotations

import statistics
import tempfile
import time
from collections.abc import Generator, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from autograder.executors.local import LocalExecutor
from autograder.grading.class_run import Grading
from autograder.grading.job import Job, JobResult
from autograder.grading.options import Options
from autograder.reports.output_folder import OutputFolder
from autograder.sandbox.walls.tiers import Tier
from autograder.submissions.inbox import open_inbox
from benchmarks.grading.classroom import REPOSITORY
from benchmarks.grading.processor import busy
from benchmarks.grading.results import ModuleCost, WholeClass
from benchmarks.whole_modules import SEED, grade, hand_in_worked
from course.instructor.grade_class import materials, usable_tier
from course.paths import Root

FEWEST = 4  #: notebooks of a module: the first brings the start along


@dataclass(frozen=True, slots=True)
class Came:
    """When a result came, and when the next was asked for: it had been written by then."""

    at: float
    processor: float
    written: float


class Timed(LocalExecutor):
    """An executor that notes when results come."""

    came: list[Came]

    def do(self, jobs: Iterable[Job]) -> Generator[JobResult]:
        Timed.came = []
        for done in super().do(jobs):
            at, processor = time.perf_counter(), busy()
            yield done
            Timed.came.append(Came(at, processor, time.perf_counter()))


def module_costs(notebooks: int = FEWEST) -> Iterator[ModuleCost]:
    """Grade the worked notebook of each module, one after the other, and tell what one takes.

    Raises:
        SystemExit: one of them lost a point.
    """
    tier = usable_tier()
    for module in Root(REPOSITORY).module_names():
        with tempfile.TemporaryDirectory(prefix="bench-") as name:
            yield _module_cost(module, Path(name), tier, max(notebooks, FEWEST))


def _module_cost(module: str, folder: Path, tier: Tier, notebooks: int) -> ModuleCost:
    submitted = hand_in_worked(folder / "submitted", [module], notebooks)
    options = Options(executor=Timed, tier=tier, jobs=1, seed=SEED)
    began = time.perf_counter()
    with (
        open_inbox(submitted, [module]) as inbox,
        Grading(inbox, materials(Root(REPOSITORY), module), OutputFolder(folder / "out"), options) as run,
    ):
        for row in run.run():
            if row.auto_earned != row.auto_points:
                raise SystemExit(f"a worked notebook of {module} lost a point")
    between = list(zip(Timed.came, Timed.came[1:], strict=False))
    seconds = statistics.median(after.at - before.at for before, after in between)
    processor = statistics.median(after.processor - before.processor for before, after in between)
    return ModuleCost(
        module=module,
        seconds=seconds,
        processor=min(processor, seconds),
        writing=statistics.median(one.written - one.at for one in Timed.came),
        start=max(0.0, Timed.came[0].at - began - seconds),
    )


def whole_class(students: int, modules: int) -> WholeClass:
    """Grade a class that hands in the first modules, with the command as it is.

    Raises:
        SystemExit: a submission lost a point.
    """
    names = Root(REPOSITORY).module_names()[:modules]
    with tempfile.TemporaryDirectory(prefix="bench-") as name:
        submitted = hand_in_worked(Path(name) / "submitted", names, students)
        took = grade(submitted, Path(name) / "out")
    if took.lost:
        raise SystemExit("\n".join(took.lost))
    return WholeClass(
        students=students,
        modules=len(names),
        seconds=took.seconds,
        processor=took.processor,
        again=took.again,
    )
