"""Answers one request of `apart`'s about a database, within limits that the system enforces.

Run as `python -m timetravel.read.reading`, with the request on its standard input.
"""

from __future__ import annotations

import contextlib
import json
import pickle
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from timetravel.errors import WrongUse
from timetravel.read.apart import REPLY, too_much
from timetravel.read.open import shown
from timetravel.read.threads import list_threads, read_history

ANSWERS: Mapping[str, Callable[..., Any]] = {"list_threads": list_threads, "read_history": read_history}


def main() -> None:
    """Read the request, and write the answer to the scratch folder."""
    request = json.load(sys.stdin.buffer)
    limit(request["cpu_seconds"], request["memory_bytes"])
    answer = _answer(request)
    Path(request["scratch"], REPLY).write_bytes(answer)


def limit(cpu_seconds: int, memory_bytes: int) -> None:
    """Bound this process. On Windows nothing can: there only the time of whoever asked is a limit."""
    with contextlib.suppress(ImportError):
        import resource

        for which, most in (
            (resource.RLIMIT_CPU, cpu_seconds),
            (resource.RLIMIT_DATA, memory_bytes),
            (resource.RLIMIT_FSIZE, memory_bytes),
            (resource.RLIMIT_CORE, 0),
        ):
            with contextlib.suppress(OSError, ValueError):  # a lower one holds already
                resource.setrlimit(which, (most, resource.getrlimit(which)[1]))


def _answer(request: Mapping[str, Any]) -> bytes:
    where, scratch = request["where"], Path(request["scratch"])
    try:
        return _packed("found", ANSWERS[request["what"]](where, *request["given"], scratch=scratch))
    except WrongUse as error:
        return _packed("wrong", str(error))
    except (MemoryError, RecursionError):
        return _packed("wrong", too_much(shown(where)))
    except OSError as error:
        return _packed("wrong", f"{shown(where)} cannot be read: {error.strerror}")
    except Exception as error:  # rows of a form that no saver gives them
        return _packed(
            "wrong", f"{shown(where)} cannot be read: no saver wrote this ({type(error).__name__}: {error})"
        )


def _packed(kind: str, found: object) -> bytes:
    return pickle.dumps((kind, found), protocol=5)


if __name__ == "__main__":
    main()
