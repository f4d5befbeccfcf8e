"""Prints the list of threads: a table for a reader, tabs for a pipe."""

from __future__ import annotations

from collections.abc import Sequence

import click
from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from timetravel.model.values import clean
from timetravel.model.words import standing
from timetravel.read.open import shown
from timetravel.read.thread import Thread

_TONES = {"failed": "red", "waiting": "yellow", "half-committed": "yellow", "pending": "yellow"}
_MOST = 200  # rows of a table on a screen; a pipe gets all


def show(db: str, threads: Sequence[Thread], *, status: bool) -> None:
    """Print them, the one written last first."""
    console = Console(highlight=False)
    if status or not console.is_terminal:
        for one in threads:
            fields = (
                one.thread_id,
                standing(one.status),
                f"{one.checkpoints}",
                _step(one),
                _when(one),
                one.user,
            )
            click.echo("\t".join(clean(field) for field in fields))
        return
    if not threads:
        click.echo(f"{shown(db)} holds no such thread")
        return
    console.print(_table(threads))
    left = len(threads) - _MOST
    more = f"{left:,} more; find some with `--find TEXT`, or pipe the list to see all\n" if left > 0 else ""
    command = click.get_current_context().command_path
    click.echo(f"\n{more}Draw one with: {command} {db if '://' not in db else 'DB'} --thread ID")


def _table(threads: Sequence[Thread]) -> Table:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False)
    table.add_column("thread", overflow="fold")
    table.add_column("status")
    table.add_column("checkpoints", justify="right")
    table.add_column("step", justify="right")
    table.add_column("last activity (UTC)", no_wrap=True)
    users = any(one.user for one in threads)
    if users:
        table.add_column("user", overflow="fold")
    for one in threads[:_MOST]:
        state = Text(standing(one.status), style=_TONES.get(one.status, ""))
        cells = (Text(clean(one.thread_id)), state, f"{one.checkpoints:,}", _step(one), clean(_when(one)))
        table.add_row(*cells, *([Text(clean(one.user))] if users else []))
    return table


def _step(thread: Thread) -> str:
    return "" if thread.step is None else str(thread.step)


def _when(thread: Thread) -> str:
    return thread.created_at[:19].replace("T", " ")
