# says: nobody has answered it
def build_desk(
    model: Callable[[list[AnyMessage]], AIMessage], tools: list[BaseTool], saver: BaseCheckpointSaver
) -> CompiledStateGraph:
    """Return a graph that answers with tools, each call in a task of its own."""

    def admit(state):
        known = {m.tool_call_id for m in state["messages"] if isinstance(m, ToolMessage)}
        messages = []
        for message in state["messages"]:
            messages.append(message)
            lost = [call["id"] for call in getattr(message, "tool_calls", []) if call["id"] not in known]
            messages += [ToolMessage("lost", tool_call_id=id, status="error") for id in lost]
        if len(messages) == len(state["messages"]):
            return {}
        return {"messages": [RemoveMessage(REMOVE_ALL_MESSAGES), *messages]}

    def answered(state):
        kinds = [m.type for m in state["messages"]]
        newest = len(kinds) - 1 - kinds[::-1].index("human")
        return END if "ai" in kinds[newest:] else "think"

    def think(state):
        return {"messages": [model(state["messages"])]}

    def calls(state):
        return [Send("tools", [call]) for call in state["messages"][-1].tool_calls] or END

    builder = StateGraph(MessagesState).add_node(admit).add_node(think)
    builder.add_node("tools", ToolNode(tools, handle_tool_errors=True))
    builder.add_edge(START, "admit").add_edge("tools", "think")
    builder.add_conditional_edges("admit", answered, ["think", END])
    builder.add_conditional_edges("think", calls, ["tools", END])
    return builder.compile(checkpointer=saver)
