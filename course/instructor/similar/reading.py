"""Reads the answers of a class and takes their fingerprints, in several processes if there are many."""

from __future__ import annotations

import os
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing import get_context

from autograder.reports.output_folder import OutputFolder
from course.instructor.similar.answers import answers
from course.instructor.similar.fingerprints import Hashes, fingerprints

MANY = 600  #: notebooks that are worth processes of their own: those take half a second to begin
CHUNK = 200
MOST_PROCESSES = 4

Place = tuple[str, str]
"""A student and a module."""


@dataclass(frozen=True, slots=True)
class Answered:
    """The fingerprints of one learner's answers in one module, by exercise."""

    student: str
    module: str
    exercises: dict[str, Hashes]


@contextmanager
def reading(out: OutputFolder, places: Sequence[Place]) -> Generator[Callable[[], Iterator[Answered]]]:
    """Begin to read the notebooks of these places; what is given returns the answers, once it's called."""
    if len(places) < MANY:
        yield lambda: iter(read(out, places))
        return
    processes = min(MOST_PROCESSES, os.cpu_count() or 1)
    with ProcessPoolExecutor(processes, mp_context=get_context("spawn")) as pool:
        chunks = (places[start : start + CHUNK] for start in range(0, len(places), CHUNK))
        done = [pool.submit(read, out, chunk) for chunk in chunks]
        yield lambda: (answered for each in done for answered in each.result())


def read(out: OutputFolder, places: Iterable[Place]) -> list[Answered]:
    """Read the notebooks of these places."""
    return [
        Answered(student, module, {name: fingerprints(code) for name, code in found.items()})
        for student, module in places
        if (found := answers(out, student, module))
    ]
