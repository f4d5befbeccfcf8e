"""Prints Markdown to a terminal, with code that can be copied."""

from __future__ import annotations

from typing import ClassVar

from rich.console import Console, ConsoleOptions, RenderResult
from rich.markdown import CodeBlock, Markdown, MarkdownElement
from rich.syntax import Syntax


class _Code(CodeBlock):
    """Rich breaks long lines of code, and what is copied then is no code: the terminal may break them."""

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        code = Syntax("", self.lexer_name, theme="ansi_dark").highlight(str(self.text).rstrip())
        code.rstrip()
        code.no_wrap, code.overflow = True, "ignore"
        yield code


class _Markdown(Markdown):
    elements: ClassVar[dict[str, type[MarkdownElement]]] = {
        **Markdown.elements,
        "fence": _Code,
        "code_block": _Code,
    }


def print_markdown(text: str) -> None:
    """Print Markdown: prose wrapped to the terminal's width, code line by line as it is."""
    Console().print(_Markdown(text), crop=False)
