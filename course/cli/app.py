"""Builds the `course` command: its verbs, grouped by who uses them, and how each ends."""

from __future__ import annotations

import gc
import sys
from functools import wraps
from typing import TYPE_CHECKING, Annotated, Any

import typer
from typer.core import TyperGroup

from course.cli import author, doctor, instructor, learner
from course.cli.chat import chat
from course.cli.site import site
from course.cli.timeline import timeline
from course.errors import STOPPED, CourseError
from timetravel.errors import TimelineError

if TYPE_CHECKING:
    from collections.abc import Callable


class Grouped(TyperGroup):
    """Help that lists the verbs by who uses them, without loading Rich: `course --help` is instant."""

    def format_commands(self, ctx: Any, formatter: Any) -> None:  # noqa: ANN401 — typer's own, private types
        panels: dict[str, list[tuple[str, str]]] = {}
        for name in self.list_commands(ctx):
            command: Any = self.get_command(ctx, name)
            panels.setdefault(command.rich_help_panel, []).append((name, command.get_short_help_str(90)))
        for panel, rows in panels.items():
            with formatter.section(panel):
                formatter.write_dl(rows)


def build_app() -> typer.Typer:
    """Make the command, its verbs grouped by who uses them."""
    app = typer.Typer(
        cls=Grouped,
        no_args_is_help=True,
        add_completion=False,
        rich_markup_mode=None,
        pretty_exceptions_enable=False,
        help="Persistence and memory in LangGraph: take the course, write it, grade it.",
    )
    app.callback()(_no_verb)  # with a callback, one verb is a verb and not the whole command
    _register(app, "Learner", [*learner.VERBS, timeline, chat])
    _register(app, "Author", [*author.VERBS, site])
    _register(app, "Instructor", [*instructor.VERBS, *doctor.VERBS])
    return app


def _tell_version(asked: bool) -> None:
    if asked:
        from importlib.metadata import version
        from platform import python_version

        ours, theirs = version("langgraph-persistence-course"), version("langgraph")
        print(f"course {ours}, LangGraph {theirs}, Python {python_version()}")
        raise typer.Exit


_VERSION = typer.Option("--version", callback=_tell_version, is_eager=True, help="Show what you have.")


def _no_verb(version: Annotated[bool, _VERSION] = False) -> None:
    pass


def _register(app: typer.Typer, panel: str, verbs: list[Callable[..., Any]]) -> None:
    for verb in verbs:
        app.command(verb.__name__.rstrip("_"), rich_help_panel=panel)(ending_calmly(verb))


def ending_calmly(verb: Callable[..., Any]) -> Callable[..., None]:
    """Turn what a user can mend, and Ctrl-C, into one line on stderr and an exit code."""

    @wraps(verb)
    def run(*args: object, **kwargs: object) -> None:
        try:
            code = verb(*args, **kwargs)
        except (CourseError, TimelineError) as error:
            print(error, file=sys.stderr)
            raise typer.Exit(error.exit_code) from None
        except KeyboardInterrupt:
            print("\nStopped.", file=sys.stderr)
            raise typer.Exit(STOPPED) from None
        if isinstance(code, int):  # a verb may return its exit code
            raise typer.Exit(code)

    return run


def main() -> None:
    """Run one verb."""
    try:
        build_app()()
    except SystemExit as ended:
        if ended.code == STOPPED:  # a half made event loop would complain as it's collected
            sys.unraisablehook = lambda _: None
        raise
    finally:
        gc.freeze()  # else Python searches all of LangGraph and nbgrader for garbage as it ends: 0.5 s
