"""The list of allowed system calls: no other is answered, and ordinary cells need no other."""

from __future__ import annotations

import errno
import platform
import re
from pathlib import Path

import pytest

from autograder.sandbox.walls import allowed_calls as calls
from autograder.sandbox.zygote_client import ZygoteClient

from .table import Attack
from .zygotes import ask

PAGE = Path(__file__).parents[2] / "docs" / "security.md"
seccomp = pytest.importorskip("pyseccomp")

SOMETIMES = (
    *("clone", "socketpair", "sendto", "tgkill", "kill", "rt_sigqueueinfo", "rt_tgsigqueueinfo"),
    *("setpriority", "fcntl", "ioctl", "prctl", *calls.ON_ONESELF, *calls.SLOWS_OTHERS),
    *(*calls.MODES, *calls.OWNERS, *calls.TIMES, calls.SET_TIMES),
)
PAST_SECCOMP = {335, 336}  #: uretprobe and uprobe of x86: the kernel lets them by and ends who had no probe
EVERY_OTHER = Attack(
    name="every call that is not on the list",
    row="the machine",
    tries="Make all system calls by their numbers.",
)
COMMANDS = Attack(
    name="rare commands", row="the machine", tries="Ask fcntl, ioctl and prctl for what isn't on their lists."
)


def numbers(*names: str) -> set[int]:
    found = set[int]()
    for name in names:
        try:
            found.add(seccomp.resolve_syscall(seccomp.Arch.NATIVE, name))
        except (OSError, ValueError, RuntimeError):
            continue
    return found


def call_all(refused):
    import ctypes

    libc = ctypes.CDLL(None, use_errno=True)
    said = {}
    for number in refused:
        result = libc.syscall(*(ctypes.c_long(word) for word in (number, -1, -1, -1, -1, -1, -1)))
        said[str(number)] = ctypes.get_errno() if result == -1 else 0
    return said


@pytest.mark.parametrize("attack", [EVERY_OTHER], ids=str)
def test_no_other_call_is_answered(attack: Attack, tier: str, zygote: ZygoteClient, record_property):
    known = numbers(*calls.ALLOWED, *SOMETIMES) | calls.NEW_AND_ALLOWED.keys() | PAST_SECCOMP
    refused = [number for number in range(600) if number not in known]
    with zygote.submission([""]) as process:
        said = ask(process, call_all, refused=refused)
    assert "value" in said, said
    answered = {number for number, error in said["value"].items() if error not in (errno.EPERM, errno.ENOSYS)}
    record_property("saw", f"{len(refused)} calls, {len(answered)} answered")
    assert len(said["value"]) == len(refused) > 200 and answered == set()


def command_all():
    import ctypes
    import fcntl
    import os

    libc = ctypes.CDLL(None, use_errno=True)
    inside = os.open("mine", os.O_RDWR | os.O_CREAT)
    said = {}
    for command in (8, 10, 15, 1024, 1025, 1026, 1033):
        try:
            said[f"fcntl {command}"] = fcntl.fcntl(inside, command, 0) * 0
        except OSError as error:
            said[f"fcntl {command}"] = error.errno
    for command in (0x5412, 0x541C, 0x5423, 0x6601, 0x8904, 0xC0045878 & 0x7FFFFFFF):
        result = libc.ioctl(inside, ctypes.c_ulong(command), ctypes.c_long(0))
        said[f"ioctl {command:x}"] = ctypes.get_errno() if result < 0 else 0
    for option in (1, 4, 8, 22, 24, 28, 31, 35, 41, 47, 55, 59, 62, 0x59616D61):
        result = libc.prctl(option, *(ctypes.c_ulong(0) for _ in range(4)))
        said[f"prctl {option}"] = ctypes.get_errno() if result < 0 else 0
    return said


@pytest.mark.parametrize("attack", [COMMANDS], ids=str)
def test_no_rare_command_is_answered(attack: Attack, tier: str, zygote: ZygoteClient, record_property):
    with zygote.submission([""]) as process:
        said = ask(process, command_all)
    record_property("saw", f"{len(said['value'])} commands")
    assert set(said["value"].values()) == {errno.EPERM}, said


CELLS = """
import asyncio, concurrent.futures, mmap, os, pathlib, selectors, shutil, signal, socket, sqlite3, tempfile
import threading, time, zipfile, resource, random, uuid, logging
with tempfile.TemporaryDirectory() as folder:
    one = pathlib.Path(folder, "one"); one.write_text("x" * 100_000)
    for copy in (shutil.copy, shutil.copy2, shutil.copyfile, shutil.move): copy(one, pathlib.Path(folder, copy.__name__)); one.write_text("x")
    shutil.copytree(folder, folder + "2"); shutil.make_archive(folder + "3", "zip", folder); shutil.rmtree(folder + "2")
    os.link(one, folder + "/l"); os.symlink(one, folder + "/s"); os.replace(folder + "/l", folder + "/m"); os.truncate(one, 3)
    shutil.disk_usage(folder); os.sync(); os.posix_fallocate(os.open(one, os.O_RDWR), 0, 4096); os.mkfifo(folder + "/p")
    with open(one, "r+b") as f, mmap.mmap(f.fileno(), 0) as m: m[0:1] = b"y"; m.flush(); os.fsync(f.fileno()); os.lockf(f.fileno(), os.F_TLOCK, 0)
    for mode in ("WAL", "DELETE", "TRUNCATE"):
        db = sqlite3.connect(folder + "/db"); db.execute("PRAGMA journal_mode = " + mode); db.execute("CREATE TABLE IF NOT EXISTS t (a)"); db.execute("INSERT INTO t VALUES (1)"); db.commit()
        with sqlite3.connect(folder + "/other.db") as other: db.backup(other)
        db.execute("VACUUM"); db.close()
with concurrent.futures.ThreadPoolExecutor(20) as pool: list(pool.map(lambda _: time.sleep(0.001), range(50)))
async def waits():
    async with asyncio.timeout(5): await asyncio.gather(*(asyncio.sleep(0.001) for _ in range(50)), asyncio.to_thread(time.sleep, 0.001))
asyncio.run(waits())
a, b = socket.socketpair(); a.send(b"x"); b.recv(1); a.close(); b.close()
signal.signal(signal.SIGALRM, lambda *_: None); signal.setitimer(signal.ITIMER_REAL, 0.001); time.sleep(0.01)
os.getpriority(os.PRIO_PROCESS, 0); os.nice(1); os.sched_setaffinity(0, os.sched_getaffinity(0)); resource.setrlimit(resource.RLIMIT_NOFILE, (100, 100))
os.getloadavg; os.cpu_count(); os.times(); os.uname(); os.getgroups(); uuid.uuid4(); os.eventfd(0); os.pipe2(os.O_NONBLOCK)
"""


def test_ordinary_cells_need_no_other(zygote: ZygoteClient, tier: str):
    with zygote.submission(
        [CELLS, "import numpy as np; (np.ones((300, 300)) @ np.ones((300, 300))).sum()"]
    ) as process:
        for run in process.runs.values():
            assert run.ended is None and run.failure is None, run


@pytest.mark.skipif(platform.machine() != "x86_64", reason="other processors have fewer names for the same")
def test_the_page_says_how_many_there_are():
    page = " ".join(PAGE.read_text("utf-8").split())
    said = re.search(r"it lists (\d+) calls, and (\d+) more with conditions", page)
    assert said and int(said[1]) == len(numbers(*calls.ALLOWED) | calls.NEW_AND_ALLOWED.keys())
    assert int(said[2]) == len(numbers(*SOMETIMES) - numbers(*calls.SLOWS_OTHERS))
