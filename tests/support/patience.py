"""How long tests wait: in starts of a zygote, which is measured once a session, on this machine as it is today.

A deadline ends what hangs, and must never end what is slow. Whatever a test waits for takes fewer starts than it is
given here, on a fast machine and on a slow one, or on one that has other things to do.
"""

from __future__ import annotations

import os
import time
import urllib.request
from collections.abc import Callable
from typing import TypeVar

LEAST = 2.0  #: seconds: a start takes one second where nothing else is going on, and tests have company
KEPT = "COURSE_ZYGOTE_START"  #: in the environment, so that all processes of a session share one measurement

Found = TypeVar("Found")


def start_seconds() -> float:
    """Return how long a zygote takes to start, and no less than LEAST."""
    if KEPT not in os.environ:
        os.environ[KEPT] = str(max(LEAST, _measured()))
    return float(os.environ[KEPT])


def _measured() -> float:
    from autograder.sandbox.walls.tiers import UNISOLATED
    from autograder.sandbox.zygote_client import ZygoteClient

    started = time.monotonic()
    with ZygoteClient(tier=UNISOLATED) as zygote:
        zygote.wait_until_ready()
    return time.monotonic() - started


def seconds(starts: float = 30) -> float:
    """Return how many seconds so many starts take: by default a deadline for anything that should happen soon."""
    return starts * start_seconds()


LONG = 150  #: starts; a deadline for a whole run of a command, over a class or a notebook


def wait_for(what: Callable[[], Found], saying: Callable[[], object] = lambda: "it took too long") -> Found:
    """Wait until `what()` is true, and return it; fail, with what there is to say, where it never comes."""
    end = time.monotonic() + seconds()
    while not (found := what()):
        if time.monotonic() > end:
            raise AssertionError(saying())
        time.sleep(0.02)
    return found


def answers(url: str) -> bool:
    """Tell whether a server is up: ask this, and not a browser, which takes half a second to be refused."""
    try:
        urllib.request.urlopen(url, timeout=seconds()).close()
    except OSError:
        return False
    return True
