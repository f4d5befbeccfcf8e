# says: doesn't end the run
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
        if len(whole) > len(state["messages"]):
            update = {"messages": [RemoveMessage(REMOVE_ALL_MESSAGES), *whole]}
        return Command(update=update, goto=END if isinstance(whole[-1], AIMessage) else "answer")

    def answer(state: MessagesState):
        said = model(state["messages"])
        return Command(update={"messages": [said]}, goto=[Send("tools", call) for call in said.tool_calls])

    by_name = {one.name: one for one in tools}

    def run(call):
        try:
            result = by_name[call["name"]].invoke(call)
        except GraphBubbleUp:
            raise
        except (ValueError, KeyError, TypeError) as error:
            result = ToolMessage(repr(error), tool_call_id=call["id"], name=call["name"], status="error")
        return {"messages": [result]}

    builder = StateGraph(MessagesState)
    builder.add_node("admit", admit, destinations=("answer", END))
    builder.add_node("answer", answer, destinations=("tools", END))
    builder.add_node("tools", run)
    builder.add_edge(START, "admit").add_edge("tools", "answer")
    return builder.compile(checkpointer=saver)
