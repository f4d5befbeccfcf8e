# says: a task of its own
def build_desk(model, tools, saver):
    def admit(state):
        answered = {m.tool_call_id for m in state["messages"] if m.type == "tool"}
        whole, lost = [], []
        for message in state["messages"]:
            if message.type != "tool":
                whole, lost = [*whole, *lost], []
            whole.append(message)
            if message.type == "ai":
                ids = [call["id"] for call in message.tool_calls if call["id"] not in answered]
                lost = [ToolMessage("Interrupted.", tool_call_id=each, status="error") for each in ids]
        return {"messages": [RemoveMessage(REMOVE_ALL_MESSAGES), *whole, *lost]}

    def waits(state):
        for message in reversed(state["messages"]):
            if message.type == "human":
                return "model"
            if message.type == "ai" and not message.tool_calls:
                return END
        return END

    def answer(state):
        return {"messages": [model(state["messages"])]}

    def called(state):
        return "tools" if state["messages"][-1].tool_calls else END

    builder = StateGraph(MessagesState).add_node(admit).add_node("model", answer)
    builder.add_node("tools", ToolNode(tools, handle_tool_errors=True))
    builder.add_edge(START, "admit").add_conditional_edges("admit", waits)
    builder.add_conditional_edges("model", called).add_edge("tools", "model")
    return builder.compile(checkpointer=saver)
