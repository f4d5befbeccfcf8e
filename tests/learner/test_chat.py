"""`course chat` as somebody uses it: in a terminal of 80 columns, killed in mid-conversation, and over a pipe."""

from __future__ import annotations

import fcntl
import os
import pty
import re
import select
import signal
import struct
import subprocess
import sys
import termios
import time
from pathlib import Path

import pytest

from course.support_agent.shop import SqliteShop
from tests.support.patience import seconds

COURSE = [sys.executable, "-c", "from course.cli.entry import main; main()"]


class Terminal:
    """A program in a terminal of its own."""

    def __init__(self, *command: str) -> None:
        self._master, inside = pty.openpty()
        fcntl.ioctl(inside, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
        env = os.environ | {"TERM": "xterm", "COLUMNS": "80"}
        env.pop("COURSE_MODEL", None)
        streams = {"stdin": inside, "stdout": inside, "stderr": inside}
        self.process = subprocess.Popen([*COURSE, *command], env=env, start_new_session=True, **streams)
        os.close(inside)
        self.seen = ""

    def type(self, line: str, until: str, prompt: str = "ida>") -> str:
        """Type a line, and return what's shown until a text appears, and the prompt after it.

        Whoever types ahead of a prompt finds it before the answer, in the same line.
        """
        os.write(self._master, f"{line}\n".encode())
        shown = self.read(until)
        return shown if prompt in shown.rpartition(until.split()[-1])[2] else shown + self.read(prompt)

    def read(self, until: str) -> str:
        shown, end = "", time.monotonic() + seconds()
        while until not in " ".join(shown.split()):
            assert time.monotonic() < end, f"no {until!r} in {shown}"
            if select.select([self._master], [], [], 0.1)[0]:
                shown += re.sub(r"\x1b\[[0-9;?]*[a-zA-Z]", "", os.read(self._master, 65536).decode())
        self.seen += shown
        return shown

    def kill(self) -> None:
        self.process.send_signal(signal.SIGKILL)
        assert self.process.wait(seconds()) == -signal.SIGKILL
        os.close(self._master)


@pytest.mark.alone
def test_a_conversation_goes_on_after_a_kill(tmp_path: Path):
    file = tmp_path / "chat.db"
    first = Terminal("chat", str(file))
    first.read("ida>")
    first.type("I want 30.00 back for order 7, they were brown.", until="[waits for staff] refund 30.00")
    first.type("/staff mia yes", until="not understood")
    first.kill()
    assert SqliteShop(file).ledger() == []
    second = Terminal("chat", str(file))
    shown = second.read("ida>")
    assert "Welcome back" in shown
    assert "[waits for staff] refund 30.00 for order 7" in shown
    second.type("/staff mia approve", until="Receipt: r-7.")
    assert [line["cents"] for line in SqliteShop(file).ledger()] == [3000]
    assert "--thread ida" in second.type("/quit", until="--thread ida", prompt="")
    assert second.process.wait(seconds()) == 0
    shown = f"{first.seen}{second.seen}".splitlines()
    lines = [line for line in shown if "course timeline" not in line]  # a command is never wrapped
    assert max(map(len, lines)) <= 80, max(lines, key=len)


def test_what_is_no_place_for_a_conversation_is_said_in_a_line(tmp_path: Path):
    (tmp_path / "notes.txt").write_text("no database")
    for file in (tmp_path, tmp_path / "notes.txt", tmp_path / "none" / "chat.db"):
        ran = subprocess.run([*COURSE, "chat", str(file)], capture_output=True, text=True, input="")
        assert (ran.returncode != 0, ran.stdout, len(ran.stderr.splitlines())) == (True, "", 1)
    assert (tmp_path / "notes.txt").read_text() == "no database"
