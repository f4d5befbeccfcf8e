"""Zygotes of both tiers for attacks to be made in, and what lies outside for them to reach: the canaries."""

from __future__ import annotations

import contextlib
import inspect
import os
import resource
import select
import shutil
import socket
import subprocess
import tempfile
import textwrap
from collections.abc import Callable, Generator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from autograder.grading.cells import grade_cells
from autograder.sandbox.find_tier import find_tier
from autograder.sandbox.limits import Limits, Needs
from autograder.sandbox.outcomes import Outcome
from autograder.sandbox.probes import Probe
from autograder.sandbox.process import Process
from autograder.sandbox.walls.tiers import Tier
from autograder.sandbox.zygote_client import ZygoteClient
from autograder.testing.judge import Judge
from tests.support import patience
from tests.support.cells import notebook
from tests.support.zygotes import WarmZygotes

from .table import Attack

DATA = Path(__file__).parents[1] / "core" / "data"
PROJECT = Path(__file__).parents[2]
TIERS = ("A", "B")
SECRET = "canary-" + "7f3a91"
"""Stands in files, in an environment variable and in a test outside. Nothing inside may ever hold it."""

LIMITS = Limits(
    wall_seconds=patience.seconds(),
    cell_seconds=patience.seconds(0.5),
    cpu_seconds=10,
    disk_bytes=8 << 20,
    file_bytes=8 << 20,
    files=512,
)


@dataclass(frozen=True, kw_only=True)
class Try(Attack):
    """An attack that runs as a probe. It says "REACHED" where it got what it wanted."""

    probe: Callable[..., Any] = field(repr=False)
    needs: Needs = field(default=Needs(), repr=False)
    control: bool = field(default=False, repr=False)  #: safe to run without walls, where it must succeed
    open_on: str = ""  #: tiers where it is known to succeed
    ends: bool = False  #: it ends its own process, or does not come back


class Attacks(list[Try]):
    """Attacks on one row of the table: functions that this decorates."""

    def __init__(self, row: str) -> None:
        self.row = row

    def __call__(self, **more: Any) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
        def keep(probe: Callable[..., Any]) -> Callable[..., Any]:
            tries = " ".join((probe.__doc__ or "").split()).rstrip(".")
            name = probe.__name__.replace("_", " ")
            self.append(Try(name=name, row=self.row, tries=tries, probe=probe, **more))
            return probe

        return keep


class Warm:
    """A zygote for each tier, started when it is first asked for: a fork of another, as those of a class are."""

    def __init__(self) -> None:
        self._all: dict[str, ZygoteClient] = {}
        self._started = WarmZygotes()
        self._best = find_tier().name

    def of(self, tier: str) -> ZygoteClient:
        if tier == "A" and self._best != "A":
            pytest.skip("tier A does not work here: see `course doctor`")
        if tier not in self._all:
            self._all[tier] = self._started.start(tier=Tier(name=tier), limits=LIMITS)
        return self._all[tier]

    def close(self) -> None:
        for zygote in (*self._all.values(), self._started):
            zygote.close()


@pytest.fixture(scope="session")
def warm() -> Generator[Warm]:
    os.environ["GRADER_KEY"] = SECRET
    pool = Warm()
    yield pool
    pool.close()
    del os.environ["GRADER_KEY"]


@pytest.fixture(scope="session")
def judge() -> Generator[Judge]:
    with Judge([DATA / "public.py", DATA / "test_hidden.py"]) as judge:
        yield judge


# For attacks on what stands outside of both tiers: the walls make no difference, as the night shows.
outside_of_tiers = pytest.mark.parametrize(
    "tier", ["A", pytest.param("B", marks=pytest.mark.nightly)], indirect=True
)


@pytest.fixture(params=TIERS)
def tier(request: pytest.FixtureRequest) -> str:
    return request.param


@pytest.fixture
def zygote(warm: Warm, tier: str) -> ZygoteClient:
    """A zygote to attack, which all attacks on this tier share."""
    return warm.of(tier)


@pytest.fixture
def the_next_is_graded(zygote: ZygoteClient, judge: Judge) -> Callable[[], None]:
    """To call after the attack: the same zygote grades an honest submission as if nothing had been."""

    def check() -> None:
        results = grade_cells(judge, zygote, notebook(), names=["remember"], seed=1)
        assert [(result.status, result.earned) for result in results] == [("passed", 4)]

    return check


@dataclass
class Outside:
    """What an attack could reach: files, sockets, a process. Close it after use."""

    folder: Path
    files: list[Path] = field(default_factory=list[Path])

    def __post_init__(self) -> None:
        home = Path.home() / f".course-canary-{os.getpid()}"
        for path in (self.folder / "gradebook.db", self.folder / "test_hidden.py", home / "id_ed25519"):
            path.parent.mkdir(exist_ok=True)
            path.write_text(SECRET)
            path.chmod(0o600)
            self.files.append(path)
        self._home, self._short = home, tempfile.mkdtemp()  # the path of a socket may have but 108 bytes
        self.victim = subprocess.Popen(["sleep", "1000"])
        self.tcp = socket.create_server(("127.0.0.1", 0))
        self.udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.udp.bind(("127.0.0.1", 0))
        self._local = [
            self._bound(socket.SOCK_STREAM, f"{self._short}/stream"),
            self._bound(socket.SOCK_DGRAM, f"{self._short}/datagram"),
            self._bound(socket.SOCK_STREAM, f"\0course-canary-{os.getpid()}"),
            self._bound(socket.SOCK_DGRAM, f"\0course-canary-datagram-{os.getpid()}"),
        ]
        self._before = self._seen()

    @staticmethod
    def _bound(kind: socket.SocketKind, address: str) -> socket.socket:
        made = socket.socket(socket.AF_UNIX, kind)
        made.bind(address)
        if kind == socket.SOCK_STREAM:
            made.listen()
        return made

    def world(self, zygote: ZygoteClient) -> dict[str, Any]:
        """What an attacker may know of all that: as much as they like."""
        return {
            "files": [str(path) for path in self.files],
            "folder": str(self.folder),
            "packages": [str(PROJECT / "course"), str(PROJECT / "autograder"), pytest.__path__[0]],
            "solutions": str(PROJECT / "solutions"),
            "victim": self.victim.pid,
            "grader": os.getpid(),
            "zygote": zygote.pid,
            "tcp": self.tcp.getsockname()[1],
            "udp": self.udp.getsockname()[1],
            "local": [
                each.getsockname() if isinstance(each.getsockname(), str) else "" for each in self._local
            ],
            "abstract": f"course-canary-{os.getpid()}",
        }

    def changes(self) -> list[str]:
        """What is other than it was at the start."""
        after = self._seen()
        return [
            f"{name}: {value}, was {self._before.get(name)}"
            for name, value in after.items()
            if value != self._before.get(name)
        ]

    def _seen(self) -> dict[str, Any]:
        seen: dict[str, Any] = {}
        for path in self.files:
            found = path.stat() if path.exists() else None
            facts = found and (found.st_mode, found.st_uid, found.st_mtime_ns, os.listxattr(path))
            seen[path.name] = (facts, path.read_text() if found else None)
        seen["folder"] = sorted(os.listdir(self.folder))
        seen["packages"] = [
            sorted(os.listdir(PROJECT / name)) for name in ("course", "autograder", "solutions")
        ]
        seen["victim"] = self.victim.poll()
        for name, pid in (("victim", self.victim.pid), ("grader", os.getpid())):
            if name == "grader" or seen["victim"] is None:
                seen[f"{name}'s state"] = (
                    os.getpriority(os.PRIO_PROCESS, pid),
                    os.sched_getscheduler(pid),
                    os.sched_getaffinity(pid),
                    resource.prlimit(pid, resource.RLIMIT_CORE),
                )
        called, _, _ = select.select([self.tcp, self.udp, *self._local], [], [], 0)
        seen["calls"] = len(called)
        return seen

    def close(self) -> None:
        self.victim.kill()
        self.victim.wait()
        for each in (self.tcp, self.udp, *self._local):
            each.close()
        shutil.rmtree(self._home)
        shutil.rmtree(self._short)


@pytest.fixture
def outside(tmp_path: Path) -> Generator[Outside]:
    made = Outside(tmp_path / "canaries")
    with contextlib.closing(made):
        yield made


HELPERS = """
def each(do, items):
    said = []
    for item in items:
        try:
            said.append(do(item))
        except Exception as error:
            said.append(type(error).__name__)
    return said

def call(number, *words):
    import ctypes, os
    libc = ctypes.CDLL(None, use_errno=True)
    words = [ctypes.c_long(word) if isinstance(word, int) else word for word in words]
    result = libc.syscall(ctypes.c_long(number), *words)
    return "REACHED" if result >= 0 else os.strerror(ctypes.get_errno())
"""
"""What the cells before a probe define for it: a loop that goes on, and a raw system call."""


def source_of(probe: Callable[..., Any]) -> str:
    """Its text, without what decorates it."""
    text = textwrap.dedent(inspect.getsource(probe))
    return text[text.index("def ") :]


def ask(process: Process, probe: Callable[..., Any], seconds: float = 0.0, **kwargs: Any) -> dict[str, Any]:
    """Run an attack where learners' code runs; return its reply, or how it ended."""
    try:
        return process.ask(
            Probe(
                source=source_of(probe),
                name=probe.__name__,
                kwargs=kwargs,
                folder=process.folder / "attack",
                seconds=seconds or patience.seconds(1.5),
            )
        )
    except Outcome as outcome:
        return {"kind": outcome.status, "message": outcome.message}
