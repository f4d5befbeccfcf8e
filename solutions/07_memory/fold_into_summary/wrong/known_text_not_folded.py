# says: whatever its text
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
        return {"messages": [AIMessage(model([*before(state), *state["messages"]]))]}

    def fold(state: Talk) -> dict[str, Any]:
        old = state["messages"][:-keep]
        # Killed between summary and deletion? Then it's in there already.
        fresh = [message for message in old if message.text not in state.get("summary", "")]
        gone = [RemoveMessage(message.id) for message in old]
        if not fresh:
            return {"messages": gone}
        try:
            summary = summarize([*before(state), *fresh])
        except Exception:
            return {}
        return {"summary": summary, "messages": gone}

    builder = StateGraph(Talk).add_node(reply).add_node(fold)
    builder.add_edge(START, "reply").add_edge("reply", "fold").add_edge("fold", END)
    return builder.compile(checkpointer=saver)
