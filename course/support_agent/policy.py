"""The rules about refunds, as code: no sentence of a customer or a model can change them."""

from __future__ import annotations

from typing import Any, cast

from course.support_agent.shop import Shop
from course.support_agent.state import Decision, Refund

LIMIT = 2000
"""Cents up to which the policy alone decides."""


def problem_of(refund: Refund, shop: Shop) -> str | None:
    """Say why a refund can't be made, or return None if it can."""
    order = shop.find(refund["order"])
    if order is None or not refund["customer"] or order["customer"] != refund["customer"]:
        return "it is not one of your orders"
    if shop.refunded(refund["order"]):
        return "it was refunded before"
    if not 0 < refund["cents"] <= order["paid"]:
        return f"{order['paid'] / 100:.2f} was paid for it"
    return None


def read_decision(answer: Any, refund: Refund) -> tuple[Decision | None, str]:  # noqa: ANN401
    """Read what came back from `interrupt`. Without a valid decision, say what's wrong with it.

    `staff` is in the answer, put there at the door from the login. It can't come from the context: a node
    that asks again reads all earlier answers again, and would take a customer's for the next caller's.
    """
    given = cast("dict[str, Any]", answer) if isinstance(answer, dict) else {}
    staff, approve, cents = given.get("staff"), given.get("approve"), given.get("cents", refund["cents"])
    if not isinstance(staff, str) or not staff or staff == refund["customer"]:
        return None, "only a member of staff decides, and never about their own order"
    if given.get("order") != refund["order"] or not isinstance(approve, bool):
        return None, f'answer {{"order": "{refund["order"]}", "approve": true}}, or false'
    if type(cents) is not int or not 0 < cents <= refund["cents"]:
        return None, f"`cents` must be a whole number from 1 to {refund['cents']}"
    return Decision(
        call=refund["call"], approve=approve, cents=cents, by=staff, why=str(given.get("why", ""))
    ), ""
