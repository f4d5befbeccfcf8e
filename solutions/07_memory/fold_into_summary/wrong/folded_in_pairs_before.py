# says: may stay
def build_chat(
    model: Callable[[list[AnyMessage]], str],
    summarize: Callable[[list[AnyMessage]], str],
    saver: BaseCheckpointSaver,
    keep: int,
) -> CompiledStateGraph:
    """Return a chat that keeps the newest messages, and all that was said before in a summary."""

    class State(MessagesState):
        summary: str

    def before(state: State) -> list[AnyMessage]:
        summary = state.get("summary")
        return [SystemMessage(f"Said so far: {summary}")] if summary else []

    def reply(state: State) -> dict[str, Any]:
        return {"messages": [AIMessage(model([*before(state), *state["messages"]]))]}

    def fold(state: State) -> dict[str, Any]:
        old = state["messages"][: -keep + 1]
        if len(old) < 2:
            return {}
        try:
            summary = summarize([*before(state), *old])
        except Exception:
            return {}  # they stay, and a later run folds them
        # One step: no crash leaves a message in both, or in neither.
        return {"summary": summary, "messages": [RemoveMessage(message.id) for message in old]}

    builder = StateGraph(State).add_node(reply).add_node(fold)
    builder.add_edge(START, "fold").add_edge("fold", "reply")
    return builder.compile(checkpointer=saver)
