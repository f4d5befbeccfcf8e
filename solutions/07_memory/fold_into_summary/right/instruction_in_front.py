class Talk(MessagesState):
    summary: str


def build_chat(
    model: Callable[[list[AnyMessage]], str],
    summarize: Callable[[list[AnyMessage]], str],
    saver: BaseCheckpointSaver,
    keep: int,
) -> CompiledStateGraph:
    """Return a chat that keeps the newest messages, and all that was said before in a summary."""

    def headed(summary: str, messages: list[AnyMessage]) -> list[AnyMessage]:
        return [SystemMessage(f"What was said before:\n{summary}"), *messages] if summary else list(messages)

    def turn(state: Talk) -> dict[str, Any]:
        # One node, so that the reply, the summary, and the deletion are saved together or not at all.
        summary, messages = state.get("summary", ""), state["messages"]
        reply = AIMessage(model(headed(summary, messages)), id=str(uuid.uuid4()))
        old = [*messages, reply][:-keep]
        if not old:
            return {"messages": [reply]}
        try:
            order = SystemMessage(
                "Sum up this conversation in at most 150 words. Keep names, dates and amounts."
            )
            shorter = summarize([order, *headed(summary, old)])
        except Exception:
            return {"messages": [reply]}
        return {"messages": [reply, *(RemoveMessage(message.id) for message in old)], "summary": shorter}

    return StateGraph(Talk).add_node(turn).add_edge(START, "turn").compile(checkpointer=saver)
