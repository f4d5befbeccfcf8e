"""Defines the verb `course chat`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def chat(
    file: Annotated[
        Path, typer.Argument(metavar="[FILE]", help="The SQLite file that has the conversation.")
    ] = Path("chat.db"),
    customer: Annotated[
        str, typer.Option(metavar="NAME", help="Who you are: ida and ben have orders.")
    ] = "ida",
) -> None:
    """Talk to the support agent of module 08, over a file that survives a kill.

    Everything is in FILE: stop the program in any way, start it again, and the conversation goes on. Large
    refunds wait for a member of staff, who answers with /staff NAME approve. See the steps with
    `course timeline FILE --thread NAME`.

    The model is scripted and understands a handful of sentences. Set COURSE_MODEL=provider:name to talk to a
    real one.
    """
    from course.errors import UsageError
    from course.learner.chat import talk

    if not customer.strip():
        raise UsageError("who are you? name a customer with `--customer ida`")
    if file.is_dir() or not file.resolve().parent.is_dir():
        raise UsageError(f"`{file}` can't be a file: name one in a folder that exists, such as `chat.db`")
    if file.exists() and file.stat().st_size and not file.read_bytes().startswith(b"SQLite format 3\0"):
        raise UsageError(f"`{file}` isn't a SQLite file: name another one, which may be new")
    talk(file, customer.strip())
