"""Opens desks for the tests: a shop with three orders, a model by rules, and what it was sent."""

from __future__ import annotations

from pathlib import Path

from course.learner.chat_model import ScriptedChatModel
from course.support_agent.scripted import clerk
from course.support_agent.sessions import Door
from course.support_agent.shop import Order

ORDERS = [
    Order(order="7", customer="ida", item="tulips", paid=4000, status="sent"),
    Order(order="8", customer="ida", item="lilies", paid=1500, status="packed"),
    Order(order="9", customer="ben", item="roses", paid=9000, status="sent"),
]


def open_desk(folder: Path, model: object = clerk, watch: object = None) -> Door:
    door = Door(folder / "desk.db", ScriptedChatModel(reply=model), watch=watch)
    door.shop.stock(ORDERS)
    return door
