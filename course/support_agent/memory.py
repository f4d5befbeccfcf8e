"""What the desk remembers about a customer, and the shop's own texts, in a LangGraph store."""

from __future__ import annotations

import hashlib
import uuid
from typing import Any

from langgraph.store.base import BaseStore

SHOP_RULES = ("shop", "instructions")
SHOP_POLICIES = ("shop", "policies")
MOST_RULES = 1500
_SUBJECTS = uuid.UUID("6f5c1f1e-4f0e-4a52-9a5e-0d6c2b7a9d10")


def place_of(customer: str | None, kind: str = "facts") -> tuple[str, ...]:
    """Return a customer's own namespace. The id is hashed: an id may have dots, and a prefix finds more.

    Raises:
        PermissionError: when there's no customer. A missing id must never widen a search.
    """
    if not customer:
        raise PermissionError("the context names no customer, so there is nothing to remember or recall")
    return ("customers", hashlib.sha256(customer.encode()).hexdigest()[:32], kind)


def note_fact(
    store: BaseStore, customer: str | None, subject: str, fact: str, source: dict[str, str]
) -> None:
    """Save what a customer said. The key is the subject, so a new fact replaces the old."""
    key = str(uuid.uuid5(_SUBJECTS, " ".join(subject.casefold().split())))
    store.put(place_of(customer), key, {"subject": subject, "fact": fact, **source})


def facts_of(store: BaseStore, customer: str | None) -> list[dict[str, Any]]:
    """Return everything noted about a customer, ordered by subject: `search` alone stops at ten."""
    place, found = place_of(customer), list[dict[str, Any]]()
    while page := store.search(place, limit=100, offset=len(found)):
        found += [item.value for item in page]
    return sorted(found, key=lambda fact: str(fact["subject"]))


def write_instructions(store: BaseStore, text: str) -> int:
    """Save new instructions, and return their version. They're in every input, so they have to be short."""
    if len(text) > MOST_RULES:
        raise ValueError(f"instructions have at most {MOST_RULES} letters, and these have {len(text)}")
    version = instructions(store)[0] + 1
    store.put(SHOP_RULES, "current", {"version": version, "text": text})
    return version


def instructions(store: BaseStore) -> tuple[int, str]:
    """Return the shop's instructions and their version."""
    item = store.get(SHOP_RULES, "current")
    return (
        (item.value["version"], item.value["text"]) if item else (0, "You serve a flower shop's customers.")
    )


def policy_about(store: BaseStore, question: str) -> str:
    """Return the shop's policy that shares the most words with a question."""
    asked = set(question.casefold().split())
    texts = [str(item.value["text"]) for item in store.search(SHOP_POLICIES, limit=100)]
    shared = [(len(asked & set(text.casefold().replace(".", "").split())), text) for text in texts]
    best = max(shared, default=(0, ""))
    return best[1] if best[0] else "There is no policy about that."
