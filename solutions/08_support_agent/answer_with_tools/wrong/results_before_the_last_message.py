# says: directly behind
def build_desk(
    model: Callable[[list[AnyMessage]], AIMessage], tools: list[BaseTool], saver: BaseCheckpointSaver
) -> CompiledStateGraph:
    """Return a graph that answers with tools, each call in a task of its own."""

    def admit(state: MessagesState) -> dict[str, Any]:
        messages = state["messages"]
        asked = [m for m in messages if isinstance(m, AIMessage) and m.tool_calls]
        if not asked:
            return {}
        last = asked[-1]
        behind = messages[messages.index(last) + 1 :]
        done = {m.tool_call_id for m in behind if isinstance(m, ToolMessage)}
        lost = [
            ToolMessage("The call was lost.", tool_call_id=c["id"], name=c["name"], status="error")
            for c in last.tool_calls
            if c["id"] not in done
        ]
        if not lost:
            return {}
        if isinstance(messages[-1], HumanMessage):
            # The results belong before what the customer has just written.
            new = messages[-1]
            return {"messages": [RemoveMessage(id=REMOVE_ALL_MESSAGES), *messages[:-1], *lost, new]}
        return {"messages": lost}

    def after_admit(state: MessagesState) -> str:
        newest = state["messages"][-1] if state["messages"] else None
        if newest is None or (isinstance(newest, AIMessage) and not newest.tool_calls):
            return END
        return "model"

    def ask(state: MessagesState) -> dict[str, Any]:
        messages = state["messages"]
        answer = model(list(messages))
        taken = {message.id for message in messages}
        fresh = answer.id if answer.id and answer.id not in taken else str(uuid.uuid4())
        return {"messages": [answer.model_copy(update={"id": fresh})]}

    def after_model(state: MessagesState) -> Any:
        calls = state["messages"][-1].tool_calls
        return [Send("tools", [{**call, "type": "tool_call"}]) for call in calls] or END

    builder = StateGraph(MessagesState)
    builder.add_node("admit", admit)
    builder.add_node("model", ask)
    builder.add_node("tools", ToolNode(tools, handle_tool_errors=True))
    builder.add_edge(START, "admit")
    builder.add_conditional_edges("admit", after_admit, ["model", END])
    builder.add_conditional_edges("model", after_model, ["tools", END])
    builder.add_edge("tools", "model")
    return builder.compile(checkpointer=saver)
