"""Defines the verb `course site`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def site(
    context: typer.Context,
    serve: Annotated[
        bool, typer.Option("--serve", help="Show the site on this machine, and keep it fresh.")
    ] = False,
    for_class: Annotated[
        bool, typer.Option("--for-class", help="Leave out the worked answers: for a class that is graded.")
    ] = False,
    out: Annotated[Path | None, typer.Option(help="Where to write it; by default site/.")] = None,
    port: Annotated[int, typer.Option(help="The port for --serve.")] = 8000,
) -> None:
    """Build the course's site: lessons executed, exercises with their worked answers, guides, reference.

    Lessons that have not changed since the last time are not executed again.
    """
    from course.paths import Root
    from course.site.build import build, serve_site

    root, command = Root.find(), context.find_root().command
    if serve:
        serve_site(root, port, command, for_class=for_class)
    else:
        built = build(root, out or root.path / "site", command, for_class=for_class)
        print(f"The site is in {built}; open index.html there.")
