"""Provides the chat model of the lessons: scripted, without a key, the same each time.

`COURSE_MODEL=provider:name` puts a real one in its place, through LangChain's `init_chat_model`.
"""

from __future__ import annotations

import os
import re
import threading
from collections.abc import Callable, Sequence
from importlib import import_module
from typing import Any

from langchain_core.callbacks import CallbackManagerForLLMRun
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, BaseMessage
from langchain_core.outputs import ChatGeneration, ChatResult
from pydantic import PrivateAttr

from course.errors import UsageError

Rule = Callable[[list[BaseMessage]], str | AIMessage]
Script = Sequence[str | AIMessage]

_NAME = re.compile(r"\b(?:my name is|i am called) (\w+)", re.IGNORECASE)


def recall_name(messages: list[BaseMessage]) -> str:
    """The default rule: answer with the name that the messages hold, and admit it when they hold none."""
    names = _NAME.findall(" ".join(str(m.text) for m in messages if m.type == "human"))
    return f"Your name is {names[-1]}." if names else "I do not know your name."


class ScriptedChatModel(BaseChatModel):
    """A chat model whose replies follow a rule, or a script read line by line."""

    reply: Rule | Script
    _used: int = PrivateAttr(default=0)
    # Parallel nodes may share one model, and no two of them may be given the same line.
    _lock: Any = PrivateAttr(default_factory=threading.Lock)

    @property
    def _llm_type(self) -> str:
        return "scripted"

    def bind_tools(self, tools: Sequence[Any], **kwargs: Any) -> ScriptedChatModel:  # noqa: ANN401
        """Give back the model as it is: its tool calls are in the script, whatever the tools."""
        return self

    def _next_line(self, script: Script) -> str | AIMessage:
        with self._lock:
            self._used += 1
            if self._used > len(script):
                raise UsageError(
                    f"the scripted model has {len(script)} replies and was asked for reply {self._used}: "
                    "give `chat_model` a longer list, or a function of the messages"
                )
            return script[self._used - 1]

    def _generate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,  # noqa: ANN401 — the signature of the base class
    ) -> ChatResult:
        said = self.reply(messages) if callable(self.reply) else self._next_line(self.reply)
        # A fresh copy: `add_messages` gives a message its id in place, and a line may be said twice.
        message = said.model_copy() if isinstance(said, AIMessage) else AIMessage(said)
        return ChatResult(generations=[ChatGeneration(message=message)])


def chat_model(reply: Rule | Script | None = None) -> BaseChatModel:
    """Give the model that this course talks to.

    `reply` is a function of the messages, or a list of replies to be given one after the other; without
    it the model remembers a name it was told. With COURSE_MODEL set, `reply` is not used.

    Raises:
        UsageError: when COURSE_MODEL names a model that cannot be built; says what to install.
    """
    if name := os.environ.get("COURSE_MODEL"):
        return _real_model(name)
    return ScriptedChatModel(reply=recall_name if reply is None else reply)


def _real_model(name: str) -> BaseChatModel:
    provider, colon, _ = name.partition(":")
    if not colon:
        raise UsageError(f"COURSE_MODEL is `{name}`; write it as `provider:name`, or unset it")
    try:
        return import_module("langchain.chat_models").init_chat_model(name)
    except ImportError as problem:
        raise UsageError(
            f"COURSE_MODEL is `{name}`, and {problem}: `pip install langchain langchain-{provider}`, "
            "or unset COURSE_MODEL to use the scripted model"
        ) from problem
    except ValueError as problem:
        raise UsageError(f"COURSE_MODEL is `{name}`. {problem}") from problem
