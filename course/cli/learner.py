"""Defines the learner's verbs: `lab`, `check`, `watch`, `hint`, `reset` and `progress`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from autograder.results.verdicts import ExerciseResult
    from course.learner.workspace import Workspace
    from course.paths import Root

JSON = Annotated[bool, typer.Option("--json", help="Print for a machine: one JSON document.")]


def lab(
    directory: Annotated[
        Path | None,
        typer.Option("--dir", help="Your folder; by default the one you are in, else ~/langgraph-course."),
    ] = None,
    port: Annotated[
        int | None,
        typer.Option(help="By default the first free one from 8888; one you name starts a second."),
    ] = None,
    browser: Annotated[bool, typer.Option(help="Open the browser.")] = True,
) -> None:
    """Open the course in JupyterLab, in a workspace of your own.

    The notebooks are copied into it. What you changed is never overwritten: a new version of a
    notebook is laid beside yours. Where JupyterLab runs there already, that one is opened.
    """
    from course.learner.lab import open_lab
    from course.learner.workspace import DEFAULT, Workspace
    from course.paths import Root

    workspace = Workspace(directory.expanduser().resolve()) if directory else Workspace.around()
    open_lab(Root.find(), workspace or Workspace(DEFAULT.expanduser()), port, browser=browser)


def check(
    target: Annotated[
        str | None,
        typer.Argument(metavar="[FILE|NAME]", help="A notebook, a module or an exercise; by default all."),
    ] = None,
    as_json: JSON = False,
) -> int:
    """Check answers as they are saved: the public tests, each with its verdict and the reason.

    Checks a whole notebook before you hand it in, too: a cell that was deleted or lost its marks is named.
    """
    from course.learner.check_saved import Checker, choose, oddities, text_of_questions
    from course.learner.progress import keep_result
    from course.learner.running import TerminalRunning
    from course.learner.workspace import Workspace
    from course.paths import Root

    root, workspace, results = Root.find(), Workspace.find(), []
    chosen = choose(root, workspace, target)
    with Checker(root) as checker, TerminalRunning() as running:
        for path, names in chosen:
            results += checker.check(path, names, running)
    for result in results:
        keep_result(workspace, result)
    if as_json:
        import json
        from dataclasses import asdict

        print(json.dumps([{**asdict(r), "earned": r.earned, "points": r.points} for r in results]))
    else:
        _show_cards(results, root)
        if not any(names for _, names in chosen) and (questions := text_of_questions(results, root)):
            print(f"\n{questions}")
        for path, names in chosen:
            for odd in () if names else oddities(path, root):
                print(f"\n! {path.parent.name}/{path.name}: {odd}")
    return 0 if all(result.earned == result.points for result in results) else 1


def _show_cards(results: list[ExerciseResult], root: Root) -> None:
    """Print a card for each result."""
    from rich.console import Console

    from course.learner.catalogue import entries
    from course.learner.terminal_card import card

    known, console = entries(root), Console(highlight=False)
    for number, result in enumerate(results):
        if number:
            console.print()
        console.print(card(known[result.name], result, hint=f"`course hint {result.name}`"))


def watch() -> None:
    """Check again whenever you save, one exercise at a time.

    Keys: n goes on to the next exercise, h shows a hint, a checks all, l lists all, r gives the blank
    back and keeps what you wrote, q quits.
    """
    from course.learner.watch import run
    from course.learner.workspace import Workspace
    from course.paths import Root

    run(Root.find(), Workspace.find())


def hint(name: Annotated[str, typer.Argument(help="The exercise.")]) -> None:
    """Show one hint more for an exercise."""
    from course.cli.terminal import print_markdown
    from course.learner.hints import reveal
    from course.learner.workspace import Workspace

    print_markdown(reveal(name, Workspace.find()).told(f"`course hint {name}` shows the next."))


def reset(name: Annotated[str, typer.Argument(help="The exercise.")]) -> None:
    """Put the blank of an exercise back into your notebook, and keep what you wrote in a file beside it."""
    from course.learner.reset import reset as give_back
    from course.learner.workspace import Workspace
    from course.paths import Root

    kept = give_back(name, Root.find(), Workspace.find())
    if kept is None:
        print(f"`{name}` is blank already.")
        return
    print(f"`{name}` is blank again. What you wrote is in {kept}")
    print("If the notebook is open in JupyterLab, choose File → Reload Notebook from Disk there.")


def progress(
    as_json: JSON = False,
    save: Annotated[
        Path | None,
        typer.Option("--save", metavar="FILE", help="Write what you've solved to a file, to carry along."),
    ] = None,
    load: Annotated[
        Path | None,
        typer.Option("--load", metavar="FILE", help="Add what a saved file says you've solved elsewhere."),
    ] = None,
) -> None:
    """Show what you have solved, and what comes next.

    A saved file has your scores and not your answers: to go on with those, copy your notebooks, too. Loading
    one never lowers what you've solved.
    """
    from course.errors import UsageError
    from course.learner.progress import render, standings
    from course.learner.workspace import Workspace
    from course.paths import Root

    root, workspace = Root.find(), Workspace.find()
    if save and load:
        raise UsageError("--save and --load: one at a time")
    if save or load:
        _carry(root, workspace, save=save, load=load)
        return
    rows = standings(root, workspace)
    if as_json:
        import json

        print(json.dumps([{"name": r.exercise.name, "earned": r.earned, "solved": r.solved} for r in rows]))
        return
    from rich.console import Console

    Console(highlight=False).print(render(root, rows))


def _carry(root: Root, workspace: Workspace, *, save: Path | None, load: Path | None) -> None:
    """Write a file of scores, or read one, and say what came of it."""
    from course.learner import carry

    if save:
        count = carry.save(root, workspace, save)
        held = "1 exercise is" if count == 1 else f"{count} exercises are"
        print(f"{held} in {save}. On the other machine: course progress --load {save.name}")
        print(f"Your answers aren't in it. To take them along, copy the notebooks in {workspace.path}")
    if load:
        found = carry.load(root, workspace, load)
        better = "1 exercise has" if len(found.better) == 1 else f"{len(found.better)} exercises have"
        print(f"{better} a better score now, {found.same} had that score or more.")
        if found.unknown:
            print(f"Left out, since this course doesn't have them or they hold no score: {found.unknown}")


VERBS = [lab, check, watch, hint, reset, progress]
