"""Cells that use up what there is, or end what runs them. Each is run as a learner's cell."""

from __future__ import annotations

from dataclasses import dataclass, field

from autograder.sandbox.limits import Needs

from .table import Attack


@dataclass(frozen=True, kw_only=True)
class Cell(Attack):
    """A cell of an attacker's, and how it may end."""

    code: str = field(repr=False)
    ends: frozenset[str] = (
        frozenset()
    )  #: statuses of the process that it ends; empty: it comes to an end itself
    raises: frozenset[str] = frozenset()  #: what it may raise instead
    needs: Needs = field(default=Needs(), repr=False)


def late(name: str, tries: str, code: str) -> Cell:
    return Cell(row="time", name=name, tries=tries, code=code, ends=frozenset({"timed out"}))


def memory(name: str, tries: str, code: str) -> Cell:
    refused = frozenset({"MemoryError", "OSError", "PermissionError", "RuntimeError"})
    ends = frozenset({"out of memory", "killed", "timed out"})
    return Cell(row="memory", name=name, tries=tries, code=code, ends=ends, raises=refused)


def disk(name: str, tries: str, code: str) -> Cell:
    refused = frozenset({"OSError", "PermissionError", "FileNotFoundError"})
    return Cell(row="disk", name=name, tries=tries, code=code, ends=frozenset({"killed"}), raises=refused)


def crash(name: str, tries: str, code: str) -> Cell:
    return Cell(row="the end", name=name, tries=tries, code=code, ends=frozenset({"killed", "tampered"}))


DEAF = """
import signal, time, threading
for number in range(1, 65):
    try: signal.signal(number, signal.SIG_IGN)
    except (OSError, ValueError): pass
signal.pthread_sigmask(signal.SIG_BLOCK, range(1, 65))
"""

TIME = (
    late("infinite loop", "to never end", "while True: pass"),
    late("deaf loop", "every signal blocked and ignored", DEAF + "while True: pass"),
    late("deaf sleep", "to sleep with every signal blocked", DEAF + "time.sleep(10_000)"),
    late("hang in a pattern", "a regular expression that takes years", "import re; re.match(r'(a+)+$', 'a' * 60 + 'b')"),
    late("hang in a number", "9**9**9, in C, where no signal is looked at", "9 ** 9 ** 9"),
    late("hang in SQLite", "a query without end", "import sqlite3; sqlite3.connect(':memory:').execute('WITH RECURSIVE a(b) AS (SELECT 1 UNION ALL SELECT b FROM a) SELECT count(*) FROM a').fetchall()"),
    late("stop itself", "SIGSTOP to itself", "import os, signal, time; os.kill(os.getpid(), signal.SIGSTOP); time.sleep(10_000)"),
    late("catch everything", "a loop that catches what it is told", "while True:\n    try:\n        while True: pass\n    except BaseException: pass"),
    late("end of its own making", "__del__, atexit and a handler that never return", "import atexit, time, sys\nclass D:\n    def __del__(self): time.sleep(10_000)\natexit.register(time.sleep, 10_000)\nd = D(); del d"),
    late("busy threads", "40 threads that never end", "import threading\nfor n in range(40): threading.Thread(target=lambda: [None for _ in iter(int, 1)]).start()\nwhile True: pass"),
    late("tracer", "a trace function that never returns", "import sys, time\nsys.settrace(lambda *a: time.sleep(10_000))\nlen.__name__\n(lambda: 1)()"),
)  # fmt: skip

MEMORY = (
    memory("list", "a list without end", "held = []\nwhile True: held.append('x' * (1 << 24))"),
    memory("bytearray", "8 GB at once", "bytearray(8 << 30)"),
    memory("many small", "many small objects in 64 MB steps", "held = []\nwhile True: held.append(bytes(1 << 26))"),
    memory("shared map", "memory that is nobody's: MAP_SHARED", "import mmap\nheld = []\nwhile True:\n    m = mmap.mmap(-1, 1 << 28); m.write(bytes(1 << 22)); held.append(m)"),
    memory("memfd", "a file that is memory", "import os\nfd = os.memfd_create('x')\nwhile True: os.write(fd, bytes(1 << 24))"),
    memory("/dev/shm", "a file in shared memory", "f = open('/dev/shm/x', 'wb', 0)\nwhile True: f.write(bytes(1 << 20))"),
    memory("/tmp", "a file in /tmp, which may be memory", "f = open('/tmp/x', 'wb', 0)\nwhile True: f.write(bytes(1 << 20))"),
    memory("threads", "1000 threads that wait", "import threading\nstop = threading.Event()\nfor n in range(1000): threading.Thread(target=stop.wait, daemon=True).start()\nraise RuntimeError('REACHED')"),
    memory("pipes", "pipes, filled", "import os\nwhile True:\n    _, end = os.pipe(); os.set_blocking(end, False); os.write(end, bytes(1 << 16))"),
    memory("recursion", "a stack without end", "import sys, threading\nsys.setrecursionlimit(10**9)\ndef f(): return [f()]\nf()"),
    memory("fork bomb", "processes without end", "import os\nwhile True: os.fork()"),
    memory("fork bomb in threads", "the same from threads", "import os, threading\ndef bomb():\n    while True: os.fork()\nfor _ in range(3): threading.Thread(target=bomb).start()\nos.fork()"),
)  # fmt: skip

DISK = (
    disk("bytes", "to fill the disk", "n = 0\nwhile True:\n    open(f'f{n}', 'wb').write(bytes(1 << 20)); n += 1"),
    disk("inodes", "20,000 empty files", "for n in range(20_000): open(f'f{n}', 'w').close()\nimport time; time.sleep(1)"),
    disk("folders", "20,000 empty folders", "import os\nfor n in range(20_000): os.mkdir(f'd{n}')\nimport time; time.sleep(1)"),
    disk("deep folder", "20,000 folders in one another", "import os\nfor n in range(20_000): os.mkdir('d'); os.chdir('d')\nimport time; time.sleep(1)"),
    disk("sparse file", "a file of 10 GB that holds nothing", "f = open('sparse', 'wb'); f.truncate(10 << 30)"),
    disk("removed files", "files that are open and have no name", "import os\nheld = []\nwhile True:\n    f = open('f', 'wb', 0); os.unlink('f'); f.write(bytes(1 << 22)); held.append(f)"),
    disk("mapped files", "files that are mapped, and have neither a name nor a descriptor", "import ctypes, os, time\nmap = ctypes.CDLL(None).mmap\nmap.restype, map.argtypes = ctypes.c_void_p, [ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int, ctypes.c_int, ctypes.c_int, ctypes.c_long]\nfor n in range(25):\n    f = os.open('f', os.O_RDWR | os.O_CREAT); os.unlink('f'); os.ftruncate(f, 1 << 22)\n    at = map(None, 1 << 22, 3, 1, f, 0); os.close(f); ctypes.memset(at, 1, 1 << 22)\ntime.sleep(2)"),
    disk("files under way", "files that are in a socket, and nowhere else", "import os, socket\nheld = []\nwhile True:\n    a, b = socket.socketpair(); f = open('f', 'wb', 0); os.unlink('f'); f.write(bytes(1 << 20)); socket.send_fds(a, [b'x'], [f.fileno()]); held += [a, b]"),
    disk("links", "20,000 symbolic links", "import os\nfor n in range(20_000): os.symlink('x' * 200, f'l{n}')\nimport time; time.sleep(1)"),
    disk("hidden folder", "a folder that cannot be listed", "import os, time\nos.mkdir('d', 0o300)\nfor n in range(20_000): open(f'd/{n}', 'w').close()\ntime.sleep(1)"),
)  # fmt: skip

CRASHES = (
    crash("os._exit", "to end without a word", "import os; os._exit(0)"),
    crash("segfault", "to read address 0", "import ctypes; ctypes.string_at(0)"),
    crash("abort", "SIGABRT", "import os; os.abort()"),
    crash("SIGKILL", "to kill itself", "import os; os.kill(os.getpid(), 9)"),
    crash("SIGTERM", "to end itself", "import os, signal, time; signal.signal(15, signal.SIG_DFL); os.kill(os.getpid(), 15); time.sleep(.1); os._exit(0)"),
    crash("closed descriptors", "to close every descriptor", "import os; os.closerange(0, 1024)"),
    crash("shut channel", "to shut the channel down for reading", "import os, socket; socket.socket(fileno=os.dup(3)).shutdown(socket.SHUT_RDWR)"),
    crash("another channel", "a file in the place of the channel", "import os; os.dup2(os.open('x', os.O_CREAT | os.O_RDWR), 3)"),
    crash("freed object", "to break Python's memory", "import ctypes\nctypes.memset(id(type), 0, 4096)\nint()"),
    crash("no time left", "a processor's time of 0 s", "import resource\nresource.setrlimit(resource.RLIMIT_CPU, (0, 0))\nwhile True: pass"),
)  # fmt: skip
