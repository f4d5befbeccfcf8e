"""Says why a test ended without a verdict on the answer.

Outcome                    status
├── NotWritten             not written
├── LearnerError           error
├── OutOfMemory            out of memory
├── TimedOut               timed out
├── Killed                 killed
│   └── OutOfDisk
└── Tampered               tampered
"""

from __future__ import annotations

import errno
from typing import ClassVar, Literal

Status = Literal[
    "passed",
    "failed",
    "not written",
    "error",
    "timed out",
    "out of memory",
    "killed",
    "tampered",
    "unreadable",
    "internal error",
]
"""`internal error` is ours: no verdict on the learner, and tried again by the next run."""


class Outcome(Exception):
    """A test ended early. Its text is one sentence to the learner."""

    status: ClassVar[Status]

    def __init__(self, message: str, traceback: str = "") -> None:
        self.message, self.traceback = message, traceback
        super().__init__(message)


class NotWritten(Outcome):
    """A name is not defined, or its code still raises `NotImplementedError`."""

    status = "not written"


class LearnerError(Outcome):
    """The learner's code raised. `traceback` holds the lines of their cells."""

    status = "error"


class OutOfMemory(Outcome):
    """The learner's code asked for more memory than it may have."""

    status = "out of memory"


class TimedOut(Outcome):
    """The learner's code did not come back in time.

    `slowed`: for part of that time others had the processors, so it says nothing of the code yet.
    """

    status = "timed out"

    def __init__(self, message: str, traceback: str = "", *, slowed: bool = False) -> None:
        self.slowed = slowed
        super().__init__(message, traceback)


class Killed(Outcome):
    """The learner's process ended, and nobody had asked it to."""

    status = "killed"


class OutOfDisk(Killed):
    """The learner's code filled its scratch folder, and the process was ended for it."""


class Tampered(Outcome):
    """What came back was no reply to what was asked."""

    status = "tampered"


_MACHINE = {
    *(errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EIO),
    *(errno.EMFILE, errno.ENFILE, errno.ENOMEM),
}


def is_of_the_machine(error: BaseException | None) -> bool:
    """Whether an error on the trusted side is the machine's: no room, no memory, no descriptors, a package missing.

    It says nothing of the submission that was just judged, so no verdict follows from it.
    """
    no_verdict = isinstance(error, MemoryError | ImportError)
    return no_verdict or (isinstance(error, OSError) and error.errno in _MACHINE)
