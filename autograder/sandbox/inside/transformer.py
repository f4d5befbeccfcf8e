"""Spares cells of plain Python the search for IPython's own syntax, which takes as long as running them."""

from __future__ import annotations

import re

from IPython.core.inputtransformer2 import TransformerManager

_ITS_OWN = re.compile(r"!(?!=)|[?%]|^\s*[,;/]")
"""What a line has that holds a command of IPython's. A line of Python's may have it, too."""


class QuickTransformer(TransformerManager):
    """IPython's transformer, which reads a cell token by token only where one of its commands may be."""

    def __init__(self) -> None:
        super().__init__()
        self._usual = list(self.token_transformers)

    def do_token_transforms(self, lines: list[str]) -> list[str]:
        """Return the lines as Python; a cell may have added transformers of its own."""
        if self.token_transformers == self._usual and not any(map(_ITS_OWN.search, lines)):
            return lines
        return super().do_token_transforms(lines)  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType]


def may_await(cell: str) -> bool:
    """Whether a cell may have an `await` at top level; to know, IPython compiles it once more."""
    return "await" in cell or "async" in cell
