"""Finds the Dask cluster that an instructor asked for."""

from __future__ import annotations

import platform
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from course.errors import CourseError

if TYPE_CHECKING:
    from autograder.job import Crew, Setup


def crew_at(address: str, out: Path) -> Callable[[Setup, int], Crew]:
    """Return what makes a crew of the cluster's workers, however many there are.

    Args:
        address: the scheduler's.
        out: where the grades go, which tells this run from others that use the cluster.

    Raises:
        CourseError: Dask is not installed.
    """
    try:
        from autograder.cluster.crew import ClusterCrew
    except ModuleNotFoundError as error:
        if error.name not in {"dask", "distributed"}:
            raise
        raise CourseError(
            "`--scheduler` needs Dask, which is not installed: uv pip install --editable '.[cluster]'"
        ) from None
    place = f"{platform.node()}:{out.resolve()}"
    return lambda setup, _at_a_time: ClusterCrew(setup, address=address, place=place)
