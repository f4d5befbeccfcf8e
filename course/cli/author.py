"""Defines the author's verbs: `new`, `build`, `verify` and `mutants`."""

from __future__ import annotations

from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

from course.paths import Root


def new(
    module: Annotated[
        str, typer.Argument(metavar="MODULE", help="Its folder, such as 01_basic; made if it is not there.")
    ],
    name: Annotated[
        str,
        typer.Argument(
            metavar="NAME", help="What the exercise builds: a snake_case verb phrase, resume_thread."
        ),
    ],
) -> None:
    """Write the skeleton of an exercise and of its tests.

    It is a folder, `solutions/MODULE/NAME/`, and one file of public tests. Fill in what says TODO;
    `course verify NAME` says what is missing.
    """
    from course.authoring.new_exercise import new_exercise

    for path in new_exercise(Root.find(), module, name):
        typer.echo(f"{_near(path)}:1: edit this next")
    typer.echo(f"Then: course build, course verify {name}")


def build(
    check: Annotated[
        bool, typer.Option("--check", help="Write nothing; fail when a notebook is out of date.")
    ] = False,
    answers: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="Print the worked notebooks to DIR instead, as nbgrader's source."),
    ] = None,
) -> None:
    """Print the notebooks from their texts.

    The lesson of a module is printed from `lesson.py` beside it; the exercises from the folders in
    `solutions/MODULE/` and the points of the tests, with the answers left out. What is up to date is
    left alone.
    """
    from course.authoring import build as building
    from course.authoring.proved import unproved

    root = Root.find()
    wanted = building.answers(root, answers.resolve()) if answers else building.notebooks(root)
    stale = building.stale(wanted)
    for item, text in stale:
        if check:
            typer.echo(f"{_near(item.path)}:1: out of date: run `{_command(answers)}`")
        else:
            building.write(item, text)
            typer.echo(f"printed {_near(item.path)}")
    if check and stale:
        raise typer.Exit(1)
    if not stale:
        typer.echo("All notebooks are up to date.")
    if changed := unproved(root):
        typer.echo(f"Changed since they were proved: course verify {' '.join(changed)}")


def _command(answers: Path | None) -> str:
    return f"course build --answers {answers}" if answers else "course build"


def _near(path: Path) -> Path:
    """A path as one would type it here."""
    return path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path


def verify(
    names: Annotated[
        list[str] | None,
        typer.Argument(metavar="NAME", help="Exercises to verify; all of them when none is named."),
    ] = None,
    module: Annotated[
        list[str] | None, typer.Option(metavar="MODULE", help="Verify this module only; may be repeated.")
    ] = None,
    jobs: Annotated[
        int | None,
        typer.Option("-j", "--jobs", min=1, metavar="N", help="Processes to use; one a core by default."),
    ] = None,
    draws: Annotated[
        int, typer.Option(min=1, metavar="N", help="Grade each answer N times, each time with other inputs.")
    ] = 1,
    go_on: Annotated[
        bool, typer.Option("--go-on", help="Leave out what is proved, as it is now, with as many draws.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Write the findings as JSON.")] = False,
) -> int:
    """Prove the course sound: every rule, for every exercise.

    The blank must fail every test for being unwritten, the solution and each alternative pass them
    all, and each near miss lose points and be told why. Forms, files, notebooks and lessons are looked
    at too. With a NAME given, every rule that concerns it is applied, and lessons are not run. What holds
    is kept in `solutions/proved.txt` at once, with the draws, to be committed: the tests try again what
    has changed since, and after Ctrl-C `--go-on` does the rest.
    """
    from rich.console import Console

    from autograder.counts import counted
    from course.authoring.proved import record, unproved
    from course.authoring.verify import report
    from course.authoring.verify import verify as verify_course
    from course.authoring.verify.run import subjects_of

    root, kept = Root.find(), list[str]()
    if go_on:
        chosen = [each.exercise.name for each in subjects_of(root, names=names or [], modules=module or [])]
        names = [name for name in unproved(root, draws) if name in chosen]
        if not names:
            typer.echo(f"All is proved, as it is now, with {counted(draws, 'draw')}.", err=as_json)
            return 0
    with _bar() as watch:
        found = verify_course(
            root,
            names=names or [],
            modules=module or [],
            jobs=jobs,
            draws=draws,
            watch=watch,
            keep=lambda name: kept.extend(record(root, [name], draws)),
        )
    if as_json:
        typer.echo(report.as_json(found))
    else:
        report.show(found, Console())
        if kept:
            typer.echo(f"Proved, and kept in {_near(root.solutions)}/proved.txt: {', '.join(kept)}")
    return 1 if found.problems else 0


@contextmanager
def _bar() -> Generator[Callable[[int, int, str], None]]:
    """Show a progress bar on stderr, for what is found goes to stdout; yield what moves it on."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        bar = progress.add_task("reading", total=None)

        def watch(done: int, total: int, label: str) -> None:
            progress.update(bar, completed=done, total=total, description=label or "verifying")

        yield watch


def mutants(
    names: Annotated[
        list[str] | None,
        typer.Argument(metavar="NAME", help="Exercises to try; all of them when none is named."),
    ] = None,
    module: Annotated[
        list[str] | None, typer.Option(metavar="MODULE", help="Try this module only; may be repeated.")
    ] = None,
    right: Annotated[
        bool, typer.Option("--right", help="Break the alternatives in `right/` instead: other styles.")
    ] = False,
    most: Annotated[
        int | None, typer.Option(min=1, metavar="N", help="Try so many of each answer, spread evenly.")
    ] = None,
    jobs: Annotated[
        int | None,
        typer.Option("-j", "--jobs", min=1, metavar="N", help="Processes to use; one a core by default."),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Write every mutant as JSON.")] = False,
) -> int:
    """Break each worked answer in small ways, and see whether its tests notice.

    Nine of ten mutants must be caught. Of each survivor, `solutions/MODULE/NAME/survivors.toml` must say why
    no test should catch it: a [[survivor]] with `becomes` and `why`. With --right, nine of ten is enough.
    """
    import json

    from rich.console import Console

    from course.authoring.mutants import find, report

    with _bar() as watch:
        found = find(
            Root.find(),
            names=names or [],
            modules=module or [],
            right=right,
            most=most,
            jobs=jobs,
            watch=watch,
        )
    if as_json:
        typer.echo(json.dumps(report.as_record(found), indent=1, ensure_ascii=False))
    else:
        report.show(found, Console())
    return 0 if found.good else 1


VERBS = [new, build, verify, mutants]
