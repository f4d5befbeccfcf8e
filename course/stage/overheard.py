"""Keeps what a chat model was sent, scripted or real: evidence from outside the graph."""

from __future__ import annotations

from typing import Any

from langchain_core.callbacks import BaseCallbackHandler
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import BaseMessage


class _Listener(BaseCallbackHandler):
    def __init__(self) -> None:
        self.inputs: list[list[BaseMessage]] = []

    def on_chat_model_start(
        self,
        serialized: dict[str, Any],
        messages: list[list[BaseMessage]],
        **_: Any,  # noqa: ANN401 — the signature of the base class
    ) -> None:
        self.inputs.extend(list(each) for each in messages)


def overhear(model: BaseChatModel) -> list[list[BaseMessage]]:
    """Give the list to which every later input of `model` is added: one list of messages for each call."""
    listener = _Listener()
    before = model.callbacks if isinstance(model.callbacks, list) else []
    model.callbacks = [*before, listener]
    return listener.inputs
