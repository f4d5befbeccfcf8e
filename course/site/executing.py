"""Executes lessons for the site, once for each content, and keeps the outputs.

The results are kept by a digest of all that they depend on. jupyter-cache would key
them by the code cells alone, and show yesterday's output after an update of LangGraph.
"""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from functools import cache
from importlib.metadata import distributions
from multiprocessing import get_context
from pathlib import Path
from typing import TYPE_CHECKING, Any

from course.authoring.verify.lessons import CELL_SECONDS
from course.errors import SourceError
from course.learner.workspace import write_atomically
from course.site.kept import kept

if TYPE_CHECKING:
    from course.paths import Root

_OURS = Path(__file__).resolve().parents[2]
_SHOWN_BY = ("ipykernel", "ipython", "langchain-core", "langgraph")
"""Prefixes of the distributions whose versions can change what a lesson shows."""


def executed_lessons(root: Root, modules: list[str]) -> Iterator[Path]:
    """Yield the lessons of several modules as `executed_lesson` returns them, in this order.

    Those that never were in this form are executed side by side, one a processor: a lesson mostly waits.
    The last ones take longest, and begin first. Each has a process of its own, which gets Ctrl-C as this
    one does, and ends its kernel.

    Raises:
        SourceError: as `executed_lesson`; the others that have begun are finished and kept.
    """
    missing = sum(not _kept(module, _printed(root, module)).is_file() for module in modules)
    if missing < 2:
        yield from (executed_lesson(root, module) for module in modules)
        return
    pool = ProcessPoolExecutor(min(missing, os.cpu_count() or 2), get_context("spawn"))
    try:
        running = [pool.submit(executed_lesson, root, module) for module in reversed(modules)]
        yield from (each.result() for each in reversed(running))
    finally:
        pool.shutdown(cancel_futures=True)


def executed_lesson(root: Root, module: str) -> Path:
    """The lesson of a module as a notebook with outputs; executed only if it never was in this form.

    Raises:
        SourceError: when a cell raises that should not, naming its line in `lesson.py`.
    """
    done = _kept(module, _printed(root, module))
    if not done.is_file():
        print(f"executing {module}/lesson.ipynb …", flush=True)
        _execute(root, root.lesson_source(module), root.notebook(module, "lesson"), done)
    return done


def executed_notebook(root: Root, source: Path, printed: str) -> Path:
    """A page written like a lesson, as a notebook with outputs; executed only if it never was in this form.

    Raises:
        SourceError: when a cell raises, naming its line in `source`.
    """
    done = _kept(source.stem, printed)
    if not done.is_file():
        print(f"executing {source.name} …", flush=True)
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "printed.ipynb"
            path.write_text(printed, "utf-8")
            _execute(root, source, path, done)
    return done


def _kept(name: str, printed: str) -> Path:
    """Where a notebook is, once it has been executed in this form by this Python."""
    return kept("lessons", f"{name}-{_digest(_key(printed), sys.version)}.ipynb")


def _printed(root: Root, module: str) -> str:
    return root.notebook(module, "lesson").read_text("utf-8")


def _execute(root: Root, source: Path, printed: Path, done: Path) -> None:
    os.environ["JUPYTER_PREFER_ENV_PATH"] = "1"  # this Python's kernel, whatever else the machine has
    env = {**os.environ, "COURSE_ROOT": str(root.path)}
    import nbformat
    from papermill.clientwrap import PapermillNotebookClient
    from papermill.engines import NotebookExecutionManager
    from papermill.iorw import load_notebook_node

    # Not papermill's `execute_notebook`: it takes an error shown on purpose (a cell tagged raises-exception)
    # for a failure, and lets the kernel log to this terminal.
    ran: Any = load_notebook_node(str(printed))
    manager = NotebookExecutionManager(ran, progress_bar=False)
    manager.notebook_start()
    with tempfile.TemporaryDirectory() as scratch:
        given: dict[str, Any] = {"kernel_name": "python3", "resources": {"metadata": {"path": scratch}}}
        client = PapermillNotebookClient(manager, timeout=CELL_SECONDS, **given)
        client.execute(env=env, stderr=subprocess.DEVNULL)
    for cell in ran.cells:
        if cell.metadata.get("papermill", {}).get("exception"):
            raise _located(source, cell)
    write_atomically(done, nbformat.writes(ran).encode())


def _located(source: Path, cell: Any) -> SourceError:  # noqa: ANN401 — a notebook's node
    """The error where its author can mend it: at the line of `lesson.py` that holds the cell."""
    first = str(cell.source).strip().partition("\n")[0]
    lines = source.read_text("utf-8").splitlines() if source.is_file() else []
    line = next((n for n, text in enumerate(lines, 1) if text.strip() == first), 1)
    said = next((f"{o.ename}: {o.evalue}" for o in cell.outputs if o.output_type == "error"), "an error")
    return SourceError(source, line, f"the cell raised {said}; run the lesson in JupyterLab to see it")


def lesson_key(root: Root, module: str) -> str:
    """Return a digest of what a lesson's outputs depend on, whatever machine it is: Python is left out."""
    return _key(_printed(root, module))


def _key(text: str) -> str:
    packages = ("stage", "refund_desk", "support_agent", "data_pipeline")
    used = [_code_of(name) for name in packages if f"course.{name}" in text]
    return _digest(text, _libraries_and_code(), *used)


def _digest(*parts: str) -> str:
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:16]


def surroundings() -> str:
    """What else an output depends on: Python, the libraries shown, and what notebooks import of ours."""
    return "\n".join([sys.version, _libraries_and_code()])


@cache
def _libraries_and_code() -> str:
    versions = _versions(_SHOWN_BY)
    ours = [
        *(_OURS / "timetravel").rglob("*.*"),
        *(_OURS / "course" / "learner" / name for name in ("card.py", "chat_model.py", "check.py")),
    ]
    code = [
        path.read_bytes().decode() for path in sorted(ours) if path.suffix in {".py", ".css", ".js", ".html"}
    ]
    return "\n".join([*versions, *code])


@cache
def _code_of(name: str) -> str:
    """What the lessons depend on that use this package of ours: its code, and the libraries behind it."""
    code = [path.read_text("utf-8") for path in sorted((_OURS / "course" / name).glob("*.py"))]
    return "\n".join([*_versions(("langchain ", "wordllama ", "sqlite-vec ")), *code])


def _versions(prefixes: tuple[str, ...]) -> list[str]:
    """The installed distributions whose `name version` begins with one of these."""
    found = {f"{str(dist.name).lower()} {dist.version}" for dist in distributions() if dist.name}
    return sorted(each for each in found if each.startswith(prefixes))
