"""A bank that asks nothing: each line it is sent stays in its book, even if the process is killed."""

from __future__ import annotations

from pathlib import Path

_BOOK = Path("bank.txt")


def bank(line: str) -> None:
    """Have the bank do something: a line more in its book, which nobody can take back."""
    with _BOOK.open("a") as book:
        print(line, file=book)


def bank_book() -> list[str]:
    """Return what the bank has done so far, in order."""
    return _BOOK.read_text().splitlines() if _BOOK.exists() else []
