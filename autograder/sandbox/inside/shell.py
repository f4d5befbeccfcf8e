"""Runs notebook cells in IPython's shell, and collects their outputs in nbformat's form.

No kernel and no sockets: a graded process is a fork of this one, and neither would survive a fork.
"""

from __future__ import annotations

import base64
import io
import sys
from typing import Any

from IPython.core.displayhook import DisplayHook
from IPython.core.displaypub import DisplayPublisher
from IPython.core.interactiveshell import InteractiveShell
from traitlets import Instance
from traitlets.config import Config

from autograder.sandbox.inside.probe import describe
from autograder.sandbox.inside.transformer import QuickTransformer, may_await


class Outputs:
    """The outputs of the cell that is running.

    Attributes:
        limit: characters that are kept for each cell. What it puts out beyond is cut, and says so.
    """

    def __init__(self) -> None:
        self.limit = 1 << 20
        self.items: list[dict[str, Any]] = []
        self.size = 0

    def take(self) -> list[dict[str, Any]]:
        """Return what the cell put out, and begin anew."""
        items, self.items, self.size = self.items, [], 0
        return items

    def add(self, size: int, item: dict[str, Any]) -> None:
        """Keep an output, unless the cell has put out too much."""
        was, self.size = self.size, self.size + size
        if self.size <= self.limit:
            self.items.append(item)
        elif was <= self.limit:
            self.items.append(_stream("stderr", f"[output cut after {self.limit:,} characters]\n"))

    def write(self, name: str, text: str) -> None:
        """Keep printed text; a run of prints to one stream is one output."""
        last = self.items[-1] if self.items else {}
        if last.get("name") == name and self.size + len(text) <= self.limit:
            last["text"] += text
            self.size += len(text)
        else:
            self.add(len(text), _stream(name, text))

    def bundle(self, kind: str, data: dict[str, Any], metadata: dict[str, Any] | None, **more: Any) -> None:  # noqa: ANN401
        """Keep a rich output."""
        data = {k: base64.b64encode(v).decode() if isinstance(v, bytes) else v for k, v in data.items()}
        size = sum(len(str(v)) for v in data.values())
        self.add(size, {"output_type": kind, "data": data, "metadata": metadata or {}, **more})


def _stream(name: str, text: str) -> dict[str, Any]:
    return {"output_type": "stream", "name": name, "text": text}


OUTPUTS = Outputs()


class _Stream(io.TextIOBase):
    """Stands for `sys.stdout` and `sys.stderr` of a cell."""

    def __init__(self, name: str) -> None:
        self._name = name

    def write(self, text: str, /) -> int:
        OUTPUTS.write(self._name, text)
        return len(text)

    def writable(self) -> bool:
        return True


class _Publisher(DisplayPublisher):
    def publish(  # pyright: ignore[reportIncompatibleMethodOverride] — the rest is not for us
        self,
        data: dict[str, Any],
        metadata: dict[str, Any] | None = None,
        **_: Any,  # noqa: ANN401
    ) -> None:
        OUTPUTS.bundle("display_data", data, metadata)

    def clear_output(self, wait: bool = False) -> None:
        OUTPUTS.take()


class _Hook(DisplayHook):
    def write_output_prompt(self) -> None:
        pass

    def write_format_data(self, format_dict: dict[str, Any], md_dict: dict[str, Any] | None = None) -> None:
        OUTPUTS.bundle("execute_result", format_dict, md_dict, execution_count=self.prompt_count)

    def finish_displayhook(self) -> None:
        pass


class Shell(InteractiveShell):
    """IPython's shell, with outputs kept instead of shown. Make it before the fork: it takes 0.2 s."""

    failure: BaseException | None = None
    input_transformer_manager = Instance(QuickTransformer, ())

    def __init__(self) -> None:
        config = Config()
        config.HistoryManager.enabled = False
        super().__init__(
            config=config, displayhook_class=_Hook, display_pub_class=_Publisher, colors="nocolor"
        )

    def _showtraceback(self, etype: type[BaseException], evalue: BaseException, stb: list[str]) -> None:
        self.failure = evalue
        item = {"output_type": "error", "ename": etype.__name__, "evalue": str(evalue), "traceback": stb}
        OUTPUTS.add(len("".join(stb)), item)

    def should_run_async(self, raw_cell: str, **how: Any) -> bool:  # noqa: ANN401 — IPython's
        return may_await(raw_cell) and super().should_run_async(raw_cell, **how)

    def enable_gui(self, gui: str | None = None) -> None:
        """Do nothing: a graded process has no screen."""

    def start(self) -> None:
        """Take over the standard streams. Call it in the child, after the fork."""
        sys.stdin, sys.stdout, sys.stderr = io.StringIO(), _Stream("stdout"), _Stream("stderr")

    def run(self, source: str) -> dict[str, Any]:
        """Run a cell; return its outputs, its number, and what it raised, if it did."""
        OUTPUTS.take()
        self.failure = None
        count = self.execution_count
        result = self.run_cell(source, store_history=True)
        error = result.error_before_exec or result.error_in_exec or self.failure
        return {
            "outputs": OUTPUTS.take(),
            "execution_count": count,
            "failure": describe(error) if error else None,
        }
