"""Steps into the folder that some tools put around a class."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from autograder.submissions.file_names import is_litter, is_notebook, plain_stem
from autograder.submissions.student_folder import module_called


def unwrapped(root: Path, modules: Sequence[str], archive: str | None) -> Path:
    """Step into the one folder that some tools put around an archive's contents."""
    inside = [path for path in root.iterdir() if not is_litter(path.name)]
    if len(inside) == 1 and inside[0].is_dir() and not inside[0].is_symlink():
        below = [path for path in inside[0].iterdir() if not is_litter(path.name)]
        if any(path.name == "modules" or module_called(path.name, modules) for path in below):
            return root  # one student's work, or a clone of it
        flat_class = archive and _are_of_a_class(below, wrapped=inside[0].name == archive)
        if any(path.is_dir() for path in below) or flat_class:
            return inside[0]
    return root


def _are_of_a_class(paths: Sequence[Path], *, wrapped: bool) -> bool:
    """Whether notebooks are called after students: a student's own keep the name that we gave them.

    A single one may be either. It's a class's where its folder is `wrapped` by an archive of the same name.
    """
    names = [plain_stem(path.name) for path in paths if is_notebook(path.name)]
    return len(names) > (0 if wrapped else 1) and "exercises" not in names
