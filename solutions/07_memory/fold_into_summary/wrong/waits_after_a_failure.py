# says: may stay
def build_chat(
    model: Callable[[list[AnyMessage]], str],
    summarize: Callable[[list[AnyMessage]], str],
    saver: BaseCheckpointSaver,
    keep: int,
) -> CompiledStateGraph:
    """Return a chat that keeps the newest messages, and all that was said before in a summary."""

    class Chat(MessagesState, total=False):
        summary: str
        rest: int

    def known(state):
        return [SystemMessage(state["summary"])] if state.get("summary") else []

    def reply(state):
        return {"messages": [AIMessage(model([*known(state), *state["messages"]]))]}

    def fold(state):
        old = state["messages"][:-keep]
        if not old:
            return {}
        if state.get("rest"):
            return {"rest": state["rest"] - 1}
        try:
            summary = summarize([*known(state), *old])
        except Exception:
            return {"rest": 3}
        return {"summary": summary, "messages": [RemoveMessage(m.id) for m in old]}

    builder = StateGraph(Chat).add_sequence([reply, fold])
    builder.add_edge(START, "reply")
    return builder.compile(checkpointer=saver)
