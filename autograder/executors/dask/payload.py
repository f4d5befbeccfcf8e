"""Sends tests and handouts to Dask workers that share no disk with this machine."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from autograder.grading.job import Setup


@dataclass(frozen=True, slots=True, kw_only=True)
class Payload:
    """A setup, and the bytes of each file that it names. Hidden tests are among them."""

    setup: Setup
    files: Mapping[Path, bytes]


def pack(setup: Setup) -> Payload:
    """Read the files of a setup.

    Raises:
        OSError: one cannot be read.
    """
    paths = {path for material in setup.materials for path in (material.handout, *material.tests)}
    if setup.config:
        paths.add(setup.config)
    return Payload(setup=setup, files={path: path.read_bytes() for path in sorted(paths) if path.is_file()})


def unpack(payload: Payload, folder: Path) -> Setup:
    """Write the files into an empty folder, and return the setup with their places there."""
    # A folder for each of theirs: tests find what they share beside them, and many are `test_hidden.py`.
    parents = list(dict.fromkeys(path.parent for path in payload.files))
    places = {path: folder / str(parents.index(path.parent)) / path.name for path in payload.files}
    for path, place in places.items():
        place.parent.mkdir(exist_ok=True)
        place.write_bytes(payload.files[path])
    materials = tuple(
        replace(
            material,
            handout=places[material.handout],
            tests=tuple(places[path] for path in material.tests if path in places),
        )
        for material in payload.setup.materials
    )
    config = payload.setup.config
    return replace(payload.setup, materials=materials, config=places.get(config) if config else None)
