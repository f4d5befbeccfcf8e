"""Executes notebooks one after the other with a fresh kernel each; they are not graded.

`python -m benchmarks.grading.kernels nbclient|papermill NOTEBOOK …`. A cell that raises ends it.
"""

from __future__ import annotations

import sys


def main() -> None:
    tool, *paths = sys.argv[1:]
    for path in paths:
        (_papermill if tool == "papermill" else _nbclient)(path)


def _nbclient(path: str) -> None:
    import nbformat
    from nbclient import NotebookClient

    notebook = nbformat.read(path, as_version=4)
    NotebookClient(notebook).execute()
    nbformat.write(notebook, path)


def _papermill(path: str) -> None:
    import papermill

    papermill.execute_notebook(path, path, progress_bar=False)


if __name__ == "__main__":
    main()
