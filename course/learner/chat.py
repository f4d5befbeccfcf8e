"""Talks to the support agent in a terminal: a conversation over one file, which goes on after a kill."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.markup import escape

from course.learner.chat_model import chat_model
from course.support_agent import memory
from course.support_agent.scripted import UNDERSTOOD, clerk
from course.support_agent.secrets import redacted
from course.support_agent.sessions import Door
from course.support_agent.shop import Order, SqliteShop
from course.support_agent.turn import Turn, spoken

ORDERS = [
    Order(order="7", customer="ida", item="20 tulips", paid=4000, status="sent on Monday"),
    Order(order="8", customer="ida", item="5 lilies", paid=1500, status="packed"),
    Order(order="9", customer="ben", item="50 roses", paid=9000, status="sent on Friday"),
]
HELP = """[bold]/staff mia approve[/]    approve the refund that waits, as Mia ([bold]refuse[/] says no)
[bold]/staff mia say TEXT[/]   answer the customer, as Mia; [bold]done TEXT[/] gives them back
[bold]/staff mia TEXT[/]       answer anything else, such as "yes": the desk asks again
[bold]/help[/]   [bold]/quit[/]"""


class Chat:
    """One customer's conversation with the desk."""

    def __init__(self, file: Path, customer: str, console: Console) -> None:
        self._file, self._customer, self._console = file, customer, console
        self._door = Door(file, chat_model(clerk))
        shop = SqliteShop(file)
        shop.stock(ORDERS)
        if not self._door.store.search(memory.SHOP_POLICIES, limit=1):
            text = "Refunds up to 20.00 are made at once. Above that, a person decides."
            self._door.store.put(memory.SHOP_POLICIES, "refunds", {"text": text})

    def run(self, read: Callable[[str], str]) -> None:
        """Read lines until the end of the input, or `/quit`."""
        self._greet()
        while True:
            try:
                line = read(f"{self._customer}> ").strip()
            except EOFError:
                break
            if line == "/quit":
                break
            if line:
                self._try(line)
        self._console.print("\nThe conversation is kept. See its every step:")
        command = f"course timeline {self._file} --thread {self._customer}"
        self._console.print(f"  {command}", markup=False, soft_wrap=True)  # in one line, to be copied

    def _greet(self) -> None:
        self._console.print(
            f"[bold]The flower shop's support agent.[/] You're {escape(self._customer)}. Try:"
        )
        for sentence in UNDERSTOOD:
            self._console.print(f"  {sentence}", style="cyan", markup=False, highlight=False)
        self._console.print(HELP)
        finished = self._door.recover(self._customer)
        known = spoken(self._door.graph.get_state({"configurable": {"thread_id": self._customer}}))
        if known:
            self._console.print(f"\nWelcome back. {len(known)} messages so far; the last ones:", style="dim")
        for who, text in known[-4:]:
            self._console.print(f"  {who}: {text}", style="dim", markup=False)
        self._show(Turn([], finished.waiting))

    def _try(self, line: str) -> None:
        """Take a line. A real model may be out of reach, and the conversation outlives that too."""
        try:
            self._take(line)
        except Exception as problem:
            what = redacted(f"{type(problem).__name__}: {problem}")
            told = f"It didn't work: {what}. Your next line goes on from here."
            self._console.print(told, style="red", markup=False)

    def _take(self, line: str) -> None:
        word, _, rest = line.partition(" ")
        if word == "/staff" and rest:
            name, _, answer = rest.partition(" ")
            self._show(self._door.answer(name, self._customer, self._read_answer(answer)))
        elif word.startswith("/"):
            self._console.print(HELP)
        else:
            self._show(self._door.say(self._customer, self._customer, line))

    def _read_answer(self, text: str) -> object:
        """Turn what staff typed into an answer: the short forms, JSON, or the text as it is."""
        word, _, rest = text.partition(" ")
        if word in ("say", "done"):
            return {"say": rest, "done": word == "done"}
        if word in ("approve", "refuse"):
            waits = self._door.recover(self._customer).waiting
            return {"order": waits[0].get("order") if waits else None, "approve": word == "approve"}
        try:
            return json.loads(text)
        except ValueError:
            return text

    def _show(self, turn: Turn) -> None:
        for reply in turn.replies:
            self._console.print(f"desk: {reply}", style="green", markup=False, highlight=False)
        for asked in turn.waiting:
            self._console.print(_question(asked), style="yellow", markup=False, highlight=False)


def _question(asked: dict[str, Any]) -> str:
    problem = f" (not understood: {asked['problem']})" if asked.get("problem") else ""
    if asked["kind"] == "refund":
        about = f"refund {asked['cents'] / 100:.2f} for order {asked['order']}? {asked['reason']}"
        return f"[waits for staff] {about}{problem}"
    return f"[waits for staff] {' / '.join(asked['said'])}{problem}"


def talk(file: Path, customer: str) -> None:
    """Talk until the end of the input."""
    console = Console(highlight=False)
    Chat(file, customer, console).run(console.input if console.is_terminal else _plain)


def _plain(_: str) -> str:
    return input()
