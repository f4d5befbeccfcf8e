"""Models a thread as a tree of steps, each with what changed and who changed it.

Pure values: nothing here reads a database, imports LangGraph or knows how a timeline looks.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from timetravel.model.changes import Change

State = Literal["past", "finished", "pending", "half-committed", "waiting", "failed"]
"""How a step stands: `past` has successors, the others are ends of a branch."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """One node that runs, or is to run, from a checkpoint."""

    id: str
    name: str
    finished: bool = False  #: its writes are saved
    result: Any = None  #: what it wrote: channel -> value, where that is known
    error: str | None = None  #: the exception's repr; stays when a later try went well
    interrupts: tuple[Any, ...] = ()  #: the questions it asked; stay when they were answered
    namespace: str | None = None  #: where the checkpoints of its subgraph are

    @property
    def status(self) -> Literal["done", "failed", "waiting", "not run"]:
        """How it stands now."""
        if self.finished:
            return "done"
        if self.error is not None:
            return "failed"
        return "waiting" if self.interrupts else "not run"


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """A checkpoint as a saver or a database hands it over, before it is compared with its parent."""

    checkpoint_id: str
    parent_id: str | None
    step: int | None
    source: str
    created_at: str
    values: Mapping[str, Any]
    tasks: tuple[Task, ...] = ()
    wrote: Mapping[str, Any] = field(
        default_factory=dict[str, Any]
    )  #: by whom and what; databases before 2025
    given: Any = None  #: the input, where `source` is "input" and it is known
    metadata: Mapping[str, Any] = field(default_factory=dict[str, Any])


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """A checkpoint with its place in the tree.

    `nodes` wrote it, `tasks` run from it, `next` are those of them that have not finished. `changes` is None
    when its parent is not at hand. `branch` counts from 0 in the order in which branches were made.
    """

    checkpoint_id: str
    parent_id: str | None
    step: int | None
    source: str  #: "input", "loop", "update" or "fork"
    nodes: tuple[str, ...]
    written: tuple[tuple[str, Mapping[str, Any]], ...]  #: each node that wrote, and channel -> what it wrote
    created_at: str
    values: Mapping[str, Any]
    changes: tuple[Change, ...] | None
    given: Any
    next: tuple[str, ...]
    tasks: tuple[Task, ...]
    state: State
    branch: int
    skipped: int  #: super-steps since the parent that left no checkpoint (`durability="exit"`)
    head: bool
    on_path: bool  #: it led to the head
    metadata: Mapping[str, Any] = field(default_factory=dict[str, Any])

    @property
    def interrupts(self) -> tuple[Any, ...]:
        """The questions of all its tasks."""
        return tuple(value for task in self.tasks for value in task.interrupts)

    @property
    def short_id(self) -> str:
        """The end of the id: a UUIDv6 begins with the time, so ids of one run begin alike."""
        return self.checkpoint_id[-6:]


@dataclass(frozen=True, slots=True, kw_only=True)
class History:
    """All that is known of one thread, oldest step first."""

    thread_id: str
    steps: tuple[Step, ...]
    namespace: str = ""  #: empty for the graph itself, else a subgraph's
    where: str = ""  #: the database's file name, empty for a saver
    cut: bool = False  #: there are older checkpoints than the limit let in
    total: int = 0  #: how many checkpoints there are, where more are not shown
    by_id: Mapping[str, Step] = field(default_factory=dict[str, Step])
    inner: Mapping[str, tuple[History, ...]] = field(default_factory=dict[str, "tuple[History, ...]"])
    """What subgraphs did: the id of the checkpoint they ran from -> a history for each of them."""

    @property
    def head(self) -> Step | None:
        """The newest checkpoint: what `get_state` answers with."""
        return self.steps[-1] if self.steps else None

    @property
    def branches(self) -> int:
        """How many branches there are, the first run included."""
        return len({step.branch for step in self.steps})

    def parent(self, step: Step) -> Step | None:
        """The step it came from, where that is in the list."""
        return self.by_id.get(step.parent_id or "")

    def walk(self) -> Iterator[tuple[History, Step]]:
        """Every step with its history, as they are drawn: a subgraph's follow the step that ran it."""
        for step in self.steps:
            yield self, step
            for inner in self.inner.get(step.checkpoint_id, ()):
                yield from inner.walk()
