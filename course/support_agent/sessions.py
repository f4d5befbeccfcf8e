"""The desk's door: whose thread it is, one call at a time in a thread, and who the caller is."""

from __future__ import annotations

from pathlib import Path

from langchain_core.callbacks import Callbacks
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AnyMessage
from langchain_core.runnables import RunnableConfig
from langgraph.checkpoint.sqlite import SqliteSaver
from langgraph.store.sqlite import SqliteStore
from langgraph.types import Command

from course.support_agent.files import alone, connect
from course.support_agent.graph import desk
from course.support_agent.secrets import Clean, without_secrets
from course.support_agent.shop import Shop, SqliteShop
from course.support_agent.state import Context, Desk
from course.support_agent.turn import Turn, admitted, signed, turn_of

THREADS = ("threads",)


class Door:
    """A desk over one SQLite file. Several processes may open it at once."""

    clean: Clean = staticmethod(without_secrets)  #: sees what's typed before anything saves it

    def __init__(
        self, path: str | Path, model: BaseChatModel, shop: Shop | None = None, watch: Callbacks = None
    ) -> None:
        self.path = Path(path)
        self.saver, self.store = SqliteSaver(connect(path)), SqliteStore(connect(path))
        self.saver.setup()
        self.store.setup()
        self.shop = shop or SqliteShop(path)
        self.graph = desk(model, self.shop).compile(self.saver, store=self.store).with_config(callbacks=watch)

    def say(self, customer: str, thread: str, text: str, id: str | None = None, now: str = "") -> Turn:
        """Give a customer's message to the desk. A message with a known `id` isn't answered twice."""
        with alone(self.path, thread) as config:
            self._claim(customer, thread)
            before = self._finish(config, customer, now)
            if id is None or id not in {m.id for m in before}:
                said = Desk(messages=[admitted(self.clean(text), id, before)], refunds=[], log=[])
                self.graph.invoke(said, config, context=Context(customer, now), durability="sync")
            return turn_of(self.graph.get_state(config), before)

    def answer(self, staff: str, thread: str, answer: object, now: str = "") -> Turn:
        """Give a member of staff's answer to the question that waits. Without one, nothing happens."""
        with alone(self.path, thread) as config:
            before = self._finish(config, self.owner(thread), now)
            for asked in self.graph.get_state(config).interrupts[:1]:
                resume: Command[str] = Command(resume={asked.id: signed(self.clean(answer), staff)})
                self.graph.invoke(resume, config, context=Context(self.owner(thread), now), durability="sync")
            return turn_of(self.graph.get_state(config), before)

    def owner(self, thread: str) -> str | None:
        """Return the customer whose thread it is."""
        item = self.store.get(THREADS, thread)
        return item.value["customer"] if item else None

    def recover(self, thread: str, now: str = "") -> Turn:
        """Finish a run that was killed. A run that waits for staff goes on waiting."""
        with alone(self.path, thread) as config:
            before = self._finish(config, self.owner(thread), now)
            return turn_of(self.graph.get_state(config), before)

    def _claim(self, customer: str, thread: str) -> None:
        if not customer or not thread or self.owner(thread) not in (None, customer):
            raise PermissionError(f"thread {thread!r} is not one of {customer!r}'s")
        self.store.put(THREADS, thread, {"customer": customer})

    def _finish(self, config: RunnableConfig, customer: str | None, now: str) -> list[AnyMessage]:
        before = self.graph.get_state(config)
        if before.tasks and not before.interrupts:  # `next` is empty where a step is half saved
            before = self.graph.get_state(before.config)  # without replies that nobody was told yet
            self.graph.invoke(None, config, context=Context(customer, now), durability="sync")
        return before.values.get("messages", [])
