"""The instructor's verbs: `grade`, `release` and `demo`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from course.errors import STOPPED

if TYPE_CHECKING:
    from course.grading import Run

Submissions = Annotated[
    Path, typer.Argument(help="A folder in nbgrader's layout, a flat one, or a .zip of either.")
]
OutDir = Annotated[Path, typer.Option("--out", metavar="DIR", help="Where the grades go.")]
Jobs = Annotated[
    int | None, typer.Option(min=1, help="How many to grade at a time; by default what fits the machine.")
]
Json = Annotated[bool, typer.Option("--json", help="Print a summary for programs.")]


def grade(
    submissions: Submissions,
    out: OutDir = Path("graded"),
    module: Annotated[
        str | None, typer.Option(help="Grade only this module; flat notebooks are of it.")
    ] = None,
    jobs: Jobs = None,
    seed: Annotated[
        int | None, typer.Option(help="Draw the tests' inputs from this, to repeat a run.")
    ] = None,
    allow_unisolated: Annotated[
        bool, typer.Option(help="Grade without a sandbox: their code can then do all that you can.")
    ] = False,
    json: Json = False,
) -> int:
    """Grade a class: gradebook, feedback pages, autograded notebooks, grades.csv.

    Submissions are read as STUDENT/MODULE/exercises.ipynb or as STUDENT.ipynb. What is wrong with one of
    them is its result; the others are graded. Ctrl-C keeps what is done.
    """
    from course.grading import refuse_unisolated, run

    if not allow_unisolated:
        refuse_unisolated()
    return _tell(run(submissions, out, module=module, jobs=jobs, seed=seed), json=json)


def release(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="A folder that is not there yet.")],
    check: Annotated[bool, typer.Option("--check", help="Write nothing; check the bundle at DIR.")] = False,
) -> int:
    """Write a learner's bundle: the whole course but the worked answers and hidden tests.

    The bundle holds a list of its files with their hashes, and `course release --check DIR` compares.
    """
    from course.paths import Root
    from course.release import check_bundle, write_bundle

    if not check:
        count = write_bundle(Root.find(), folder.resolve())
        typer.echo(f"{count} files are in {folder}; no answer and no hidden test is among them.")
        typer.echo(f"Try it: make -C {folder} lab")
        return 0
    problems = check_bundle(folder.resolve())
    for problem in problems:
        typer.echo(problem)
    if not problems:
        typer.echo(f"{folder} is as it was released.")
    return 1 if problems else 0


def demo(
    out: OutDir = Path("demo"),
    jobs: Jobs = None,
    seed: Annotated[int, typer.Option(help="Draw the tests' inputs from this.")] = 1,
) -> int:
    """Grade a class of sample submissions: right, partly right, blank, near misses and hostile ones."""
    from course.demo import prepare
    from course.grading import refuse_unisolated, run
    from course.paths import Root

    refuse_unisolated()
    submissions = prepare(Root.find(), out, typer.echo)
    return _tell(run(submissions, out, jobs=jobs, seed=seed), json=False)


def _tell(run: Run, *, json: bool) -> int:
    """Say how the class did and where everything lies."""
    from course import classtable

    if json:
        from json import dumps

        typer.echo(dumps(classtable.summary(run.rows, run.out, run.seconds), indent=1))
    else:
        classtable.show(run.rows, run.columns, run.out, run.seconds)
    for stray in run.strays:
        typer.echo(f"{stray}: left out", err=True)
    if run.stopped:
        typer.echo(f"Stopped: {len(run.rows)} of {run.total} submissions are graded and kept.", err=True)
    return STOPPED if run.stopped else 0


VERBS = [grade, release, demo]
