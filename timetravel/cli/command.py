"""Defines the command: `timetravel DB`, which the course offers as `course timeline DB`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from timetravel.view import Threads


def timeline(
    db: Annotated[
        str,
        typer.Argument(metavar="DB", help="A SQLite file, or postgresql://…, that a LangGraph saver wrote."),
    ],
    thread: Annotated[
        str | None, typer.Option(metavar="ID", help="The thread to draw; without it, list all.")
    ] = None,
    namespace: Annotated[
        str, typer.Option(metavar="NS", help="Draw only this subgraph: its namespace, or its nodes' names.")
    ] = "",
    depth: Annotated[
        int, typer.Option(min=0, metavar="N", help="Open subgraphs this deep; 0 leaves a line for each.")
    ] = 20,
    limit: Annotated[
        int | None, typer.Option(min=1, metavar="N", help="How many checkpoints, the newest [2,000].")
    ] = None,
    before: Annotated[
        str | None,
        typer.Option(metavar="ID", help="Only what is older than this checkpoint (end of its id)."),
    ] = None,
    find: Annotated[
        str,
        typer.Option(metavar="TEXT", help="Only threads or checkpoints with this in state, node, metadata."),
    ] = "",
    diff: Annotated[
        tuple[str, str] | None,
        typer.Option(metavar="A B", help="How two checkpoints differ: step numbers, or the ends of ids."),
    ] = None,
    follow: Annotated[
        bool, typer.Option("--follow", help="Wait for new checkpoints; Ctrl-C ends it.")
    ] = False,
    status: Annotated[
        bool, typer.Option("--status", help="Print how threads stand, a line for each.")
    ] = False,
    html: Annotated[Path | None, typer.Option(metavar="FILE", help="Write a page.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON, for a machine to read.")] = False,
) -> None:
    """Draw the checkpoint history of a thread in any LangGraph database, SQLite or Postgres.

    The database is only read: nothing in it is changed, migrated or run, and none of its classes is built.
    """
    from timetravel.cli import output
    from timetravel.errors import WrongUse
    from timetravel.read.apart import read_history
    from timetravel.read.source import MOST
    from timetravel.view import Timeline, threads

    if thread is None:
        for option, given in (("--diff", diff), ("--follow", follow), ("--namespace", namespace)):
            if given:
                raise WrongUse(f"`{option}` is about one thread: name it with `--thread ID`")
        _list(db, threads(db, find=find), html, as_json=as_json, status=status)
        return
    most = limit or (None if as_json else MOST)
    drawn = Timeline(read_history(db, thread, namespace, most, before))
    if diff:
        output.difference(drawn.history, *diff)
    elif status:
        output.status(drawn.history)
    elif html:
        _write(html, drawn.to_html_page())
    elif as_json:
        typer.echo(json.dumps(drawn.to_json(), ensure_ascii=False))
    else:
        output.draw(drawn.history, depth, find)
        if follow:
            output.follow(db, drawn.history, depth)


def _list(db: str, found: Threads, html: Path | None, *, as_json: bool, status: bool) -> None:
    from timetravel.cli import listing

    if html:
        _write(html, found.to_html_page())
    elif as_json:
        typer.echo(json.dumps(found.to_json(), ensure_ascii=False))
    else:
        listing.show(db, found.threads, status=status)


def _write(file: Path, text: str) -> None:
    from timetravel.errors import WrongUse

    try:
        file.write_text(text, "utf-8")
    except OSError as error:
        raise WrongUse(f"`{file}` cannot be written: {error.strerror}") from error
    typer.echo(f"Wrote {file}")
