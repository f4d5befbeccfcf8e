"""Says in one line what stopped a grading run that nobody's submission has caused: a disk, a database."""

from __future__ import annotations

import errno
import logging
import sqlite3
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

from autograder.gradebook.connection import GradebookError
from autograder.grading.lock import Locked
from autograder.results.store import StoreError
from autograder.submissions.inbox import InboxError
from course.errors import CourseError, UsageError

AGAIN = "then run the same command again: it goes on from here, and what was graded stays"
_FULL = {errno.ENOSPC, errno.EDQUOT}
_REFUSED = {errno.EROFS, errno.EACCES, errno.EPERM}


@contextmanager
def told(out: Path) -> Generator[None]:
    """Turn what a run can't go on with into the command's own errors.

    Args:
        out: where the grades go, for the message.

    Raises:
        CourseError: with the reason, and what to do.
    """
    # nbgrader logs a database's error with its traceback before it raises it: it's told below, once.
    logger = logging.getLogger("tornado.application")
    before, logger.disabled = logger.disabled, True
    try:
        yield
    except Exception as error:
        if said := _said(error, out):
            raise CourseError(said) from error
        if isinstance(error, InboxError | GradebookError):
            raise UsageError(str(error)) from error
        if isinstance(error, Locked | StoreError | ValueError | RuntimeError):
            raise CourseError(str(error)) from error
        raise
    finally:
        logger.disabled = before


def _said(error: Exception, out: Path) -> str:
    """Return what to tell of an error of the machine's; nothing if it's one of ours."""
    if isinstance(error, OSError) and error.errno in _FULL:
        return f"no room is left in `{error.filename or out}`: free some, {AGAIN}"
    if isinstance(error, OSError) and error.errno in _REFUSED:
        reason = f"`{error.filename or out}` can't be written to ({error.strerror})"
        return f"{reason}: name another folder with --out"
    reason = _database_says(error)
    if "is full" in reason or "disk I/O error" in reason:
        return f"no room is left in `{out}` ({reason}): free some, {AGAIN}"
    if "readonly" in reason or "unable to open" in reason:
        return f"a database in `{out}` can't be written to ({reason}): name another folder with --out"
    if "locked" in reason:
        return f"the gradebook is locked by another program: end that (is it formgrader?), {AGAIN}"
    return f"the gradebook was lost ({reason}): bring it back, {AGAIN}" if reason else ""


def _database_says(error: BaseException) -> str:
    """Return the first line that a database's driver said; nothing if the error is no database's."""
    chain: list[BaseException] = []
    here: BaseException | None = error
    while here is not None and here not in chain:
        chain.append(here)
        here = getattr(here, "orig", None) or here.__cause__ or here.__context__
    drivers = ("psycopg", "psycopg2", "sqlalchemy")
    for each in reversed(chain):
        if isinstance(each, sqlite3.Error) or type(each).__module__.split(".")[0] in drivers:
            return (str(each).strip().splitlines() or [type(each).__name__])[0]
    return ""
