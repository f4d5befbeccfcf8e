# says: whose calls are done isn't answered yet
def build_desk(
    model: Callable[[list[AnyMessage]], AIMessage], tools: list[BaseTool], saver: BaseCheckpointSaver
) -> CompiledStateGraph:
    """Return a graph that answers with tools, each call in a task of its own."""

    def admit(state: MessagesState) -> Command:
        messages = state["messages"]
        have = {m.tool_call_id for m in messages if isinstance(m, ToolMessage)}
        whole: list[AnyMessage] = []
        lost: list[AnyMessage] = []
        for message in messages:
            if not isinstance(message, ToolMessage):
                whole, lost = whole + lost, []
            whole.append(message)
            for c in getattr(message, "tool_calls", []):
                if c["id"] not in have:
                    lost.append(
                        ToolMessage(
                            "This call was lost.", tool_call_id=c["id"], name=c["name"], status="error"
                        )
                    )
        asked = isinstance(messages[-1], HumanMessage) or bool(lost)
        whole += lost
        changed = len(whole) != len(messages)
        update = {"messages": [RemoveMessage(id=REMOVE_ALL_MESSAGES), *whole]} if changed else {}
        return Command(update=update, goto="model" if asked else END)

    def think(state: MessagesState) -> dict[str, Any]:
        return {"messages": [model(state["messages"])]}

    def fan_out(state: MessagesState) -> list[Send] | str:
        return [Send("tools", [call]) for call in state["messages"][-1].tool_calls] or END

    builder = (
        StateGraph(MessagesState)
        .add_node("admit", admit, destinations=("model", END))
        .add_node("model", think)
    )
    builder.add_node("tools", ToolNode(tools, handle_tool_errors=True))
    builder.add_edge(START, "admit").add_edge("tools", "model")
    builder.add_conditional_edges("model", fan_out, ["tools", END])
    return builder.compile(checkpointer=saver)
