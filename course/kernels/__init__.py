"""Starts Jupyter kernels at once, by forking a warm process that has imported LangGraph.

They are a learner's own kernels on their own machine, with no walls around them. Jupyter asks for them
through its interface for kernel provisioners, so JupyterLab, papermill, nbclient and nbval can all have them.

    the server: provisioner.py, warm.py ──socket──> zygote.py ──fork──> child.py: a kernel
                forked.py watches it

Wherever this is not possible (no Linux, another Python, a kernel that is no ipykernel, any failure), an
ordinary kernel is started.
"""

from __future__ import annotations

from importlib.metadata import entry_points
from typing import Any

_WARM = "course-warm"  # as pyproject.toml has it


def provisioner_name() -> str:
    """Return Jupyter's name for what starts kernels: ours, or its own where ours is not installed yet."""
    known = entry_points(group="jupyter_client.kernel_provisioners", name=_WARM)
    return _WARM if known else "local-provisioner"


def _load_jupyter_server_extension(server: Any) -> None:  # noqa: ANN401  # pyright: ignore[reportUnusedFunction]
    """Jupyter's hook for server extensions: begin to warm up while the server itself starts."""
    from course.kernels.warm import warm_up

    warm_up()
