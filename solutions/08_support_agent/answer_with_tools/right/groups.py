def build_desk(model, tools, saver):
    node = ToolNode(tools, handle_tool_errors=True)

    def whole(messages):
        out = []
        for message in messages:
            if message.type != "tool":
                out.append([message])
            else:
                out[-1].append(message)
        for group in out:
            calls = getattr(group[0], "tool_calls", [])
            known = {m.tool_call_id for m in group[1:]}
            group += [
                ToolMessage("lost", tool_call_id=c["id"], status="error")
                for c in calls
                if c["id"] not in known
            ]
        return [m for group in out for m in group]

    def check(state):
        fixed = whole(state["messages"])
        return {"messages": [RemoveMessage(REMOVE_ALL_MESSAGES), *fixed]}

    def think(state):
        return {"messages": [model(state["messages"])]}

    def run(state):
        return node.invoke([state["call"]])

    def after_check(state):
        after = []
        for message in reversed(state["messages"]):
            if message.type == "human":
                break
            after.append(message)
        return END if any(m.type == "ai" and not m.tool_calls for m in after) else "think"

    def after_think(state):
        calls = state["messages"][-1].tool_calls
        return [Send("run", {"call": call}) for call in calls] if calls else END

    builder = StateGraph(MessagesState).add_node(check).add_node(think).add_node(run)
    builder.add_edge(START, "check").add_conditional_edges("check", after_check, ["think", END])
    builder.add_conditional_edges("think", after_think, ["run", END]).add_edge("run", "think")
    return builder.compile(checkpointer=saver)
