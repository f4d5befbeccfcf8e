"""Renders Markdown for a terminal: prose wrapped at words, code line by line as it is."""

from __future__ import annotations

import re
from typing import ClassVar

from rich.console import Console, ConsoleOptions, RenderResult
from rich.markdown import CodeBlock, Markdown, MarkdownElement
from rich.syntax import Syntax
from rich.text import Text

_INLINE_CODE = re.compile(r"`([^`\n]+)`")


class _Code(CodeBlock):
    """Rich breaks long lines of code, and what is copied then is no code: the terminal may break them."""

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        code = Syntax("", self.lexer_name, theme="ansi_dark").highlight(str(self.text).rstrip())
        code.rstrip()
        code.no_wrap, code.overflow = True, "ignore"
        yield code


class TerminalMarkdown(Markdown):
    """Markdown whose code can be copied."""

    elements: ClassVar[dict[str, type[MarkdownElement]]] = {
        **Markdown.elements,
        "fence": _Code,
        "code_block": _Code,
    }


def with_code(sentence: str, style: str = "") -> Text:
    """Return a sentence with the text between backticks shown as code, and without the backticks."""
    text, end = Text(style=style), 0
    for found in _INLINE_CODE.finditer(sentence):
        text.append(sentence[end : found.start()])
        text.append(found[1], "bold")
        end = found.end()
    return text.append(sentence[end:])
