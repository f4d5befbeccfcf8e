"""Prints Markdown to a terminal, with code that can be copied."""

from __future__ import annotations

from rich.console import Console

from course.learner.terminal_text import TerminalMarkdown


def print_markdown(text: str) -> None:
    """Print Markdown: prose wrapped to the terminal's width, code line by line as it is."""
    Console().print(TerminalMarkdown(text), crop=False)
