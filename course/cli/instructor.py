"""Defines the instructor's verbs: `grade`, `report`, `formgrade`, `export`, `release` and `demo`."""

from __future__ import annotations

from pathlib import Path
from textwrap import fill
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from course.errors import STOPPED

if TYPE_CHECKING:
    from course.instructor.grade_class import Run

Submissions = Annotated[
    Path, typer.Argument(help="A folder in nbgrader's layout, a flat one, or a .zip of either.")
]
OutDir = Annotated[Path, typer.Option("--out", metavar="DIR", help="Where the grades go.")]
Graded = Annotated[Path, typer.Argument(metavar="[DIR]", help="The folder that `course grade --out` wrote.")]
Marks = Annotated[
    str | None,
    typer.Option(metavar="URL", help="The database that the marks are in, if `course grade` had one."),
]
Jobs = Annotated[
    int | None,
    typer.Option(
        min=1, help="How many to grade at a time at most; fewer while processors or memory are short."
    ),
]
LIMITS = (
    "What one submission may use. In seconds: wall, cell, cpu; in bytes, with k, m or g: memory, disk, file,"
    " output; in number: files, open-files, processes. Several times if needed: --limit wall=600."
)
Json = Annotated[bool, typer.Option("--json", help="Print a summary for programs.")]


def grade(
    submissions: Submissions,
    out: OutDir = Path("graded"),
    module: Annotated[
        str | None, typer.Option(help="Grade only this module; flat notebooks are of it.")
    ] = None,
    names: Annotated[
        str | None,
        typer.Option(
            metavar="PATTERN",
            help="How files and folders are named, as a regular expression with the group student, and if"
            " you like attempt and timestamp. Canvas, Moodle and Blackboard need none.",
        ),
    ] = None,
    roster: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE.csv",
            help="Who is enrolled, as Canvas, Moodle, Blackboard or nbgrader export it: names, addresses and"
            " sections go into grades.csv, and whoever handed in nothing is a row. It's kept for later runs.",
        ),
    ] = None,
    student: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME",
            help="Grade only this student, by the file's name or the roster's. Several times if needed.",
        ),
    ] = None,
    exercise: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME", help="Judge only this exercise again, where the others have results."),
    ] = None,
    jobs: Jobs = None,
    again: Annotated[
        bool,
        typer.Option("--again", help="Grade again what hasn't changed; the whole class with other inputs."),
    ] = False,
    due: Annotated[
        list[str] | None,
        typer.Option(metavar="MODULE=DATE", help="When a module is due, as 01_basic=2026-11-30T23:59."),
    ] = None,
    gradebook: Annotated[
        str | None,
        typer.Option(metavar="URL", help="Keep the marks in this database, as postgresql://…"),
    ] = None,
    scheduler: Annotated[
        str | None,
        typer.Option(metavar="URL", help="Grade on this Dask cluster, as tcp://host:8786 or tls://…"),
    ] = None,
    limit: Annotated[list[str] | None, typer.Option(metavar="NAME=VALUE", help=LIMITS)] = None,
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
    them is its result; the others are graded.

    Only what is new or has changed is graded: answers, tests, versions. Stopped by Ctrl-C or by force, the
    same command goes on. What a person graded in formgrader stays. Due dates, extensions and what lateness
    costs are nbgrader's.
    """
    from autograder.executors.local import LocalExecutor
    from autograder.grading.options import Options
    from course.cli.options import due_dates, parse_limits
    from course.instructor.grade_class import dask_executor, run, usable_tier

    options = Options(
        executor=dask_executor(scheduler, out) if scheduler else LocalExecutor,
        limits=parse_limits(limit or []),
        seed=seed,
        jobs=jobs,
        again=again,
        exercises=frozenset(exercise or ()),
        due=due_dates(due or []),
        gradebook=gradebook,
        tier=usable_tier(allow_unisolated=allow_unisolated),
    )
    return _tell(
        run(submissions, out, options, module=module, names=names, students=student or (), roster=roster),
        json=json,
    )


def formgrade(
    out: Graded = Path("graded"),
    gradebook: Marks = None,
    port: Annotated[int | None, typer.Option(help="By default any free one.")] = None,
    browser: Annotated[bool, typer.Option(help="Open the browser.")] = True,
) -> None:
    """Open nbgrader's formgrader on a graded class, to grade by hand what no test can.

    It works from any folder, and reads no settings but this course's. What you give there stays when you
    grade again, and `course grade` then puts it into grades.csv and on the feedback pages.
    """
    from course.instructor.formgrade import open_formgrader

    open_formgrader(out, gradebook, port, browser=browser)


def release(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="A folder that is not there yet.")],
    check: Annotated[bool, typer.Option("--check", help="Write nothing; check the bundle at DIR.")] = False,
) -> int:
    """Write a learner's bundle: the whole course but the worked answers and hidden tests.

    The bundle holds a list of its files with their hashes, and `course release --check DIR` compares.
    """
    from course.instructor.bundle import check_bundle, write_bundle
    from course.paths import Root

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
    everything: Annotated[
        bool, typer.Option("--all", help="Every near miss of every module too: some 90 notebooks.")
    ] = False,
) -> int:
    """Grade a sample class twice: honest, wrong, late and hostile notebooks from one zip.

    Between the two runs a person grades one answer, as in formgrader. The second run has only that to do.
    """
    from course.authoring.demo import DUE, LIMITS, grade_by_hand, prepare
    from course.instructor import class_summary, class_table
    from course.instructor.grade_class import local_options, run
    from course.paths import Root

    root = Root.find()
    sample = prepare(root, out, everything=everything)
    typer.echo(f"A sample class in {sample.zip}:")
    for line in sample.legend:
        typer.echo(line)
    options = local_options(jobs=jobs, seed=seed, limits=LIMITS, due={sample.module: DUE})
    first = run(sample.zip, out, options, config=sample.config)
    if first.stopped or first.troubled:
        return _tell(first, json=False)
    class_table.show(first, where=False)
    typer.echo(f"\n{grade_by_hand(root, first.out, sample.module)} The same command once more:")
    second = run(sample.zip, out, options, config=sample.config)
    for line in class_summary.told(second):
        typer.echo(line)
    class_table.show_places(second)
    typer.echo(f"\nWhat would you reteach in this class? course report {out}")
    return 1 if second.troubled else 0


def _tell(run: Run, *, json: bool) -> int:
    """Say how the class did and where everything lies."""
    from course.instructor import class_summary, class_table

    if json:
        for piece in class_summary.summary(run):
            typer.echo(piece, nl=False)
    else:
        class_table.show(run)
    for stray in run.strays:
        typer.echo(f"{stray}: left out", err=True)
    if run.stopped:
        done = run.unchanged + run.graded
        typer.echo(f"Stopped: {done} of {run.total} submissions are graded and kept.", err=True)
        typer.echo("The same command, without --again, goes on from there.", err=True)
    for line in class_summary.trouble(run):
        typer.echo(line, err=True)
    return STOPPED if run.stopped else 1 if run.troubled else 0


def export(
    out: Graded = Path("graded"),
    to: Annotated[
        Literal["canvas", "moodle", "blackboard", "csv"], typer.Option(help="Whose import format.")
    ] = "csv",
    file: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="By default DIR/marks-SYSTEM.csv, and of feedback DIR/feedback-SYSTEM-MODULE.zip.",
        ),
    ] = None,
    feedback: Annotated[
        bool,
        typer.Option("--feedback", help="The feedback pages instead, a zip a module for the bulk upload."),
    ] = False,
    module: Annotated[str | None, typer.Option(help="With --feedback: only of this module.")] = None,
    column: Annotated[
        list[str] | None,
        typer.Option(
            metavar="MODULE=NAME",
            help="What a module's column is called there, as its own export has it: 01_basic='Homework 1"
            " (4711)' for Canvas. Several times if needed; by default the module's name, as a new column.",
        ),
    ] = None,
    provisional: Annotated[
        bool, typer.Option("--provisional", help="Also marks, or pages, that still wait for a person.")
    ] = False,
) -> int:
    """Write the class's marks, or its feedback, as Canvas, Moodle or Blackboard take them.

    Marks are a row for each student, a column for each module. Give `course grade` a --roster, so that
    students have the ids and addresses that the system knows them by. Marks that wait for a person are left
    out.

    With --feedback, each module's pages go into a zip, named after what you downloaded: the system finds
    each student by the numbers in those names.
    """
    from autograder.counts import counted
    from course.cli.options import column_names
    from course.errors import UsageError
    from course.instructor.class_summary import some
    from course.instructor.export_marks import export_marks

    if feedback:
        from course.instructor.export_feedback import export_feedback, told

        if to == "csv" or column:
            raise UsageError("`--feedback` needs --to canvas, moodle or blackboard, and takes no --column")
        for packed in export_feedback(out, to, module=module, file=file, provisional=provisional):
            for line in told(packed):
                typer.echo(line)
        return 0
    if module:
        raise UsageError("`--module` goes with --feedback: marks are one table for all modules")
    path = file or out / f"marks-{to}.csv"
    done = export_marks(out, to, path, column_names(column or []), provisional=provisional)
    typer.echo(f"{counted(done.students, 'student')}: {done.path}")
    if done.provisional:
        waiting = counted(done.provisional, "mark")
        typer.echo(f"left out, since they wait for a person: {waiting} (--provisional adds them)")
    if done.elsewhere:
        others = counted(done.elsewhere, "student")
        typer.echo(f"left out, since their files were downloaded from another system: {others}")
    if done.strangers:
        line = f"not on the roster, so {to} may not know them: {some(done.strangers)}"
        typer.echo(fill(line, 79, subsequent_indent="  "))
    return 0


def report(
    out: Graded = Path("graded"),
    gradebook: Marks = None,
    similar: Annotated[
        bool, typer.Option(help="Compare answers with each other, and show those that are alike.")
    ] = True,
    json: Annotated[
        bool, typer.Option("--json", help="Print the report for programs; report.json has the same.")
    ] = False,
    schema: Annotated[
        bool, typer.Option("--schema", help="Print what --json prints, as JSON Schema, and write nothing.")
    ] = False,
) -> None:
    """Write a report on a graded class: what to reteach, which wrong ideas people have, who is stuck.

    It's one page, DIR/report.html, that works offline and prints well. DIR/report.json has the same.

    It begins with the three exercises to reteach first, and the wrong idea behind each. Then you see the
    class and its marks, who is stuck, absent or late, and what changed since the last report. Each exercise
    has the share at each test, its difficulty and discrimination, and what people were told. Questions that
    a person grades come last, with answers that are alike, side by side.

    Nothing is graded or changed. It names learners and quotes them, so keep it among teachers.
    """
    if schema:
        from course.instructor.report.schema import schema as of_json

        typer.echo(of_json(), nl=False)
        return
    from course.instructor.report.write import write_report

    path, text = write_report(out, gradebook, similar=similar)
    typer.echo(text if json else path, nl=not json)


VERBS = [grade, report, formgrade, export, release, demo]
