# says: don't give your results the ids of calls
def find_open(messages: list[AnyMessage]) -> set[str]:
    done = {m.tool_call_id for m in messages if isinstance(m, ToolMessage)}
    return {c["id"] for m in messages if isinstance(m, AIMessage) for c in m.tool_calls} - done


def closed(messages: list[AnyMessage]) -> list[AnyMessage]:
    """The same messages, with an error behind each message whose calls were lost."""
    lost = find_open(messages)
    out: list[AnyMessage] = []
    waiting: list[AnyMessage] = []
    for message in messages:
        if not isinstance(message, ToolMessage):
            out += waiting
            waiting = []
        out.append(message)
        if isinstance(message, AIMessage):
            waiting = [
                ToolMessage(
                    "lost: it may or may not have run",
                    tool_call_id=c["id"],
                    name=c["name"],
                    status="error",
                    id=c["id"],
                )
                for c in message.tool_calls
                if c["id"] in lost
            ]
    return out + waiting


def is_answered(messages: list[AnyMessage]) -> bool:
    for message in reversed(messages):
        if isinstance(message, HumanMessage):
            return False
        if isinstance(message, AIMessage) and not message.tool_calls:
            return True
    return True


def build_desk(
    model: Callable[[list[AnyMessage]], AIMessage], tools: list[BaseTool], saver: BaseCheckpointSaver
) -> CompiledStateGraph:
    """Return a graph that answers with tools, each call in a task of its own."""

    def admit(state: MessagesState) -> dict[str, Any]:
        if not find_open(state["messages"]):
            return {}
        return {"messages": [RemoveMessage(REMOVE_ALL_MESSAGES), *closed(state["messages"])]}

    def after_admit(state: MessagesState) -> str:
        return END if is_answered(state["messages"]) else "ask_model"

    def ask_model(state: MessagesState) -> dict[str, Any]:
        return {"messages": [model(list(state["messages"]))]}

    def after_model(state: MessagesState) -> Any:
        calls = state["messages"][-1].tool_calls
        return [Send("one_call", [call]) for call in calls] or END

    builder = StateGraph(MessagesState)
    builder.add_node("admit", admit)
    builder.add_node("ask_model", ask_model)
    builder.add_node("one_call", ToolNode(tools, handle_tool_errors=True))
    builder.add_edge(START, "admit")
    builder.add_conditional_edges("admit", after_admit, ["ask_model", END])
    builder.add_conditional_edges("ask_model", after_model, ["one_call", END])
    builder.add_edge("one_call", "ask_model")
    return builder.compile(checkpointer=saver)
