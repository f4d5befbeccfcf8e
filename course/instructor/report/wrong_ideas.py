"""Counts which wrong ideas a class has: near misses, recognised by the sentence that they are told.

Each near miss of an exercise begins with `# says: …`, words that whoever gives it must be told; `course
verify` proves that. So a learner who was told them has that idea, or one that looks the same to the tests.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field

from autograder.results.verdicts import ExerciseResult
from course.authoring.answers import read_wrong
from course.instructor.report.model import Told
from course.paths import Root

MOST = 12  #: sentences of one exercise that are listed
LONGEST = 400  #: characters of a sentence that are kept: it may quote a learner's value
KINDS = 2_000  #: of sentences that are told apart in one exercise: a learner's values may be in them

_VALUES = re.compile(r"'[^']*'|\"[^\"]*\"|“[^”]*”|\b\d[\d.,:]*|\b[0-9a-f]{8,}\b")


@dataclass(frozen=True, slots=True)
class Ideas:
    """The near misses of one exercise."""

    by_words: Mapping[str, tuple[str, ...]]  #: names of near misses, by the words that they are told

    def of(self, message: str) -> tuple[str, ...]:
        """Return whose words a message has. Of several, the longest are the most telling."""
        told = message.casefold()
        found = [words for words in self.by_words if _has(told, words)]
        longest = max(map(len, found), default=0)
        return tuple(name for words in found if len(words) == longest for name in self.by_words[words])


def _has(told: str, words: str) -> bool:
    """Whether the words are there as words: `ten` is not in `written`."""
    at = told.find(words)
    while at >= 0:
        around = told[at - 1 : at] + words[0], words[-1] + told[at + len(words) : at + len(words) + 1]
        if not any(len(pair) == 2 and pair[0].isalnum() and pair[1].isalnum() for pair in around):
            return True
        at = told.find(words, at + 1)
    return False


def read_ideas(root: Root, module: str, exercise: str) -> Ideas:
    """Read an exercise's near misses; none where the course has no `solutions/`."""
    found: defaultdict[str, list[str]] = defaultdict(list)
    for path in sorted((root.exercise(module, exercise) / "wrong").glob("*.py")):
        if says := read_wrong(path).says.casefold():
            found[says].append(path.stem.replace("_", " "))
    return Ideas({says: tuple(names) for says, names in found.items()})


@dataclass(slots=True, kw_only=True)
class Tally:
    """Counts what the learners of one exercise were told."""

    ideas: Ideas
    learners: Counter[str] = field(default_factory=Counter[str])  #: by kind of sentence
    examples: dict[str, Counter[str]] = field(default_factory=dict[str, Counter[str]])
    names: dict[str, tuple[str, ...]] = field(default_factory=dict[str, tuple[str, ...]])
    known: dict[str, tuple[str, str, tuple[str, ...]]] = field(
        default_factory=dict[str, tuple[str, str, tuple[str, ...]]]
    )

    def add(self, result: ExerciseResult) -> None:
        """Count a learner in, once for each kind of sentence; where an idea is known, that says it all."""
        messages = {test.message for test in result.tests if test.message and not test.passed}
        found = [self.known.get(message) or self._read(message) for message in messages]
        kinds: set[str] = set()
        for kind, sentence, names in [each for each in found if each[2]] or found:
            if kind not in self.examples and len(self.examples) >= KINDS:
                continue
            self.names[kind] = names
            examples = self.examples.setdefault(kind, Counter())
            if sentence in examples or len(examples) < 20:
                examples[sentence] += 1
            kinds.add(kind)
        self.learners.update(kinds)

    def _read(self, message: str) -> tuple[str, str, tuple[str, ...]]:
        """Return the kind of a message, the message as it may be kept, and the ideas that it answers."""
        cut = message if len(message) <= LONGEST else message[:LONGEST] + " …"
        names = self.ideas.of(cut)
        found = ("/".join(names) or _VALUES.sub("…", cut), cut, names)
        if len(self.known) < KINDS:
            self.known[message] = found
        return found

    def told(self) -> tuple[tuple[Told, ...], int]:
        """Return the sentences, most often told first, and how many more there are."""
        order = sorted(self.learners, key=lambda kind: (-self.learners[kind], not self.names[kind], kind))
        found = [
            Told(
                ideas=self.names[kind],
                sentence=self.examples[kind].most_common(1)[0][0],
                learners=self.learners[kind],
            )
            for kind in order[:MOST]
        ]
        return tuple(found), len(order) - len(found)
