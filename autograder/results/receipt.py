"""Defines a receipt: which file was graded, when it was handed in, and when it was due."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """What a submission was, so that a learner and an instructor can prove which file they mean."""

    file: str = ""  #: as the inbox calls it: an LMS's ids are in its first part
    sha256: str = ""  #: of the notebook's bytes; empty where it couldn't be read
    handed_in: str = ""  #: in ISO form, in UTC; empty where nothing says so
    due: str = ""  #: for the class, likewise
    extended: str = ""  #: due for this student, if somebody granted an extension

    @property
    def lms_name(self) -> str:
        """Return the name that a learning management system gave to what it let us download."""
        return self.file.partition("/")[0]
