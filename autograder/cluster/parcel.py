"""Takes what a class is graded with to a machine that shares no disk: the files travel with the setup."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from autograder.job import Setup


@dataclass(frozen=True, slots=True, kw_only=True)
class Parcel:
    """A setup, and the bytes of each file that it names. Hidden tests are among them."""

    setup: Setup
    files: Mapping[Path, bytes]


def pack(setup: Setup) -> Parcel:
    """Read the files of a setup.

    Raises:
        OSError: one cannot be read.
    """
    paths = {path for material in setup.materials for path in (material.handout, *material.tests)}
    if setup.config:
        paths.add(setup.config)
    return Parcel(setup=setup, files={path: path.read_bytes() for path in sorted(paths) if path.is_file()})


def unpack(parcel: Parcel, folder: Path) -> Setup:
    """Write the files into an empty folder, and return the setup with their places there."""
    # A folder for each of theirs: tests find what they share beside them, and many are `test_hidden.py`.
    parents = list(dict.fromkeys(path.parent for path in parcel.files))
    places = {path: folder / str(parents.index(path.parent)) / path.name for path in parcel.files}
    for path, place in places.items():
        place.parent.mkdir(exist_ok=True)
        place.write_bytes(parcel.files[path])
    materials = tuple(
        replace(
            material,
            handout=places[material.handout],
            tests=tuple(places[path] for path in material.tests if path in places),
        )
        for material in parcel.setup.materials
    )
    config = parcel.setup.config
    return replace(parcel.setup, materials=materials, config=places.get(config) if config else None)
