"""Compares all answers of a class, exercise by exercise, and shows what the most alike have in common."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby

from autograder.reports.output_folder import OutputFolder
from autograder.submissions.assignment import Handout
from course.instructor.similar.answers import answers, handed_out
from course.instructor.similar.fingerprints import Hashes, all_runs
from course.instructor.similar.pairs import pairs
from course.instructor.similar.reading import Answered
from course.instructor.similar.side_by_side import Line, side_by_side
from course.paths import Root

MOST = 500  #: answers that are alike, of which the strongest are kept
MOST_SHOWN = 12  #: pairs of learners whose code is shown


@dataclass(frozen=True, slots=True, kw_only=True)
class Alike:
    """Answers of two learners to one exercise that share more than chance explains."""

    module: str
    exercise: str
    students: tuple[str, str]
    similarity: float  #: 0 to 1, of what is their own in both
    shared: int  #: fingerprints that both have and few others do


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """Two learners, all that is alike in what they wrote, and one exercise of it side by side."""

    students: tuple[str, str]
    alike: tuple[Alike, ...]  #: the strongest first: its answers are shown
    first: Sequence[Line]
    second: Sequence[Line]


@dataclass(frozen=True, slots=True, kw_only=True)
class ClassCompared:
    """What a class has in common, and what was handed out to it."""

    out: OutputFolder
    base: Mapping[str, Hashes]  #: by module
    alike: tuple[Alike, ...]

    def shown(self) -> Iterator[Comparison]:
        """Yield the pairs of learners with most in common."""
        by_pair = sorted(self.alike, key=lambda each: each.students)
        found = [tuple(group) for _, group in groupby(by_pair, key=lambda each: each.students)]
        found.sort(key=lambda group: -sum(each.shared * each.similarity for each in group))
        for group in found[:MOST_SHOWN]:
            strongest = sorted(group, key=lambda each: -each.shared * each.similarity)
            yield self._side_by_side(tuple(strongest))

    def _side_by_side(self, alike: tuple[Alike, ...]) -> Comparison:
        top = alike[0]
        first, second = (
            answers(self.out, student, top.module).get(top.exercise, "") for student in top.students
        )
        lines = side_by_side(first, second, self.base[top.module])
        return Comparison(students=top.students, alike=alike, first=lines[0], second=lines[1])


def compare(
    root: Root, out: OutputFolder, answered: Iterable[Answered], handouts: Mapping[str, Handout]
) -> ClassCompared:
    """Compare the answers of a class, exercise by exercise."""
    base = {module: all_runs(handed_out(root, handout)) for module, handout in handouts.items()}
    written: defaultdict[tuple[str, str], list[tuple[str, Hashes]]] = defaultdict(list)
    for each in answered:
        for exercise, hashes in each.exercises.items():
            written[each.module, exercise].append((each.student, hashes))
    found = [
        Alike(
            module=module,
            exercise=exercise,
            students=(theirs[pair.first][0], theirs[pair.second][0]),
            similarity=round(pair.similarity, 3),
            shared=pair.shared,
        )
        for (module, exercise), theirs in written.items()
        if module in base
        for pair in pairs([hashes for _, hashes in theirs], base[module])
    ]
    found.sort(key=lambda each: (-each.shared * each.similarity, each.students, each.exercise))
    return ClassCompared(out=out, base=base, alike=tuple(found[:MOST]))
