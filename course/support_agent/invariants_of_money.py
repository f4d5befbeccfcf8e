"""Invariants I1, I2, I3 and I10: about the ledger."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from langchain_core.messages import AIMessage

from course.support_agent.evidence import Evidence
from course.support_agent.policy import LIMIT


def one_refund(e: Evidence) -> Iterator[str]:
    """I1: an order is refunded at most once, and never above what was paid."""
    for order, times in Counter(line["order"] for line in e.ledger).items():
        paid = e.orders[order]["paid"] if order in e.orders else 0
        total = sum(line["cents"] for line in e.ledger if line["order"] == order)
        if times > 1 or total > paid:
            yield f"order {order} was refunded {times} times, {total} of {paid} cents"


def decided_by_staff(e: Evidence) -> Iterator[str]:
    """I2: a member of staff has approved every refund above the limit."""
    for line in e.ledger:
        by = [d["by"] for d in e.entries("decided", line["order"]) if d.get("why", "").startswith("approved")]
        if line["cents"] > LIMIT and not any(who not in ("policy", *e.owners.values()) for who in by):
            yield f"order {line['order']}: {line['cents']} cents, decided by {by or 'nobody'}"


def told_the_truth(e: Evidence) -> Iterator[str]:
    """I3: each refund is told to the customer, and none is told that wasn't made."""
    texts = [m.text for t in e.threads for m in e.said(t) if isinstance(m, AIMessage) and m.name == "desk"]
    told = Counter(text.split("order ")[1].split(".")[0] for text in texts if text.startswith("We refunded"))
    made = Counter(line["order"] for line in e.ledger)
    yield from (
        f"order {order}: made {made[order]}, told {told[order]}"
        for order in told | made
        if told[order] != made[order]
    )


def traced(e: Evidence) -> Iterator[str]:
    """I10: each line of the ledger leads back to a checkpoint."""
    yield from (
        f"order {line['order']} leads nowhere" for line in e.ledger if not e.charged_at.get(line["order"])
    )
