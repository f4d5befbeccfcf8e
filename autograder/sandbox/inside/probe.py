"""Runs a probe in a learner's namespace, and returns what it saw as plain JSON.

The same few lines serve the graded process and the live kernel of `check()`, so that both see alike.
"""

from __future__ import annotations

import asyncio
import contextlib
import inspect
import io
import itertools
import json
import sys
import traceback
import types
from collections.abc import Callable, Generator, Mapping
from functools import cache
from types import CodeType
from typing import Any

MISSING, RAISED, VALUE = "missing", "raised", "value"
"""The kinds of reply: a name is not defined, the learner's code raised, or a value was observed."""

TYPE, REPR = "__type__", "__repr__"  #: what is sent of a value that JSON does not know
STOOD = "tmp/.stood"  #: in the scratch folder: where learners' code was when its time was nearly up
PRINTED = 2000  #: characters of what was printed that are kept, the last ones

_numbers = itertools.count(1)


def run_probe(
    source: str, name: str, kwargs: Mapping[str, Any], namespace: Mapping[str, Any]
) -> dict[str, Any]:
    """Run the function `name` of `source` with names of the learner's filled in; return a JSON object.

    Never raises for anything that the learner's code does, but `KeyboardInterrupt` and time limits
    (other `BaseException`s) pass through.
    """
    said = io.StringIO()
    try:
        probe = _load(source, name)
        wanted = inspect.signature(probe).parameters
        known = {"hash": hash, **namespace, **kwargs}  # a graded process has its own
        absent = [p.name for p in wanted.values() if p.name not in known and p.default is p.empty]
        if absent:
            return {"kind": MISSING, "names": absent}
        given = {name: known[name] for name in wanted if name in known}
        with quiet(said):
            value = _finish(probe(**given))
        return {"kind": VALUE, "value": plain(value), "printed": said.getvalue()[-PRINTED:]}
    except (Exception, SystemExit) as error:
        return {"kind": RAISED, **describe(error), "printed": said.getvalue()[-PRINTED:]}


def _load(source: str, name: str) -> Callable[..., Any]:
    """Load a probe into a module of its own that is registered.

    LangGraph resolves the annotations of a graph's state through `sys.modules`.
    """
    module = types.ModuleType(f"__probe_{next(_numbers)}__")
    sys.modules[module.__name__] = module
    exec(_compiled(source, name), module.__dict__)
    return module.__dict__[name]


@cache
def _compiled(source: str, name: str) -> CodeType:
    """Compile a probe, which takes a millisecond, once for all the runs that it has in a process.

    Without `dont_inherit` our own `from __future__ import annotations` would make strings of its annotations.
    """
    return compile(source, f"<probe {name}>", "exec", dont_inherit=True)


def _finish(value: Any) -> Any:  # noqa: ANN401 — whatever a probe returns
    """Wait for an `async def` probe. No loop is running here, in a kernel neither: `live_kernel` hides it."""
    return asyncio.run(value) if inspect.iscoroutine(value) else value


@contextlib.contextmanager
def quiet(said: io.StringIO) -> Generator[None]:
    """Keep what learners' code prints while it is observed, for the card, and show none of it.

    nbgrader gives no points where a grade cell writes to stderr, and LangGraph warns there whenever it
    restores a class that it does not know.
    """
    with contextlib.redirect_stdout(said), contextlib.redirect_stderr(io.StringIO()):
        yield


def plain(value: Any) -> Any:  # noqa: ANN401 — JSON
    """Return `value` as JSON knows it: tuples as lists, and what JSON does not know as type and repr."""
    try:
        return json.loads(json.dumps(value, default=_opaque))
    except (TypeError, ValueError, RecursionError):
        return _opaque(value)


def _opaque(value: object) -> dict[str, str]:
    try:
        text = repr(value)[:500]
    except Exception as error:
        text = f"<its repr raised {type(error).__name__}>"
    return {TYPE: type(value).__name__, REPR: text}


def describe(error: BaseException) -> dict[str, Any]:
    """Return what a learner needs to see of an exception: type, text, and the lines of their own cells."""
    frames = [f for f in traceback.extract_tb(error.__traceback__) if is_cell(f.filename)]
    lines = [f"line {f.lineno}, in {f.name.replace('<module>', 'the cell')}\n    {f.line}" for f in frames]
    message = _text(error)
    if isinstance(error, SyntaxError) and is_cell(error.filename or ""):  # it has no frame of its own
        message, lines = error.msg, [f"line {error.lineno}\n    {(error.text or '').strip()}"]
    return {
        "error": type(error).__name__,
        "message": message,
        "traceback": "\n".join(lines[-6:]),
        "in_cell": bool(lines),
        # A stub that says so is a blank; a `NotImplementedError` of a library is not.
        "unwritten": isinstance(error, NotImplementedError) and _raised_in_cell(error),
    }


def _text(error: BaseException) -> str:
    try:
        return str(error)[:2000]
    except Exception:
        return "<its text cannot be shown>"


def _raised_in_cell(error: BaseException) -> bool:
    *_, (frame, _) = traceback.walk_tb(error.__traceback__)
    return is_cell(frame.f_code.co_filename)


def is_cell(filename: str) -> bool:
    """Whether code came from a notebook cell: IPython and ipykernel name them so."""
    return filename.startswith("<ipython-input-") or "ipykernel_" in filename
