"""A graded process runs a cell as IPython does, commands of its own included, and reads plain Python once."""

from __future__ import annotations

import pytest
from IPython.core.async_helpers import (
    _should_be_async,  # pyright: ignore[reportPrivateUsage, reportUnknownVariableType]
)
from IPython.core.inputtransformer2 import TransformerManager

from autograder.sandbox.inside.transformer import QuickTransformer, may_await

PLAIN = (
    "x = 1\n",
    "if a != b:\n    print(f'{a}, {b}; {a / b}')",
    "values = [\n    1\n    , 2\n]\n",
    "'''\n%time\n'''",
)
COMMANDS = (
    "%time x = 1",
    "%%time\nx = 1",
    "x = %who_ls",
    "x = \\\n%who_ls",
    "!ls",
    "if a:\n    !ls",
    "files = !ls",
    "!!ls",
    "len?",
    "?len",
    "len??  ",
    ",print a b",
    ";print a b",
    "/print a",
    "a = 1\r,print a",
    ">>> x = 1\n>>> !ls",
    "In [1]: %time x",
    "    %time x",
    "x != 1; y = !ls",
)


@pytest.mark.parametrize("cell", [*PLAIN, *COMMANDS])
def test_cells_are_read_as_by_ipython(cell: str):
    assert QuickTransformer().transform_cell(cell) == TransformerManager().transform_cell(cell)


def test_a_transformer_that_was_added_is_used():
    class Shout:
        priority, start_line, start_col = 1, 0, 0

        @classmethod
        def find(cls, tokens_by_line: list[list[object]]) -> Shout | None:
            return cls() if tokens_by_line[0][0].string == "shout" else None  # pyright: ignore[reportAttributeAccessIssue]

        def sortby(self) -> tuple[int, int, int]:
            return 0, 0, 1

        def transform(self, lines: list[str]) -> list[str]:
            return ["print('SHOUT')\n", *lines[1:]]

    transformer = QuickTransformer()
    transformer.token_transformers.append(Shout)  # pyright: ignore[reportArgumentType]
    assert transformer.transform_cell("shout\n") == "print('SHOUT')\n"


@pytest.mark.parametrize(
    "cell",
    ["await f()", "async with f(): pass", "[x async for x in f()]", "async def f(): pass", "x = 1", "await"],
)
def test_a_cell_that_awaits_is_found(cell: str):
    assert may_await(cell) or not _should_be_async(cell)
