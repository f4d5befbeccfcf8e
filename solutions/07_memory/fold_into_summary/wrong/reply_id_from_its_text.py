# says: as it had before
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

    def reply(state: Talk) -> dict[str, Any]:
        text = model([*before(state), *state["messages"]])
        # A stable id: when the node runs again after a kill, the reply isn't there twice.
        name = f"{state['messages'][-1].text}\n{text}"
        return {"messages": [AIMessage(text, id=str(uuid.uuid5(uuid.NAMESPACE_OID, name)))]}

    def fold(state: Talk) -> dict[str, Any]:
        old = state["messages"][:-keep]
        if not old:
            return {}
        try:
            summary = summarize([*before(state), *old])
        except Exception:
            return {}
        return {"summary": summary, "messages": [RemoveMessage(message.id) for message in old]}

    builder = StateGraph(Talk).add_node(reply).add_node(fold)
    builder.add_edge(START, "reply").add_edge("reply", "fold").add_edge("fold", END)
    return builder.compile(checkpointer=saver)
