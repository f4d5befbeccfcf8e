"""Takes card numbers, keys and tokens out of what people type: LangGraph saves every word in each checkpoint.

It knows their usual forms, and nothing else: a password has none. Add the forms that your customers type.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from itertools import chain
from typing import Any, cast

Clean = Callable[[Any], Any]
_SPACE = r"[ .\u00a0\u2009\u202f-]?"
_FORMS = (("[2456]", 15), ("35", 14), ("3[47]", 13), ("3[068]", 12), ("[46]", 18))
CARDS = tuple(
    # In a lookahead, since a date before a card may look like its beginning.
    re.compile(rf"(?<!\w)(?<!\d[.-])(?=(?P<card>{first}(?:{_SPACE}\d){{{more}}})(?!\w|[.-]\d))", re.ASCII)
    for first, more in _FORMS
)
"""Cards as people type them: how each kind begins, how many digits follow, and spaces in any place."""

KEY = re.compile(
    r"(?<![A-Za-z_])(?:sk-[\w-]{20,200}|AKIA[A-Z0-9]{16}|gh[pousr]_\w{36,200}|github_pat_\w{22,200}"
    r"|glpat-[\w-]{20,200}|xox[abeprs]-[\w-]{10,200}|hf_[A-Za-z]{30,60}|lsv2_[a-z]{2}_\w{32,100}"
    r"|AIza[\w-]{35}|eyJ[\w-]{10,2000}\.eyJ[\w-]{10,4000}\.[\w-]{10,2000})",
    re.ASCII,
)
"""Keys of model providers, clouds and repositories, and the tokens that a login gives."""


def found_in(text: str, cards: Iterable[re.Pattern[str]] = CARDS) -> Iterator[tuple[str, str]]:
    """Yield each secret in a text, with its kind."""
    for found in chain.from_iterable(card.finditer(text) for card in cards):
        if _checks_out(re.sub(r"\D", "", found["card"])):
            yield "card number", found["card"]
    for key in KEY.finditer(text):
        yield "API key", key[0]


def redacted(text: str) -> str:
    """Take the secrets out of a text, before anything saves it."""
    for kind, secret in list(found_in(text)):
        text = text.replace(secret, f"[{kind}]")
    return text


def without_secrets(value: Any) -> Any:  # noqa: ANN401 — whatever a person or a model gave
    """Take them out of each text in a value, as an answer's fields or an error's arguments."""
    match value:
        case str():
            return redacted(value)
        case dict():
            return {key: without_secrets(each) for key, each in cast("dict[Any, Any]", value).items()}
        case list() | tuple():
            several = cast("list[Any] | tuple[Any, ...]", value)
            return type(several)(without_secrets(each) for each in several)
        case _:
            return value


def _checks_out(digits: str) -> bool:
    """Say whether the last digit of a card number fits the others (Luhn)."""
    doubled = [int(digit) * (1 + place % 2) for place, digit in enumerate(reversed(digits))]
    return sum(number - 9 * (number > 9) for number in doubled) % 10 == 0
