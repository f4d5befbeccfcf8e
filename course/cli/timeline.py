"""Defines the verb `course timeline`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from timetravel.read.thread import Thread
    from timetravel.view import Timeline


def timeline(
    db: Annotated[Path, typer.Argument(metavar="DB", help="A SQLite database that a LangGraph saver wrote.")],
    thread: Annotated[
        str | None, typer.Option(metavar="ID", help="The thread to draw; without it, list all.")
    ] = None,
    html: Annotated[Path | None, typer.Option(metavar="FILE", help="Write the timeline as a page.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON, for a machine to read.")] = False,
) -> None:
    """Draw the checkpoint history of a thread in any LangGraph SQLite database.

    The database is only read: nothing in it is changed, migrated or run, and none of its classes is built.
    """
    from course.errors import UsageError
    from timetravel.read import apart
    from timetravel.view import Timeline

    if thread is None:
        if html:
            raise UsageError(f"which thread goes to `{html}`? name it with `--thread ID`")
        _list(db, apart.list_threads(db), as_json=as_json)
        return
    drawn = Timeline(apart.read_history(db, thread))
    if html:
        try:
            html.write_text(drawn.to_html_page(), "utf-8")
        except OSError as error:
            raise UsageError(f"`{html}` cannot be written: {error.strerror}") from error
        typer.echo(f"Wrote {html}")
    elif as_json:
        typer.echo(json.dumps(drawn.to_json(), ensure_ascii=False))
    else:
        _print(drawn)


def _print(drawn: Timeline) -> None:
    from rich.console import Console

    from timetravel.draw.text import coloured

    console = Console(highlight=False)
    console.print(coloured(drawn.history, min(max(console.width, 60), 140)), soft_wrap=True)


def _list(db: Path, found: list[Thread], *, as_json: bool) -> None:
    from dataclasses import asdict

    if as_json:
        typer.echo(json.dumps([asdict(thread) for thread in found], ensure_ascii=False))
        return
    if not found:
        typer.echo(f"`{db}` holds no thread yet: run a graph on it first")
        return
    _table(found)
    typer.echo(f"\nDraw one with: course timeline {db} --thread ID")


def _table(found: list[Thread]) -> None:
    from rich import box
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    from timetravel.model.values import clean

    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False)
    table.add_column("thread", overflow="fold")
    table.add_column("checkpoints", justify="right")
    table.add_column("last step", justify="right")
    table.add_column("when (UTC)", no_wrap=True)
    for thread in found:
        step = "" if thread.step is None else str(thread.step)
        when = thread.created_at[:19].replace("T", " ")
        table.add_row(Text(clean(thread.thread_id)), f"{thread.checkpoints:,}", step, clean(when))
    Console(highlight=False).print(table)
