# says: let them keep their ids
def build_desk(model, tools, saver):
    def admit(state):
        messages = state["messages"]
        answered = {m.tool_call_id for m in messages if m.type == "tool"}
        for place, message in enumerate(messages):
            lost = [call["id"] for call in getattr(message, "tool_calls", []) if call["id"] not in answered]
            if not lost:
                continue
            behind = [m for m in messages[place + 1 :] if m.type != "tool"]
            # With their own ids, `add_messages` would leave them where they are.
            moved = [m.model_copy(update={"id": str(uuid.uuid4())}) for m in behind]
            results = [ToolMessage("Interrupted.", tool_call_id=each, status="error") for each in lost]
            return {"messages": [*(RemoveMessage(m.id) for m in behind), *results, *moved]}
        return {}

    def waits(state):
        last = state["messages"][-1]
        return END if last.type == "ai" and not last.tool_calls else "model"

    def answer(state):
        return {"messages": [model(state["messages"])]}

    def called(state):
        return [Send("tools", [call]) for call in state["messages"][-1].tool_calls] or END

    builder = StateGraph(MessagesState).add_node(admit).add_node("model", answer)
    builder.add_node("tools", ToolNode(tools, handle_tool_errors=True))
    builder.add_edge(START, "admit").add_conditional_edges("admit", waits)
    builder.add_conditional_edges("model", called).add_edge("tools", "model")
    return builder.compile(checkpointer=saver)
