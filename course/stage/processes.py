"""Runs a lesson's graph in another process, which may be killed: for one call, or until it is killed."""

from __future__ import annotations

import pickle
import signal
import subprocess
import sys
import tempfile
from contextlib import suppress
from importlib import import_module
from pathlib import Path
from typing import Any

_CHILD = [sys.executable, "-m", __name__]


class Desk:
    """Serve the `graph` of a file on one thread, in a process of its own.

    The process takes a customer's text a line and answers with the last message, as a small server would.
    """

    def __init__(self, file: str, thread_id: str) -> None:
        command = [*_CHILD, "serve", file, thread_id]
        pipes: dict[str, Any] = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
        self._errors = tempfile.TemporaryFile("w+")  # noqa: SIM115 — open as long as the process
        self.process = subprocess.Popen(command, stderr=self._errors, **pipes)

    def ask(self, text: str) -> None:
        """Send one line, and print it with the reply.

        Raises:
            RuntimeError: the process has ended; the message holds its traceback.
        """
        assert self.process.stdin and self.process.stdout
        with suppress(BrokenPipeError):
            print(text, file=self.process.stdin, flush=True)
        if not (reply := self.process.stdout.readline()):
            self.process.wait()
            self._errors.seek(0)
            raise RuntimeError(f"no reply: {_end(self.process.returncode)}\n{self._errors.read()[-4000:]}")
        print(f"Mara:  {text}\nClerk: {reply.strip()}")

    def kill(self) -> None:
        """End the process by SIGKILL: no handler runs, and nothing more is saved."""
        self.process.kill()
        print(_end(self.process.wait()))
        with suppress(BrokenPipeError):
            self.process.communicate()
        self._errors.close()


def elsewhere(file: str, given: object, thread_id: str = "1", **options: object) -> None:
    """Invoke the `graph` of a file in a new process, and print what it asks or says, or how it was killed.

    Args:
        file: a Python file in this folder that defines `graph`.
        given: the input, `None` to carry on, or a `Command`.
        thread_id: the thread of the run.
        options: handed to `invoke`, such as `durability="sync"`.

    Raises:
        subprocess.CalledProcessError: the run raised; its traceback has been printed.
    """
    command = [*_CHILD, "once", file, thread_id]
    ran = subprocess.run(command, input=pickle.dumps((given, options)), capture_output=True)
    if ran.returncode < 0:
        print(_end(ran.returncode))
        return
    if ran.returncode:
        print(ran.stderr.decode())
        ran.check_returncode()
    print(ran.stdout.decode().strip())


def _end(status: int) -> str:
    return f"[ended by {signal.Signals(-status).name}]" if status < 0 else f"[exit status {status}]"


def _last_words(state: dict[str, Any]) -> str:
    if "__interrupt__" in state:
        return f"asks: {state['__interrupt__'][0].value}"
    if "messages" in state:
        return " ".join(state["messages"][-1].text.split())
    return str(state)


def _main(how: str, file: str, thread_id: str) -> None:
    sys.path.insert(0, str(Path.cwd()))
    graph = import_module(Path(file).stem).graph
    config = {"configurable": {"thread_id": thread_id}}
    if how == "once":
        given, options = pickle.load(sys.stdin.buffer)  # written by `elsewhere`, and by nobody else
        print(_last_words(graph.invoke(given, config, **options)))
        return
    for line in sys.stdin:
        given = {"messages": [("user", line.strip())]}
        print(_last_words(graph.invoke(given, config)), flush=True)


if __name__ == "__main__":
    _main(*sys.argv[1:])
