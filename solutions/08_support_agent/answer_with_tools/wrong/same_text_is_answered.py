# says: compare ids, not texts
def build_desk(
    model: Callable[[list[AnyMessage]], AIMessage], tools: list[BaseTool], saver: BaseCheckpointSaver
) -> CompiledStateGraph:
    """Return a graph that answers with tools, each call in a task of its own."""

    def mended(messages):
        whole, rest = [], list(messages)
        while rest:
            message = rest.pop(0)
            whole.append(message)
            if not isinstance(message, AIMessage) or not message.tool_calls:
                continue
            answered = set()
            while rest and isinstance(rest[0], ToolMessage):
                answered.add(rest[0].tool_call_id)
                whole.append(rest.pop(0))
            whole += [lost(call) for call in message.tool_calls if call["id"] not in answered]
        return whole

    def lost(call):
        return ToolMessage("This call was lost.", tool_call_id=call["id"], name=call["name"], status="error")

    def admit(state: MessagesState):
        whole = mended(state["messages"])
        update = {}
        texts = [m.text for m in whole if isinstance(m, HumanMessage)]
        if texts[-1] in texts[:-1]:
            return Command(goto=END)
        if len(whole) > len(state["messages"]):
            update = {"messages": [RemoveMessage(REMOVE_ALL_MESSAGES), *whole]}
        return Command(update=update, goto=END if isinstance(whole[-1], AIMessage) else "answer")

    def answer(state: MessagesState):
        said = model(state["messages"])
        return Command(update={"messages": [said]}, goto=[Send("tools", [call]) for call in said.tool_calls])

    builder = StateGraph(MessagesState)
    builder.add_node("admit", admit, destinations=("answer", END))
    builder.add_node("answer", answer, destinations=("tools", END))
    builder.add_node("tools", ToolNode(tools, handle_tool_errors=True))
    builder.add_edge(START, "admit").add_edge("tools", "answer")
    return builder.compile(checkpointer=saver)
