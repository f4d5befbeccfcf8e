# says: letters into a message of
LONGEST = 2000


class Talk(MessagesState):
    summary: str


def build_chat(
    model: Callable[[list[AnyMessage]], str],
    summarize: Callable[[list[AnyMessage]], str],
    saver: BaseCheckpointSaver,
    keep: int,
) -> CompiledStateGraph:
    """Return a chat that keeps the newest messages, and all that was said before in a summary."""

    def before(state: Talk) -> list[AnyMessage]:
        summary = state.get("summary")
        return [SystemMessage(f"Earlier: {summary}")] if summary else []

    def short(message: AnyMessage) -> AnyMessage:
        if len(message.text) <= LONGEST:
            return message
        return message.model_copy(update={"content": message.text[:LONGEST] + " …"})

    def reply(state: Talk) -> dict[str, Any]:
        return {"messages": [AIMessage(model([*before(state), *state["messages"]]))]}

    def fold(state: Talk) -> dict[str, Any]:
        old = state["messages"][:-keep]
        if not old:
            return {}
        try:
            summary = summarize([*before(state), *map(short, old)])
        except Exception:
            return {}
        return {"summary": summary, "messages": [RemoveMessage(message.id) for message in old]}

    builder = StateGraph(Talk).add_node(reply).add_node(fold)
    builder.add_edge(START, "reply").add_edge("reply", "fold").add_edge("fold", END)
    return builder.compile(checkpointer=saver)
