# says: Invoke it with the whole call
def build_desk(
    model: Callable[[list[AnyMessage]], AIMessage], tools: list[BaseTool], saver: BaseCheckpointSaver
) -> CompiledStateGraph:
    """Return a graph that answers with tools, each call in a task of its own."""

    def admit(state: MessagesState) -> dict[str, Any]:
        messages = state["messages"]
        answered = {m.tool_call_id for m in messages if isinstance(m, ToolMessage)}
        whole, lost = [], []
        for message in messages:
            if not isinstance(message, ToolMessage):
                whole, lost = [*whole, *lost], []
            whole.append(message)
            if isinstance(message, AIMessage):
                open_ids = [call["id"] for call in message.tool_calls if call["id"] not in answered]
                lost = [ToolMessage("Interrupted.", tool_call_id=each, status="error") for each in open_ids]
        if len(whole) + len(lost) == len(messages):
            return {}
        return {"messages": [RemoveMessage(REMOVE_ALL_MESSAGES), *whole, *lost]}

    def waits(state: MessagesState) -> str:
        for message in reversed(state["messages"]):
            if message.type == "human":
                return "model"
            if isinstance(message, AIMessage) and not message.tool_calls:
                return END
        return END

    def answer(state: MessagesState) -> dict[str, Any]:
        return {"messages": [model(state["messages"])]}

    def called(state: MessagesState) -> list[Send] | str:
        return [Send("tools", call) for call in state["messages"][-1].tool_calls] or END

    by_name = {each.name: each for each in tools}

    def run(call: dict[str, Any]) -> dict[str, Any]:
        try:
            text, status = str(by_name[call["name"]].invoke(call["args"])), "success"
        except GraphBubbleUp:
            raise
        except Exception as error:
            text, status = repr(error), "error"
        return {"messages": [ToolMessage(text, tool_call_id=call["id"], status=status)]}

    builder = StateGraph(MessagesState).add_node(admit).add_node("model", answer)
    builder.add_node("tools", run)
    builder.add_edge(START, "admit").add_conditional_edges("admit", waits)
    builder.add_conditional_edges("model", called).add_edge("tools", "model")
    return builder.compile(checkpointer=saver)
