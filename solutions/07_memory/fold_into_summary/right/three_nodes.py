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

    def tidy(state: Talk) -> dict[str, Any]:
        return {}  # one more checkpoint a run

    def reply(state: Talk) -> dict[str, Any]:
        return {"messages": [AIMessage(model([*before(state), *state["messages"]]))]}

    def fold(state: Talk) -> dict[str, Any]:
        old = state["messages"][:-keep]
        if not old:
            return {}
        try:
            summary = summarize([*before(state), *old])
        except Exception:
            return {}
        return {"summary": summary, "messages": [RemoveMessage(message.id) for message in old]}

    builder = StateGraph(Talk).add_node(tidy).add_node(reply).add_node(fold)
    builder.add_edge(START, "tidy").add_edge("tidy", "reply").add_edge("reply", "fold").add_edge("fold", END)
    return builder.compile(checkpointer=saver)
