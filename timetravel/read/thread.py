"""Describes a thread of a database in one line of a list."""

from __future__ import annotations

from dataclasses import dataclass

from timetravel.model.history import State


@dataclass(frozen=True, slots=True, kw_only=True)
class Thread:
    """One line of the list of threads."""

    thread_id: str
    checkpoints: int
    step: int | None  #: of its newest checkpoint
    created_at: str  #: of its newest checkpoint; empty where it cannot be read
    status: State = "finished"
    user: str = ""  #: `user_id` in the metadata, which LangGraph copies from the config
