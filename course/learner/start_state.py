"""Shows in START.ipynb where a learner is, and in the terminal where JupyterLab is, once it's there."""

from __future__ import annotations

from typing import Any

from course.learner.overview import Overview
from course.learner.place import Place
from course.learner.start_notebook import with_overview
from course.learner.start_page import START
from course.learner.workspace import Workspace, write_atomically
from course.paths import Root


def refresh(root: Root, workspace: Workspace) -> bool:
    """Put the overview into the start page's output; say whether there's such a page.

    What a learner wrote stays as it is. Only do this while no JupyterLab has the page open.
    """
    path = workspace.path / START
    try:
        before = path.read_bytes()
        shown = Overview(Place.of(root, workspace, workspace.path)).bundle(live=False)
        after = with_overview(before, shown)
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return False  # it was removed, or it's no notebook any more
    if after != before:
        write_atomically(path, after)
    return True


def _load_jupyter_server_extension(server: Any) -> None:  # noqa: ANN401  # pyright: ignore[reportUnusedFunction]
    """Jupyter's hook for server extensions: refresh the page, and trust it, for its output is ours.

    The address is printed once the server answers: whoever clicks on it before that finds nothing there.
    """
    from nbformat import read

    address = f"{server.connection_url}lab/tree/{START}?token={server.identity_provider.token}"
    server.io_loop.call_later(0, print, f"JupyterLab:     {address}", flush=True)  # after it was bound

    workspace = Workspace.around()
    if workspace and refresh(Root.find(), workspace):
        server.contents_manager.notary.sign(read(workspace.path / START, as_version=4))
